"""A residual network with batch norm and dropout, channels last; one ReLU for two places."""

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))  # first
        out = self.bn2(self.conv2(out))
        out += x
        return self.relu(out)  # second


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 3, stride=2)
        self.layers = nn.Sequential(Block(6), Block(6))
        self.dropout = nn.Dropout(0.3)
        self.fc = nn.Linear(6, 4)

    def forward(self, x):
        x = self.layers(self.stem(x))
        return self.fc(self.dropout(torch.flatten(nn.functional.adaptive_avg_pool2d(x, 1), 1)))


model = Network().to(memory_format=torch.channels_last)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=14)
for _ in range(14):
    images = torch.randn(4, 3, 11, 11).contiguous(memory_format=torch.channels_last)
    loss = nn.functional.cross_entropy(model(images), torch.randint(0, 4, (4,)))
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    scheduler.step()
result = [*model.parameters(), *(b.double() for b in model.buffers())]
