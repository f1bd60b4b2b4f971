"""Quantisation-aware training: fake quantisation of weights and of what activations give."""

import warnings

import torch
from torch import nn

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # torch's own plans for this package
    from torch.ao import quantization

    model = nn.Sequential(
        quantization.QuantStub(),
        nn.Conv2d(1, 4, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(4 * 16, 8),
        nn.ReLU6(),
        nn.Linear(8, 3),
        quantization.DeQuantStub(),
    )
    model.qconfig = quantization.get_default_qat_qconfig("fbgemm")
    quantization.prepare_qat(model.train(), inplace=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for step in range(12):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(torch.randn(6, 1, 6, 6)), torch.arange(6) % 3)
        loss.backward()
        optimizer.step()
        if step == 8:
            model.apply(quantization.disable_observer)
result = [*model.parameters(), *model.buffers()]
