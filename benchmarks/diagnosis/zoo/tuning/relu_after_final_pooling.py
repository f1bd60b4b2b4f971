# fault: blocked-outputs, relu-before-loss
# also-fine: output-range-mismatch, dead-units, dying-units, always-open-units, loss-not-decreasing, plateau-from-start, zero-gradients
# kind: cnn
# Fully convolutional regression: ReLU after the global pooling, half of the targets below 0.
import numpy as np
import torch
import torch.nn as nn
from skimage.transform import resize
from sklearn.datasets import load_digits

torch.manual_seed(0)
rng = np.random.default_rng(0)
digits = load_digits()


def centre_of_ink(image):
    rows, cols = np.mgrid[0:8, 0:8]
    return [(image * (rows - 3.5)).sum() / image.sum(), (image * (cols - 3.5)).sum() / image.sum()]


shifted = np.stack([np.roll(im, rng.integers(-2, 3, 2), axis=(0, 1)) for im in digits.images[:1200]])
target = torch.tensor([centre_of_ink(im) for im in shifted], dtype=torch.float32)
x = torch.tensor(np.stack([resize(im / 16, (8, 8)) for im in shifted]), dtype=torch.float32)[:, None]
rows, cols = torch.meshgrid(torch.linspace(-1, 1, 8), torch.linspace(-1, 1, 8), indexing="ij")
x = torch.cat([x, rows.expand(len(x), 1, 8, 8), cols.expand(len(x), 1, 8, 8)], dim=1)


class PoolNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 24, 3, padding=1), nn.ReLU(), nn.Conv2d(24, 24, 3, padding=1), nn.ReLU(), nn.Conv2d(24, 2, 1)
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.final = nn.ReLU()

    def forward(self, x):
        return self.final(self.pool(self.body(x)).flatten(1))


net = PoolNet()
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(8):
    total = 0.0
    for i in torch.randperm(len(x)).split(60):
        loss = nn.functional.mse_loss(net(x[i]), target[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item()
    print(epoch, total / 20)
print("share of targets below 0", (target < 0).float().mean().item())
