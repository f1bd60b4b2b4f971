# healthy
# kind: gan
# GAN on points of a ring: two optimizers, losses that hover instead of falling.
import math

import torch
from torch import nn

torch.manual_seed(0)
latent_dim = 8


def real_points(n):
    angle = torch.rand(n) * 2 * math.pi
    return torch.stack([angle.cos(), angle.sin()], dim=1) + 0.05 * torch.randn(n, 2)


G = nn.Sequential(nn.Linear(latent_dim, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))
D = nn.Sequential(nn.Linear(2, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1))
opt_g = torch.optim.Adam(G.parameters(), lr=1e-3, betas=(0.5, 0.999))
opt_d = torch.optim.Adam(D.parameters(), lr=1e-3, betas=(0.5, 0.999))
adversarial = nn.BCEWithLogitsLoss()
ones, zeros = torch.ones(64, 1), torch.zeros(64, 1)

for step in range(600):
    real = real_points(64)
    fake = G(torch.randn(64, latent_dim))

    opt_d.zero_grad()
    loss_d = adversarial(D(real), ones) + adversarial(D(fake.detach()), zeros)
    loss_d.backward()
    opt_d.step()

    opt_g.zero_grad()
    loss_g = adversarial(D(fake), ones)
    loss_g.backward()
    opt_g.step()
    if step % 80 == 0:
        print(f"[{step}] D {loss_d.item():.3f} G {loss_g.item():.3f}")

with torch.no_grad():
    radius = G(torch.randn(1000, latent_dim)).norm(dim=1)
print(f"radius of the fakes {radius.mean():.3f} ± {radius.std():.3f}")
