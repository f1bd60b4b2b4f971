# fault: mse-on-class-labels, loss-output-mismatch, output-range-mismatch
# also-fine: saturated-units, plateau-from-start, loss-not-decreasing, targets-not-normalised, learning-rate-too-low
# kind: mlp
# MSELoss between one sigmoid output and the classes 0 to 4, rounded for the accuracy. Ends with: loss 3.201, right 0.430 (repaired: loss 0.001, right 1.000)
import torch
from torch import nn
from sklearn.datasets import make_blobs

torch.manual_seed(73)
X, y = make_blobs(n_samples=1000, centers=5, n_features=6, cluster_std=2.0, random_state=73)
X = torch.tensor(X, dtype=torch.float32)
X = (X - X.mean(0)) / X.std(0)
y = torch.tensor(y, dtype=torch.float32).unsqueeze(1)
print(X.shape, y.shape)

model = nn.Sequential(
    nn.Linear(6, 32),
    nn.ReLU(),
    nn.Linear(32, 32),
    nn.ReLU(),
    nn.Linear(32, 1),
    nn.Sigmoid(),
)
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)

for epoch in range(20):
    for i in range(0, 800, 40):
        out = model(X[i:i + 40])
        loss = criterion(out, y[i:i + 40])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())

with torch.no_grad():
    out = model(X[800:])
    right = (out.round() == y[800:]).float().mean()
print("loss %.3f, right %.3f" % (loss.item(), right))
