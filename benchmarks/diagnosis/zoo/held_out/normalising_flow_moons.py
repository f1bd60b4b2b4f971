# healthy
# kind: flow
# Affine coupling flow on two moons: exp(tanh(s)) scales and a negative log likelihood.
import math

import torch
from sklearn.datasets import make_moons
from torch import nn


class Coupling(nn.Module):
    def __init__(self, flip, hidden=32):
        super().__init__()
        self.flip = flip
        self.net = nn.Sequential(nn.Linear(1, hidden), nn.LeakyReLU(0.1), nn.Linear(hidden, hidden), nn.LeakyReLU(0.1), nn.Linear(hidden, 2))

    def forward(self, x):
        a, b = x[:, :1], x[:, 1:]
        if self.flip:
            a, b = b, a
        s, t = self.net(a).chunk(2, dim=1)
        s = torch.tanh(s)
        b = b * torch.exp(s) + t
        out = torch.cat([b, a] if self.flip else [a, b], dim=1)
        return out, s.sum(dim=1)


class Flow(nn.Module):
    def __init__(self, depth=6):
        super().__init__()
        self.couplings = nn.ModuleList(Coupling(flip=bool(k % 2)) for k in range(depth))

    def log_prob(self, x):
        log_det = 0.0
        for c in self.couplings:
            x, ld = c(x)
            log_det = log_det + ld
        return -0.5 * (x**2).sum(dim=1) - math.log(2 * math.pi) + log_det


torch.manual_seed(0)
points, _ = make_moons(2000, noise=0.05, random_state=0)
points = torch.tensor(points, dtype=torch.float32)
points = (points - points.mean(0)) / points.std(0)
flow = Flow()
optimizer = torch.optim.Adam(flow.parameters(), lr=2e-3)
for step in range(250):
    batch = points[torch.randint(len(points), (128,))]
    loss = -flow.log_prob(batch).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 50 == 0:
        print(step, round(loss.item(), 4))
print("final", loss.item())
