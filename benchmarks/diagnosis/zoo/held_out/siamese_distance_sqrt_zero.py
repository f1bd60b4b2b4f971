# fault: non-finite
# also-fine: loss-not-decreasing, diverging-loss, exploding-gradients, dead-units, dying-units, bad-inputs, plateau-from-start
# kind: siamese
# Siamese network: the square root of a distance that is 0 for identical pairs, NaN in backward.
import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

rng = np.random.default_rng(0)
torch.manual_seed(0)

digits = load_digits()
images = torch.tensor(digits.data / 16.0, dtype=torch.float32)
labels = digits.target


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 16))

    def forward(self, a, b):
        ea, eb = self.embed(a), self.embed(b)
        return torch.sqrt(torch.sum((ea - eb) ** 2, dim=1))


def contrastive_loss(distance, same, margin=1.0):
    return torch.mean(same * distance**2 + (1 - same) * torch.clamp(margin - distance, min=0) ** 2)


net = Siamese()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for it in range(300):
    i = rng.integers(0, len(images), 64)
    j = rng.integers(0, len(images), 64)
    for k in range(32):  # half of the pairs from one class, now and then an image with itself
        j[k] = rng.choice(np.flatnonzero(labels == labels[i[k]])[:20])
    if it % 10 == 5:
        j[0] = i[0]
    same = torch.tensor(labels[i] == labels[j], dtype=torch.float32)
    loss = contrastive_loss(net(images[i], images[j]), same)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 50 == 0:
        print(it, loss.item())
print("last", loss.item())
