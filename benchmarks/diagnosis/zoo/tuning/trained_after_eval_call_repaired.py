# healthy
# repairs: trained_after_eval_call
# kind: mlp
# The same with net.train().
import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X = (X - X.mean()) / X.std()
parts = train_test_split(X, y, test_size=0.3, random_state=1)
X_train, X_test = (torch.tensor(p, dtype=torch.float32) for p in parts[:2])
y_train, y_test = (torch.tensor(p) for p in parts[2:])


def build():
    net = nn.Sequential(
        nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.3),
        nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.3),
        nn.Linear(64, 10),
    )
    net.train()
    return net


net = build()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(10):
    for i in torch.randperm(len(X_train)).split(64):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(X_train[i]), y_train[i])
        loss.backward()
        opt.step()
    print(epoch, loss.item())
net.eval()
with torch.no_grad():
    print("test accuracy", (net(X_test).argmax(1) == y_test).float().mean().item())
