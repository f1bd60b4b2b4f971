# healthy
# kind: metric
# Metric learning: triplet margin loss on normalised embeddings, no classifier at all.
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

rng = np.random.default_rng(0)
torch.manual_seed(0)
digits = load_digits()
x = torch.tensor((digits.data - digits.data.mean()) / digits.data.std(), dtype=torch.float32)
y = digits.target
members = [np.flatnonzero(y == c) for c in range(10)]


class Embedder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(64, 64), nn.PReLU(), nn.Linear(64, 16))

    def forward(self, x):
        return F.normalize(self.net(x), dim=1)


model = Embedder()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for step in range(300):
    a = rng.integers(0, len(x), 96)
    p = np.array([rng.choice(members[c]) for c in y[a]])
    n = np.array([rng.choice(members[(c + rng.integers(1, 10)) % 10]) for c in y[a]])
    loss = F.triplet_margin_loss(model(x[a]), model(x[p]), model(x[n]), margin=0.5)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 60 == 0:
        print(step, loss.item())
print("last", loss.item())
