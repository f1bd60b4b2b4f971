# healthy
# repairs: house_prices_unscaled
# kind: mlp
# The same with standardised prices.
import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(0)
torch.manual_seed(0)
n = 800
rooms, area, age = rng.integers(1, 8, n), rng.normal(100, 30, n), rng.uniform(0, 80, n)
price = 40000 + 1800 * area + 12000 * rooms - 900 * age + rng.normal(0, 15000, n)
X = np.stack([rooms, area, age], axis=1)
X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
y = torch.tensor((price - price.mean()) / price.std(), dtype=torch.float32).unsqueeze(1)

model = nn.Sequential(nn.Linear(3, 32), nn.Tanh(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(20):
    for i in torch.randperm(n).split(50):
        loss = nn.functional.mse_loss(model(X[i]), y[i])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 4 == 0:
        print(epoch, loss.item())
with torch.no_grad():
    print("share of variance explained", 1 - (((model(X) - y) ** 2).mean() / y.var()).item())
