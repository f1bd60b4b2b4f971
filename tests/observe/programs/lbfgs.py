"""LBFGS: one step calls the closure, and with it forward and backward, many times."""

import torch
from torch import nn

model = nn.Sequential(nn.Linear(3, 8), nn.Softplus(), nn.Linear(8, 1))
optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=5, line_search_fn="strong_wolfe")
x = torch.randn(20, 3)
y = x.pow(2).sum(1, keepdim=True)
calls = []


def closure():
    calls.append(1)
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    return loss


for _ in range(12):
    optimizer.step(closure)
result = [*model.parameters()]
