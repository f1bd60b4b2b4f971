"""Averages of weights beside the model that trains: EMA; SWA with its own learning rate."""

import torch
from torch import nn
from torch.optim.swa_utils import SWALR, AveragedModel, get_ema_multi_avg_fn, update_bn

model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))
ema = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9))
swa = AveragedModel(model)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
schedule = SWALR(optimizer, swa_lr=0.01, anneal_epochs=2)
batches = [torch.randn(16, 4) for _ in range(4)]
for _ in range(4):
    for x in batches:
        optimizer.zero_grad()
        (model(x) - x.sum(1, keepdim=True)).pow(2).mean().backward()
        optimizer.step()
        ema.update_parameters(model)
    swa.update_parameters(model)
    schedule.step()
    with torch.no_grad():
        ema.eval()(batches[0])
update_bn(batches, swa)
result = [*model.parameters(), *ema.parameters(), *swa.parameters(), *swa.buffers()]
