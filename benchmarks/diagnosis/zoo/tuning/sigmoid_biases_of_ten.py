# fault: saturated-units, constant-units
# also-fine: vanishing-gradients, zero-gradients, loss-not-decreasing, plateau-from-start, bad-initial-scale, outputs-not-centred, oscillating-loss, noisy-gradients, learning-rate-too-high
# kind: mlp
# Biases of a sigmoid layer start at 10, a trick meant for the gates of an LSTM.
import torch
from sklearn.datasets import load_wine
from torch import nn

torch.manual_seed(0)
X, y = load_wine(return_X_y=True)
X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
y = torch.tensor(y)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(13, 40)
        self.out = nn.Linear(40, 3)
        nn.init.constant_(self.hidden.bias, 10.0)

    def forward(self, x):
        return self.out(torch.sigmoid(self.hidden(x)))


net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
for epoch in range(40):
    for i in torch.randperm(len(X)).split(32):
        loss = nn.functional.cross_entropy(net(X[i]), y[i])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 8 == 0:
        print(epoch, loss.item())
print("accuracy", (net(X).argmax(1) == y).float().mean().item())
