# fault: plateau-from-start, bad-initial-scale
# also-fine: loss-not-decreasing, vanishing-gradients, zero-gradients, constant-units, learning-rate-too-low, dormant-units
# kind: mlp
# Five tanh layers started from N(0, 0.001²): no signal passes and the loss does not move.
import torch
from torch import nn
from sklearn.datasets import load_digits

torch.manual_seed(0)


def block(n_in, n_out, sd):
    linear = nn.Linear(n_in, n_out)
    nn.init.normal_(linear.weight, std=sd)
    nn.init.zeros_(linear.bias)
    return nn.Sequential(linear, nn.Tanh())


SD = 0.001
x, y = load_digits(return_X_y=True)
x = torch.tensor((x - x.mean()) / x.std()).float()
y = torch.tensor(y)
model = nn.Sequential(
    block(64, 48, SD), block(48, 48, SD), block(48, 48, SD), block(48, 48, SD), nn.Linear(48, 10)
)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(10):
    total = 0.0
    for i in torch.randperm(len(x)).split(64):
        loss = nn.functional.cross_entropy(model(x[i]), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item()
    print(epoch, total / 29)
