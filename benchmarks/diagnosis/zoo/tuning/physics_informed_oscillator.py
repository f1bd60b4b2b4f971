# healthy
# kind: pinn
# Physics-informed network: second derivatives of a tanh network in the loss.
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)

t_boundary = torch.tensor([[0.0]], requires_grad=True)
t_physics = torch.linspace(0, 3, 50).view(-1, 1).requires_grad_(True)


def derivative(u, t):
    return torch.autograd.grad(u, t, torch.ones_like(u), create_graph=True)[0]


for i in range(500):
    optimizer.zero_grad()
    u0 = net(t_boundary)
    loss_boundary = (u0 - 1).pow(2).mean() + derivative(u0, t_boundary).pow(2).mean()
    u = net(t_physics)
    du = derivative(u, t_physics)
    residual = derivative(du, t_physics) + 0.4 * du + 4 * u
    loss = loss_boundary + 0.1 * residual.pow(2).mean()
    loss.backward()
    optimizer.step()
    if i % 100 == 0:
        print(i, loss.item())
print("final", loss.item())
