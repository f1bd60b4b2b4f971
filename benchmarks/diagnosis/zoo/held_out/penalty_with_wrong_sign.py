# fault: exploding-weights
# also-fine: diverging-loss, exploding-gradients, saturated-units, non-finite, vanishing-gradients, loss-not-decreasing, learning-rate-too-high, zero-gradients, constant-units
# kind: mlp
# Weight penalty subtracted instead of added: the weights grow without bound.
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
from torch import nn

torch.manual_seed(0)
x_np, y_np = load_breast_cancer(return_X_y=True)
x = torch.tensor(StandardScaler().fit_transform(x_np), dtype=torch.float32)
y = torch.tensor(y_np, dtype=torch.float32).view(-1, 1)

model = nn.Sequential(nn.Linear(30, 32), nn.Tanh(), nn.Linear(32, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
bce = nn.BCEWithLogitsLoss()
l2_lambda = 0.05

for epoch in range(25):
    for i in range(0, 569, 40):
        data_loss = bce(model(x[i:i+40]), y[i:i+40])
        penalty = sum((p ** 2).sum() for p in model.parameters())
        loss = data_loss - l2_lambda * penalty
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 4 == 0:
        print(epoch, "loss", loss.item(), "data", data_loss.item())
