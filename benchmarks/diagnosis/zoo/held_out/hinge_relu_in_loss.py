# healthy
# kind: mlp
# Binary classifier with a hinge loss: relu(1 − y·f(x)) is the loss, not a last layer.
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
X, y = load_breast_cancer(return_X_y=True)
X = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float32)
y = torch.tensor(2.0 * y - 1.0, dtype=torch.float32)

scorer = nn.Sequential(nn.Linear(30, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.SGD(scorer.parameters(), lr=0.02, momentum=0.9, weight_decay=1e-3)
for epoch in range(15):
    total = 0.0
    for i in torch.randperm(len(X)).split(32):
        margin = y[i] * scorer(X[i]).squeeze(1)
        loss = F.relu(1 - margin).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(i)
    if epoch % 3 == 0:
        print(epoch, total / len(X))
print("accuracy", (torch.sign(scorer(X).squeeze(1)) == y).float().mean().item())
