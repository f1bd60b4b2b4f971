# healthy
# repairs: positive_everything_relus_open
# kind: mlp
# The same with centred inputs, He's initialisation, and Adam.
import torch
from sklearn.datasets import make_circles
from torch import nn

torch.manual_seed(0)
X, y = make_circles(800, noise=0.05, factor=0.4, random_state=0)
X = (X - X.mean(0)) / X.std(0)
X, y = torch.tensor(X).float(), torch.tensor(y).float()


def init(m):
    if isinstance(m, nn.Linear):
        nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
        nn.init.zeros_(m.bias)


net = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
net.apply(init)
opt = torch.optim.Adam(net.parameters(), lr=0.005)
for epoch in range(20):
    for i in torch.randperm(800).split(40):
        opt.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(net(X[i]).squeeze(1), y[i])
        loss.backward()
        opt.step()
    if epoch % 4 == 0:
        print(epoch, loss.item())
print("accuracy", ((net(X).squeeze(1) > 0) == (y > 0.5)).float().mean().item())
