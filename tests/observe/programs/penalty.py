"""A Wasserstein critic with a gradient penalty: backward through a gradient."""

import torch
from torch import nn

D = nn.Sequential(nn.Linear(6, 16), nn.ELU(), nn.Linear(16, 16), nn.Softplus(), nn.Linear(16, 1))
G = nn.Sequential(nn.Linear(3, 16), nn.ReLU(True), nn.Linear(16, 6))
opt_d = torch.optim.Adam(D.parameters(), lr=1e-3)
opt_g = torch.optim.Adam(G.parameters(), lr=1e-3)
for _ in range(10):
    real = torch.randn(8, 6)
    with torch.no_grad():
        fake = G(torch.randn(8, 3))
    mix = torch.rand(8, 1)
    between = (mix * real + (1 - mix) * fake).requires_grad_(True)
    out = D(between)
    (gradient,) = torch.autograd.grad(out, between, torch.ones_like(out), create_graph=True)
    penalty = ((gradient.norm(2, dim=1) - 1) ** 2).mean()
    opt_d.zero_grad()
    (D(fake).mean() - D(real).mean() + 10 * penalty).backward()
    opt_d.step()
    opt_g.zero_grad()
    (-D(G(torch.randn(8, 3))).mean()).backward()
    opt_g.step()
result = [*D.parameters(), *G.parameters()]
