# healthy
# repairs: tanh_output_wide_targets
# kind: mlp
# The same with a linear output.
import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(0)
torch.manual_seed(0)
x = np.linspace(-3, 3, 400)[:, None]
y = 5 * np.sin(1.5 * x) + rng.normal(0, 0.1, x.shape)
x, y = torch.tensor(x).float(), torch.tensor(y).float()

model = nn.Sequential()
model.add_module("in", nn.Linear(1, 40))
model.add_module("act1", nn.Tanh())
model.add_module("mid", nn.Linear(40, 40))
model.add_module("act2", nn.Tanh())
model.add_module("out", nn.Linear(40, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for step in range(400):
    idx = torch.randint(0, 400, (64,))
    loss = ((model(x[idx]) - y[idx]) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 80 == 0:
        print(step, loss.item())
