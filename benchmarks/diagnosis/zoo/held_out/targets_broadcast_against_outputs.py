# fault: shape-broadcast
# also-fine: loss-not-decreasing, plateau-from-start, dead-units
# kind: mlp
# Regression whose outputs are (N, 1) and targets (N,): the loss compares all with all.
import warnings

import torch
from sklearn.datasets import load_diabetes

warnings.filterwarnings("ignore")
torch.manual_seed(0)

bunch = load_diabetes()
X = torch.tensor(bunch.data, dtype=torch.float)
X = (X - X.mean(dim=0)) / X.std(dim=0)
y = torch.tensor(bunch.target, dtype=torch.float)
y = (y - y.mean()) / y.std()

model = torch.nn.Sequential(
    torch.nn.Linear(10, 50),
    torch.nn.ReLU(),
    torch.nn.Linear(50, 1),
)
loss_fn = torch.nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

for t in range(300):
    y_pred = model(X)
    loss = loss_fn(y_pred, y)
    if t % 50 == 0:
        print(t, loss.item())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
