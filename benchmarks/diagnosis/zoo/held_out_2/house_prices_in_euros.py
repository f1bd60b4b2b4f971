# fault: targets-not-normalised
# also-fine: learning-rate-too-low, plateau-from-start, loss-not-decreasing, exploding-gradients, always-open-units, noisy-gradients, dead-units
# kind: mlp
# Prices of some 300 000 with the mean squared error and Adam at 1e-3: the loss stays at 1e11. Ends with: test loss 1.398e+11, of which the variance explains 2.99e+10 (repaired: test loss 0.008222, of which the variance explains 0.9912)
import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(8)
torch.manual_seed(8)

# made-up flats
n = 1000
area = rng.uniform(30, 200, n)
rooms = np.round(area / 30 + rng.normal(0, 0.7, n)).clip(1)
age = rng.uniform(0, 90, n)
centre = rng.exponential(5, n)
price = 3500 * area + 12000 * rooms - 1100 * age - 60 * area * centre + rng.normal(0, 15000, n)

features = np.stack([area, rooms, age, centre], 1)
features = (features - features.mean(0)) / features.std(0)
X = torch.tensor(features, dtype=torch.float32)
y = torch.tensor(price, dtype=torch.float32).reshape(-1, 1)
print("prices from", y.min().item(), "to", y.max().item())

X_train, y_train, X_test, y_test = X[:800], y[:800], X[800:], y[800:]

model = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
mse = nn.MSELoss()

for epoch in range(30):
    for rows in torch.randperm(800).split(32):
        optimizer.zero_grad()
        loss = mse(model(X_train[rows]), y_train[rows])
        loss.backward()
        optimizer.step()
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1}: train loss {loss.item():.4g}")

with torch.no_grad():
    error = mse(model(X_test), y_test).item()
print(f"test loss {error:.4g}, of which the variance explains {y_test.var().item():.4g}")
