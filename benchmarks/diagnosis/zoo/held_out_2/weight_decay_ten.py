# fault: constant-units, zero-gradients, vanishing-gradients, dead-units, dormant-units
# also-fine: plateau-from-start, loss-not-decreasing, learning-rate-too-low, parameters-not-trained, dying-units, saturated-units, noisy-gradients, bad-initial-scale, duplicate-units, outputs-not-centred
# kind: cnn
# SGD(weight_decay=10): the weights are gone after an epoch. Ends with: loss 2.303 test accuracy 0.103 (repaired: loss 0.115 test accuracy 0.806)
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(37)
d = load_digits()
x = torch.tensor((d.images - 4.9) / 6.0, dtype=torch.float32)[:, None]
y = torch.tensor(d.target)
train_dl = DataLoader(TensorDataset(x[:1400], y[:1400]), batch_size=32, shuffle=True)


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 3, padding=1)
        self.conv2 = nn.Conv2d(6, 16, 3)
        self.fc1 = nn.Linear(16, 32)
        self.fc2 = nn.Linear(32, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.view(-1, 16)
        x = F.relu(self.fc1(x))
        return self.fc2(x)


lenet = LeNet()
WD = 10
opt = torch.optim.SGD(lenet.parameters(), lr=0.01, momentum=0.9, weight_decay=WD)
for epoch in range(12):
    s = 0.0
    for xb, yb in train_dl:
        loss = F.cross_entropy(lenet(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
        s += loss.item()
    print(f"Epoch {epoch}: {s / len(train_dl):.4f}")
with torch.no_grad():
    print(f"loss {s / len(train_dl):.3f} test accuracy {(lenet(x[1400:]).argmax(1) == y[1400:]).float().mean():.3f}")
