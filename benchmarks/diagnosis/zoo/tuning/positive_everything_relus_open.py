# fault: always-open-units
# also-fine: no-nonlinearity, bad-initial-scale, loss-not-decreasing, plateau-from-start, duplicate-units, inputs-not-normalised, learning-rate-too-low, noisy-gradients, dormant-units
# kind: mlp
# Positive inputs, weights and biases: every ReLU is open on every input and the network is linear.
import torch
from sklearn.datasets import make_circles
from torch import nn

torch.manual_seed(0)
X, y = make_circles(800, noise=0.05, factor=0.4, random_state=0)
X = (X - X.min(0)) / (X.max(0) - X.min(0))
X, y = torch.tensor(X).float(), torch.tensor(y).float()


def init(m):
    if isinstance(m, nn.Linear):
        nn.init.uniform_(m.weight, 0.0, 1.0 / m.in_features)
        nn.init.uniform_(m.bias, 0.5, 1.0)


net = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
net.apply(init)
opt = torch.optim.SGD(net.parameters(), lr=0.02)
for epoch in range(20):
    for i in torch.randperm(800).split(40):
        opt.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(net(X[i]).squeeze(1), y[i])
        loss.backward()
        opt.step()
    if epoch % 4 == 0:
        print(epoch, loss.item())
print("accuracy", ((net(X).squeeze(1) > 0) == (y > 0.5)).float().mean().item())
