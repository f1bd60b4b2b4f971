# healthy
# repairs: gradient_descent_too_long_steps
# kind: mlp
# The same with steps a tenth as long.
import torch
from sklearn.datasets import load_diabetes
from torch import nn

torch.manual_seed(1)
data = load_diabetes()
x = torch.tensor(data.data).float()
x = (x - x.mean(0)) / x.std(0)
t = torch.tensor(data.target).float().view(-1, 1)
t = (t - t.mean()) / t.std()

step_size = 0.2
model = nn.Sequential(nn.Linear(10, 20), nn.Tanh(), nn.Linear(20, 1))
optimiser = torch.optim.SGD(model.parameters(), lr=step_size)
for iteration in range(300):
    optimiser.zero_grad()
    loss = (model(x) - t).abs().mean()
    loss.backward()
    optimiser.step()
    if iteration % 30 < 2:
        print(iteration, loss.item())
