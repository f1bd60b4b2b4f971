# fault: saturated-units, bad-initial-scale
# also-fine: zero-gradients, vanishing-gradients, constant-units
# kind: mlp
# Tanh layers initialised from N(0, 1.5²): nearly every unit sits at ±1.
import numpy as np
import torch
from sklearn.datasets import load_digits

rng = np.random.RandomState(0)


class Layer(torch.nn.Module):
    def __init__(self, n_in, n_out, sd):
        super().__init__()
        self.W = torch.nn.Parameter(torch.tensor(rng.randn(n_in, n_out) * sd, dtype=torch.float32))
        self.b = torch.nn.Parameter(torch.zeros(n_out))

    def forward(self, x):
        return x @ self.W + self.b


class TanhNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = Layer(64, 64, 1.5)
        self.l2 = Layer(64, 64, 1.5)
        self.l3 = Layer(64, 10, 0.1)

    def forward(self, x):
        return self.l3(torch.tanh(self.l2(torch.tanh(self.l1(x)))))


torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X = torch.tensor((X - X.mean()) / X.std()).float()
y = torch.tensor(y)
net = TanhNet()
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for epoch in range(8):
    for i in torch.randperm(len(X)).split(50):
        loss = torch.nn.functional.cross_entropy(net(X[i]), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
