# fault: shape-broadcast
# also-fine: plateau-from-start, loss-not-decreasing, constant-units, learning-rate-too-low, noisy-gradients, vanishing-gradients
# kind: mlp
# Predictions of shape (N, 1) less targets of shape (N,): every prediction is held against every target. Ends with: loss 1.114, correlation with the truth -0.51, spread of the answers 0.04 (repaired: loss 0.409, correlation with the truth 0.79, spread of the answers 0.74)
import torch
from torch import nn
from sklearn.datasets import load_diabetes

torch.manual_seed(12)
data = load_diabetes(scaled=False)
X = torch.tensor(data.data, dtype=torch.float32)
X = (X - X.mean(0)) / X.std(0)
y = torch.tensor(data.target, dtype=torch.float32)
y = (y - y.mean()) / y.std()


def my_mse(a, b):
    return ((a - b) ** 2).mean()


class Regressor(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(10, 32)
        self.predict = nn.Linear(32, 1)

    def forward(self, x):
        x = torch.tanh(self.hidden(x))
        return self.predict(x)


net = Regressor()
print(net)
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for t in range(30):
    perm = torch.randperm(400)
    for k in range(0, 400, 40):
        rows = perm[k:k + 40]
        prediction = net(X[rows])
        loss = my_mse(prediction, y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if t % 5 == 0:
        print(t, "loss", loss.item())

p = net(X).detach().flatten()
print("loss %.3f, correlation with the truth %.2f, spread of the answers %.2f" % (loss.item(), torch.corrcoef(torch.stack([p, y]))[0, 1], p.std()))
