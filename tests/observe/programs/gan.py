"""Two networks, two optimizers, three steps of the one for each of the other."""

import torch
from torch import nn

G = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 8), nn.Tanh())
D = nn.Sequential(nn.Linear(8, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1), nn.Sigmoid())
opt_g = torch.optim.Adam(G.parameters(), lr=2e-3, betas=(0.5, 0.999))
opt_d = torch.optim.Adam(D.parameters(), lr=2e-3, betas=(0.5, 0.999))
bce = nn.BCELoss()
ones, zeros = torch.ones(12, 1), torch.zeros(12, 1)
for _ in range(9):
    for _ in range(3):
        fake = G(torch.randn(12, 4)).detach()
        loss_d = bce(D(torch.randn(12, 8)), ones) + bce(D(fake), zeros)
        opt_d.zero_grad()
        loss_d.backward()
        opt_d.step()
    loss_g = bce(D(G(torch.randn(12, 4))), ones)
    opt_g.zero_grad()
    loss_g.backward()
    opt_g.step()
result = [*G.parameters(), *D.parameters()]
