# fault: missing-zero-grad
# also-fine: oscillating-loss, exploding-gradients, exploding-weights, diverging-loss, dead-units, dying-units, learning-rate-too-high, loss-not-decreasing, noisy-gradients
# kind: mlp
# Logistic regression with one hidden layer, plain functions, gradients never zeroed.
import torch
import torch.nn.functional as F
from sklearn.datasets import load_breast_cancer


def load():
    x, y = load_breast_cancer(return_X_y=True)
    x = torch.tensor(x).float()
    return (x - x.mean(0)) / x.std(0), torch.tensor(y).float()


def forward(params, x):
    w1, b1, w2, b2 = params
    h = torch.relu(x @ w1 + b1)
    return (h @ w2 + b2).squeeze(-1)


def step(params, opt, x, y):
    loss = F.binary_cross_entropy_with_logits(forward(params, x), y)
    loss.backward()
    opt.step()
    return loss.item()


torch.manual_seed(11)
x, y = load()
params = [
    (torch.randn(30, 20) * (2 / 30) ** 0.5).requires_grad_(),
    torch.zeros(20, requires_grad=True),
    (torch.randn(20, 1) * (1 / 20) ** 0.5).requires_grad_(),
    torch.zeros(1, requires_grad=True),
]
opt = torch.optim.SGD(params, lr=0.1)
for epoch in range(15):
    perm = torch.randperm(len(x))
    losses = [step(params, opt, x[i], y[i]) for i in perm.split(32)]
    print(epoch, sum(losses) / len(losses))
