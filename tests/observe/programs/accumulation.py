"""Micro-batches whose gradients add up, clipped in two ways, with foreach and fused steps."""

import torch
from torch import nn

model = nn.Sequential(
    nn.Linear(5, 12), nn.LeakyReLU(0.1), nn.Linear(12, 12), nn.Tanh(), nn.Linear(12, 2)
)
first, last = [*model[:3].parameters()], [*model[4].parameters()]
optimizers = [
    torch.optim.AdamW(first, lr=1e-2, fused=True),
    torch.optim.SGD(last, lr=1e-2, momentum=0.9, foreach=True),
]
norms = []
for _ in range(14):
    for _ in range(4):
        (model(torch.randn(6, 5)).pow(2).mean() / 4).backward()
    nn.utils.clip_grad_norm_(first, 0.01)
    nn.utils.clip_grad_value_(last, 0.05)
    norms.append([p.grad.double().norm().item() for p in model.parameters()])
    for optimizer in optimizers:
        optimizer.step()
        optimizer.zero_grad(set_to_none=False)
result = [*model.parameters()]
