# healthy
# repairs: relu_twice_in_forward
# kind: cnn
# The same without the ReLUs in forward.
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU())
        self.dense = nn.Sequential(nn.Linear(16 * 16, 32), nn.BatchNorm1d(32), nn.ReLU())
        self.out = nn.Linear(32, 10)

    def forward(self, x):
        x = F.max_pool2d(self.conv(x), 2)
        x = x.flatten(1)
        x = self.dense(x)
        return self.out(x)


d = load_digits()
images, labels = torch.tensor(d.images / 16, dtype=torch.float32)[:, None], torch.tensor(d.target)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(6):
    for i in torch.randperm(len(images)).split(64):
        opt.zero_grad()
        loss = F.cross_entropy(net(images[i]), labels[i])
        loss.backward()
        opt.step()
    print(epoch, loss.item())
