# healthy
# kind: cnn
# Small U-Net with skip connections that finds the dark parts of noisy image tiles.
import torch
import torch.nn as nn
import torch.nn.functional as F
from skimage import data


def double_conv(a, b):
    return nn.Sequential(
        nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(inplace=True),
        nn.Conv2d(b, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(inplace=True),
    )


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1 = double_conv(1, 8)
        self.down2 = double_conv(8, 16)
        self.up = nn.ConvTranspose2d(16, 8, 2, stride=2)
        self.conv = double_conv(16, 8)
        self.last = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(F.max_pool2d(a, 2))
        return self.last(self.conv(torch.cat([a, self.up(b)], dim=1)))


torch.manual_seed(0)
image = torch.tensor(data.coins() / 255.0, dtype=torch.float32)
tiles = image.unfold(0, 24, 12).unfold(1, 24, 12).reshape(-1, 1, 24, 24)
masks = (tiles > 0.45).float()
noisy = (tiles - 0.4) / 0.2 + 0.3 * torch.randn_like(tiles)
net = UNet()
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(3):
    total = 0.0
    for i in torch.randperm(len(tiles)).split(16):
        opt.zero_grad()
        loss = F.binary_cross_entropy_with_logits(net(noisy[i]), masks[i])
        loss.backward()
        opt.step()
        total += loss.item() * len(i)
    print(epoch, total / len(tiles))
