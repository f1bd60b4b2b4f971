# healthy
# kind: gated
# Highway layers: sigmoid gates with a bias of -1 that multiply another branch.
import torch
from sklearn.datasets import load_breast_cancer
from torch import nn


class Highway(nn.Module):
    def __init__(self, size, num_layers):
        super(Highway, self).__init__()
        self.nonlinear = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        self.gate = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        for g in self.gate:
            nn.init.constant_(g.bias, -1.0)

    def forward(self, x):
        for h, t in zip(self.nonlinear, self.gate):
            gate = torch.sigmoid(t(x))
            x = gate * torch.relu(h(x)) + (1 - gate) * x
        return x


torch.manual_seed(0)
X, y = load_breast_cancer(return_X_y=True)
X = torch.tensor((X - X.mean(0)) / X.std(0)).float()
y = torch.tensor(y).float()
model = nn.Sequential(Highway(30, 4), nn.Linear(30, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(15):
    total = 0.0
    for i in torch.randperm(len(X)).split(32):
        loss = nn.functional.binary_cross_entropy_with_logits(model(X[i]).squeeze(-1), y[i])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(i)
    if epoch % 3 == 0:
        print(epoch, total / len(X))
