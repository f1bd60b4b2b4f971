# healthy
# kind: rnn
# GRU that tells the sign of a running sum, with clipped gradients.
import torch
from torch import nn


class SignOfSum(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.gru = nn.GRU(input_size=1, hidden_size=hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 1)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.fc(out[:, -1])


torch.manual_seed(0)
model = SignOfSum()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for step in range(200):
    x = torch.randn(64, 15, 1)
    y = (x.sum(dim=1) > 0).float()
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if step % 40 == 0:
        print(step, loss.item())
x = torch.randn(500, 15, 1)
with torch.no_grad():
    print("accuracy", ((model(x) > 0) == (x.sum(1) > 0)).float().mean().item())
