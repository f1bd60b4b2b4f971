"""Autocast with a gradient scaler that skips a step, micro-batches and clipping."""

import torch
from torch import nn

model = nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 10), nn.SiLU(), nn.Linear(10, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)
scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=5)
for step in range(32):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = nn.functional.mse_loss(model(torch.randn(8, 4)), torch.ones(8, 1)) / 2
    scaler.scale(loss * float("inf") if step == 7 else loss).backward()
    if step % 2:
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad()
result = [*model.parameters()]
