# healthy
# repairs: two_samples_a_batch_noisy_targets
# kind: mlp
# The same in batches of 400.
import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(0)
torch.manual_seed(0)
x = rng.normal(size=(1200, 6)).astype(np.float32)
signal = 0.5 * np.sin(x[:, 0]) + 0.3 * x[:, 1]
y = (signal + rng.normal(0, 2.0, 1200)).astype(np.float32)
x, y = torch.from_numpy(x), torch.from_numpy(y)[:, None]

BATCH = 400

model = nn.Sequential(nn.Linear(6, 32), nn.Tanh(), nn.Linear(32, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for step in range(600):
    idx = torch.randint(0, 1200, (BATCH,))
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x[idx]), y[idx])
    loss.backward()
    optimizer.step()
with torch.no_grad():
    print("error against the signal", np.mean((model(x).squeeze(1).numpy() - signal) ** 2), "variance of the signal", signal.var())
