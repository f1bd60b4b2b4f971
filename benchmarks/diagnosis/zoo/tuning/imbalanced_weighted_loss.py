# healthy
# kind: mlp
# Three per cent of positives and pos_weight: many batches hold no positive at all.
import numpy as np
import torch
from sklearn.metrics import average_precision_score
from torch import nn

rng = np.random.default_rng(0)
torch.manual_seed(0)
n = 4000
y = (rng.random(n) < 0.03).astype(np.float32)
X = rng.normal(size=(n, 10)).astype(np.float32)
X[y == 1, :3] += 2.0
X, y = torch.from_numpy(X), torch.from_numpy(y)

net = nn.Sequential(nn.Linear(10, 24), nn.ReLU(), nn.Linear(24, 1))
loss_fn = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(10.0))
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(6):
    for i in torch.randperm(n).split(64):
        opt.zero_grad()
        loss = loss_fn(net(X[i]).squeeze(1), y[i])
        loss.backward()
        opt.step()
    with torch.no_grad():
        score = net(X).squeeze(1)
    print(epoch, loss_fn(score, y).item(), "average precision", average_precision_score(y.numpy(), score.numpy()))
