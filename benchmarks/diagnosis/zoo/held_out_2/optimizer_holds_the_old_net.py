# fault: parameters-not-trained
# also-fine: plateau-from-start, loss-not-decreasing, learning-rate-too-low, missing-zero-grad, exploding-gradients, detached-graph
# kind: mlp
# The net is built a second time, wider, after the optimizer was made. Ends with: mean loss 1.095, accuracy 0.242 (repaired: mean loss 0.001, accuracy 1.000)
import torch
import torch.nn as nn
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler

torch.manual_seed(2)
X, y = load_wine(return_X_y=True)
X = torch.tensor(StandardScaler().fit_transform(X), dtype=torch.float)
y = torch.tensor(y)


def make_net(hidden):
    return nn.Sequential(nn.Linear(13, hidden), nn.LeakyReLU(), nn.Linear(hidden, hidden), nn.LeakyReLU(), nn.Linear(hidden, 3))


global net, opt
net = make_net(8)
opt = torch.optim.RMSprop(net.parameters(), lr=0.002)

# 8 is not enough?
net = make_net(24)


def train():
    total = 0
    for xs, ys in zip(X.split(16), y.split(16)):
        opt.zero_grad()
        loss = nn.CrossEntropyLoss()(net(xs), ys)
        loss.backward()
        opt.step()
        total = total + float(loss)
    return total / 12


perm = torch.randperm(len(X))
X, y = X[perm], y[perm]
for epoch in range(25):
    mean_loss = train()
    print("Epoch", epoch, "Loss", mean_loss)
print("mean loss %.3f, accuracy %.3f" % (mean_loss, (net(X).argmax(1) == y).float().mean()))
