"""A classifier as the first tutorial writes it, evaluated in the middle."""

import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.stack = nn.Sequential(
            nn.Linear(28, 16), nn.ReLU(), nn.Linear(16, 8), nn.ReLU(inplace=True), nn.Linear(8, 10)
        )

    def forward(self, x):
        return self.stack(self.flatten(x))


model = Classifier()
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=1e-2, momentum=0.9)
for step in range(24):
    model.train()
    images, labels = torch.randn(8, 1, 28), torch.randint(0, 10, (8,))
    loss = loss_fn(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 8 == 0:
        model.eval()
        with torch.no_grad():
            model(torch.randn(20, 1, 28)).argmax(1)
result = [*model.parameters()]
