# fault: dead-units
# also-fine: loss-not-decreasing, plateau-from-start, zero-gradients, bad-initial-scale, constant-units, vanishing-gradients
# kind: cnn
# CNN whose biases start at -3, meant to make the features sparse: the filters never open.
import torch
import torch.nn as nn
from sklearn.datasets import load_digits


def weights_init(m):
    if isinstance(m, nn.Conv2d):
        nn.init.xavier_normal_(m.weight)
        m.bias.data.fill_(-3.0)


class ConvNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 12, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Conv2d(12, 24, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Linear(24 * 4, num_classes)

    def forward(self, x):
        x = self.features(x)
        x = torch.flatten(x, 1)
        return self.classifier(x)


torch.manual_seed(0)
digits = load_digits()
images = torch.tensor(digits.images, dtype=torch.float32)[:, None] / 16
images = (images - images.mean()) / images.std()
labels = torch.tensor(digits.target)
model = ConvNet()
model.apply(weights_init)
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(8):
    losses = []
    for idx in torch.randperm(len(images)).split(64):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(model(images[idx]), labels[idx])
        loss.backward()
        opt.step()
        losses.append(loss.item())
    print(epoch, sum(losses) / len(losses))
