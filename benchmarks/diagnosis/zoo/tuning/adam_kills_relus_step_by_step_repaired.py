# healthy
# repairs: adam_kills_relus_step_by_step
# kind: mlp
# The same at Adam's usual rate.
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(3)
data, target = load_digits(return_X_y=True)
data = torch.tensor(data / 16 - 0.5, dtype=torch.float32)
target = torch.tensor(target)

LR = 0.001

net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
opt = torch.optim.Adam(net.parameters(), lr=LR)
for epoch in range(10):
    for idx in torch.randperm(len(data)).split(64):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(data[idx]), target[idx])
        loss.backward()
        opt.step()
    with torch.no_grad():
        open1 = (net[:2](data) > 0).any(0).sum().item()
        open3 = (net[:6](data) > 0).any(0).sum().item()
        print(epoch, round(loss.item(), 4), "units open in layers 1 and 3:", open1, open3)
