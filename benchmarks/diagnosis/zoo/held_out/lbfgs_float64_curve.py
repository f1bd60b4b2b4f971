# healthy
# kind: mlp
# Curve fitting in double precision with LBFGS and a closure.
import numpy as np
import torch

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
x = torch.linspace(-1, 1, 120).reshape(-1, 1)
y = torch.sin(4 * x) + 0.3 * torch.cos(9 * x)

net = torch.nn.Sequential(
    torch.nn.Linear(1, 20), torch.nn.Tanh(),
    torch.nn.Linear(20, 20), torch.nn.Tanh(),
    torch.nn.Linear(20, 1),
)
optimizer = torch.optim.LBFGS(net.parameters(), lr=0.5, max_iter=10, line_search_fn="strong_wolfe")


def closure():
    optimizer.zero_grad()
    loss = torch.mean((net(x) - y) ** 2)
    loss.backward()
    return loss


for i in range(25):
    loss = optimizer.step(closure)
    if i % 5 == 0:
        print(i, loss.item())
print("largest error", np.abs((net(x) - y).detach().numpy()).max())
