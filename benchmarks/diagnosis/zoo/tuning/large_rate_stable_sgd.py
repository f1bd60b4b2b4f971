# healthy
# kind: mlp
# SGD with a learning rate of 1 where the inputs are small enough for it: stable and fast.
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X = torch.tensor((X - X.mean(0)) / 16.0, dtype=torch.float32)
y = torch.tensor(y)
model = nn.Sequential(nn.Linear(64, 40), nn.Tanh(), nn.Linear(40, 10))
with torch.no_grad():
    model[2].weight.mul_(0.1)
optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
for epoch in range(10):
    for i in torch.randperm(len(X)).split(100):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(X[i]), y[i])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
