"""Activation checkpointing of both kinds, with dropout and in-place ReLU inside."""

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Linear(6, 12)
        self.relu = nn.ReLU(inplace=True)
        self.dropout = nn.Dropout(0.3)
        self.down = nn.Linear(12, 6)

    def forward(self, x):
        return x + self.down(self.dropout(self.relu(self.up(x))))


blocks = nn.ModuleList([Block(), Block(), Block()])
optimizer = torch.optim.Adam(blocks.parameters(), lr=1e-3)
for _ in range(12):
    x = torch.randn(5, 6, requires_grad=True)
    x = checkpoint(blocks[0], x, use_reentrant=False)
    x = checkpoint(blocks[1], x, use_reentrant=True)
    loss = blocks[2](x).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
result = [*blocks.parameters()]
