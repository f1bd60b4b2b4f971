# fault: parameters-not-trained
# also-fine: missing-zero-grad
# kind: mlp
# The optimizer is built first, then the hidden layers are replaced: it holds the old ones.
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X = torch.tensor(X / 8 - 1).float()
y = torch.tensor(y)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 32), nn.ReLU())
        self.head = nn.Linear(32, 10)

    def widen(self, width):
        self.encoder = nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 32), nn.ReLU())

    def forward(self, x):
        return self.head(self.encoder(x))


model = Model()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
model.widen(48)

for epoch in range(8):
    for idx in torch.randperm(len(X)).split(64):
        optimizer.zero_grad()
        loss = nn.CrossEntropyLoss()(model(X[idx]), y[idx])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item(), (model(X).argmax(1) == y).float().mean().item())
