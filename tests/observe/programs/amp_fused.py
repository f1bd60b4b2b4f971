"""Autocast with a gradient scaler and a fused optimizer, which undoes the scale by itself."""

import torch
from torch import nn

model = nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2, fused=True)
scaler = torch.amp.GradScaler("cpu", init_scale=4096.0, growth_interval=3)
norms = []
losses = []
for _ in range(14):
    optimizer.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = nn.functional.mse_loss(model(torch.randn(8, 4)), torch.ones(8, 1))
    scaler.scale(loss).backward()
    norms.append([(p.grad.double() / scaler.get_scale()).norm().item() for p in model.parameters()])
    losses.append(loss.item())
    scaler.step(optimizer)
    scaler.update()
result = [*model.parameters()]
