# healthy
# kind: mlp
# One body, two heads, two losses: a class and a value.
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
digits = load_digits()
X = torch.tensor((digits.data - digits.data.mean()) / digits.data.std()).float()
y_class = torch.tensor(digits.target)
ink = digits.data.sum(1)
y_ink = torch.tensor((ink - ink.mean()) / ink.std()).float()


class MultiTask(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU())
        self.classify = nn.Linear(32, 10)
        self.measure = nn.Linear(32, 1)

    def forward(self, x):
        h = self.body(x)
        return self.classify(h), self.measure(h).squeeze(-1)


model = MultiTask()
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(8):
    for i in torch.randperm(len(X)).split(64):
        scores, value = model(X[i])
        loss_class = nn.functional.cross_entropy(scores, y_class[i])
        loss_ink = nn.functional.mse_loss(value, y_ink[i])
        opt.zero_grad()
        (loss_class + 0.5 * loss_ink).backward()
        opt.step()
    print(epoch, loss_class.item(), loss_ink.item())
