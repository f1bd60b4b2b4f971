# healthy
# kind: rnn
# LSTM that continues a noisy sine; targets standardised, output linear.
import numpy as np
import torch
import torch.nn as nn


class Forecaster(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden, num_layers=1, batch_first=True)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, x):
        h, _ = self.lstm(x)
        return self.linear(h[:, -1])


torch.manual_seed(0)
np.random.seed(0)
series = np.sin(np.arange(1200) * 0.2) * 30 + 100 + np.random.randn(1200) * 2
series = (series - series.mean()) / series.std()
windows = np.lib.stride_tricks.sliding_window_view(series, 21).astype(np.float32)
X, y = torch.tensor(windows[:, :20, None]), torch.tensor(windows[:, 20:])

model = Forecaster()
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(6):
    for i in torch.randperm(1000).split(50):
        optimizer.zero_grad()
        loss = criterion(model(X[i]), y[i])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
with torch.no_grad():
    print("test", criterion(model(X[1000:]), y[1000:]).item())
