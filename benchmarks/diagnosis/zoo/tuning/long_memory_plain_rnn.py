# fault: vanishing-gradients
# also-fine: loss-not-decreasing, plateau-from-start
# kind: rnn
# Plain tanh RNN that must remember the first of 60 inputs: no gradient arrives there.
import torch
from torch import nn


class Recall(nn.Module):
    """Say at the end which class the first token had."""

    def __init__(self, n_in=8, n_hidden=32, n_classes=4):
        super().__init__()
        self.cell = nn.Linear(n_in + n_hidden, n_hidden)
        self.n_hidden = n_hidden
        self.out = nn.Linear(n_hidden, n_classes)

    def forward(self, x):
        h = torch.zeros(x.shape[0], self.n_hidden)
        for t in range(x.shape[1]):
            h = torch.tanh(self.cell(torch.cat([x[:, t], h], dim=1)))
        return self.out(h)


LENGTH = 60
torch.manual_seed(0)
model = Recall()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for step in range(200):
    x = torch.randn(32, LENGTH, 8) * 0.1
    label = torch.randint(0, 4, (32,))
    x[:, 0] = 0
    x[torch.arange(32), 0, label] = 1.0
    loss = nn.functional.cross_entropy(model(x), label)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 40 == 0:
        print(step, loss.item())
print("last", loss.item())
