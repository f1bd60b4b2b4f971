# fault: oscillating-loss, learning-rate-too-high
# also-fine: loss-not-decreasing, diverging-loss, saturated-units, exploding-gradients
# kind: mlp
# Full-batch gradient descent on the mean absolute error with steps of 2: the loss jumps up and down.
import torch
from sklearn.datasets import load_diabetes
from torch import nn

torch.manual_seed(1)
data = load_diabetes()
x = torch.tensor(data.data).float()
x = (x - x.mean(0)) / x.std(0)
t = torch.tensor(data.target).float().view(-1, 1)
t = (t - t.mean()) / t.std()

step_size = 2.0
model = nn.Sequential(nn.Linear(10, 20), nn.Tanh(), nn.Linear(20, 1))
optimiser = torch.optim.SGD(model.parameters(), lr=step_size)
for iteration in range(300):
    optimiser.zero_grad()
    loss = (model(x) - t).abs().mean()
    loss.backward()
    optimiser.step()
    if iteration % 30 < 2:
        print(iteration, loss.item())
