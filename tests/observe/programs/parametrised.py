"""Weights that are computed from others, and one weight in two places."""

import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize


class Symmetric(nn.Module):
    def forward(self, weight):
        return weight.triu() + weight.triu(1).transpose(-1, -2)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(11, 6)
        self.normed = parametrizations.weight_norm(nn.Linear(6, 9))
        self.spectral = parametrizations.spectral_norm(nn.Linear(9, 6))
        self.turned = parametrizations.orthogonal(nn.Linear(6, 6), orthogonal_map="cayley")
        self.even = nn.Linear(6, 6)
        parametrize.register_parametrization(self.even, "weight", Symmetric())
        self.out = nn.Linear(6, 11, bias=False)
        self.out.weight = self.embed.weight
        self.act1, self.act2, self.act3, self.act4 = nn.ReLU(), nn.ELU(), nn.GELU(), nn.ReLU()

    def forward(self, tokens):
        x = self.embed(tokens)
        x = self.act2(self.spectral(self.act1(self.normed(x))))
        x = self.act4(self.even(self.act3(self.turned(x))))
        return self.out(x)


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(12):
    tokens = torch.randint(0, 11, (4, 5))
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(tokens).flatten(0, 1), tokens.flatten()).backward()
    optimizer.step()
result = [*net.parameters(), *net.buffers()]
