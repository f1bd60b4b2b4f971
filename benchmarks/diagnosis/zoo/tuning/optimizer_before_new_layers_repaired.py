# healthy
# repairs: optimizer_before_new_layers
# kind: mlp
# The same with the optimizer built last.
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
model.widen(48)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(8):
    for idx in torch.randperm(len(X)).split(64):
        optimizer.zero_grad()
        loss = nn.CrossEntropyLoss()(model(X[idx]), y[idx])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item(), (model(X).argmax(1) == y).float().mean().item())
