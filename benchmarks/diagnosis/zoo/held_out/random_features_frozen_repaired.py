# healthy
# repairs: random_features_frozen
# kind: cnn
# The same with every layer trained.
import torch
from sklearn.datasets import load_digits
from torch import nn, optim

torch.manual_seed(6)


class SmallNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(),
            nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(),
            nn.AdaptiveAvgPool2d(2), nn.Flatten(),
        )
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        return self.fc(self.backbone(x))


net = SmallNet()
data = load_digits()
x = torch.tensor(data.images, dtype=torch.float32).unsqueeze(1) / 16
y = torch.tensor(data.target)
optimizer = optim.Adam(filter(lambda p: p.requires_grad, net.parameters()), lr=3e-3)
criterion = nn.CrossEntropyLoss()
for epoch in range(8):
    for idx in torch.randperm(len(x)).split(64):
        optimizer.zero_grad()
        loss = criterion(net(x[idx]), y[idx])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
