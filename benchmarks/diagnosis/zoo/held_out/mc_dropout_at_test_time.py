# healthy
# kind: mlp
# Monte Carlo dropout: dropout stays on at prediction on purpose, twenty passes are averaged.
import torch
from sklearn.datasets import load_diabetes
from torch import nn

torch.manual_seed(0)
X, y = load_diabetes(return_X_y=True)
X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
y = torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32)[:, None]
X_train, X_test, y_train, y_test = X[:350], X[350:], y[:350], y[350:]

model = nn.Sequential(
    nn.Linear(10, 64), nn.ReLU(), nn.Dropout(0.2),
    nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.2),
    nn.Linear(64, 1),
)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-3)
for epoch in range(25):
    model.train()
    for i in torch.randperm(350).split(50):
        loss = nn.functional.mse_loss(model(X_train[i]), y_train[i])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def enable_dropout(m):
    for each_module in m.modules():
        if each_module.__class__.__name__.startswith("Dropout"):
            each_module.train()


model.eval()
enable_dropout(model)
with torch.no_grad():
    samples = torch.stack([model(X_test) for _ in range(20)])
mean, std = samples.mean(0), samples.std(0)
print("test mse", nn.functional.mse_loss(mean, y_test).item(), "mean uncertainty", std.mean().item())
