# healthy
# kind: mlp
# One epoch in batches of four: a noisy loss that falls all the same.
import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X = (X - X.mean()) / X.std()
train = TensorDataset(torch.tensor(X[:1400]).float(), torch.tensor(y[:1400]))
model = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10))
opt = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.5)
seen = []
for x, t in DataLoader(train, batch_size=4, shuffle=True):
    loss = nn.functional.cross_entropy(model(x), t)
    opt.zero_grad()
    loss.backward()
    opt.step()
    seen.append(loss.item())
print("first 50", sum(seen[:50]) / 50, "last 50", sum(seen[-50:]) / 50)
