# healthy
# kind: cnn
# A network trained on the digits 0-4, then frozen and given a new head for 5-9.
import copy

import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
digits = load_digits()
images = torch.tensor(digits.images / 16.0, dtype=torch.float32)[:, None]
target = torch.tensor(digits.target)


class Net(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.Flatten(),
        )
        self.head = nn.Linear(32 * 16, classes)

    def forward(self, x):
        return self.head(self.backbone(x))


def fit(net, x, y, optimizer, epochs):
    for _ in range(epochs):
        for idx in torch.randperm(len(x)).split(50):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(x[idx]), y[idx])
            loss.backward()
            optimizer.step()
    return (net(x).argmax(1) == y).float().mean().item()


first = target < 5
pretrained = Net(5)
print("first task", fit(pretrained, images[first], target[first], torch.optim.Adam(pretrained.parameters(), 1e-3), 6))
state = copy.deepcopy(pretrained.state_dict())

model = Net(5)
model.load_state_dict(state)
for p in model.backbone.parameters():
    p.requires_grad_(False)
model.head = nn.Linear(32 * 16, 5)
second = ~first
optimizer = torch.optim.Adam(model.head.parameters(), lr=1e-3)
print("second task", fit(model, images[second], target[second] - 5, optimizer, 8))
