# fault: loss-output-mismatch, non-finite
# also-fine: loss-not-decreasing, exploding-gradients, output-range-mismatch, plateau-from-start, diverging-loss, dead-units
# kind: mlp
# Cross entropy written out by hand on raw scores: the logarithm of negative numbers.
import torch
from sklearn.datasets import load_breast_cancer
from torch import nn


def binary_cross_entropy(p, y):
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(30, 24)
        self.score = nn.Linear(24, 1)

    def forward(self, x):
        x = torch.relu(self.hidden(x))
        return self.score(x)


torch.manual_seed(0)
x, y = load_breast_cancer(return_X_y=True)
x = torch.tensor((x - x.mean(0)) / x.std(0)).float()
y = torch.tensor(y).float().unsqueeze(1)
clf = Classifier()
opt = torch.optim.SGD(clf.parameters(), lr=0.1)
for epoch in range(12):
    for idx in torch.randperm(len(x)).split(32):
        opt.zero_grad()
        loss = binary_cross_entropy(clf(x[idx]), y[idx])
        loss.backward()
        opt.step()
    print(epoch, loss.item())
