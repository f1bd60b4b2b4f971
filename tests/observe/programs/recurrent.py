"""Every recurrent layer and cell, with the state carried on."""

import torch
from torch import nn


class Cells(nn.Module):
    def __init__(self):
        super().__init__()
        self.tanh = nn.RNNCell(4, 6)
        self.relu = nn.RNNCell(6, 6, nonlinearity="relu")
        self.lstm = nn.LSTMCell(6, 5)
        self.gru = nn.GRUCell(5, 3)

    def forward(self, x):
        a = b = torch.zeros(x.shape[1], 6)
        c = d = torch.zeros(x.shape[1], 5)
        e = torch.zeros(x.shape[1], 3)
        for t in range(x.shape[0]):
            a = self.tanh(x[t], a)
            b = self.relu(a, b)
            c, d = self.lstm(b, (c, d))
            e = self.gru(c, e)
        return e


cells = Cells()
layers = nn.ModuleList(
    [
        nn.RNN(3, 4, 2, nonlinearity="relu", dropout=0.2),
        nn.RNN(4, 4, bidirectional=True),
        nn.LSTM(8, 3, 2),
        nn.GRU(3, 4),
    ]
)
optimizer = torch.optim.RMSprop([*cells.parameters(), *layers.parameters()], lr=1e-3)
state = None
for _ in range(12):
    x = layers[0](x := torch.randn(5, 2, 3), state)
    state = x[1].detach()
    x = x[0]
    for layer in list(layers)[1:]:
        x, _ = layer(x)
    loss = cells(x).pow(2).mean() + x.pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
result = [*cells.parameters(), *layers.parameters(), state]
