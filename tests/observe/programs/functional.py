"""Training in torch.func: gradients of a pure function, an ensemble by vmap, no optimizer."""

import torch
from torch import nn
from torch.func import functional_call, grad_and_value, stack_module_state, vmap

x, y = torch.randn(12, 4), torch.randn(12, 1)
single = nn.Sequential(nn.Linear(4, 7), nn.ReLU(), nn.Linear(7, 1))
weights = {name: p.detach().clone() for name, p in single.named_parameters()}


def loss_of(values, inputs, targets):
    return nn.functional.mse_loss(functional_call(single, values, (inputs,)), targets)


for _ in range(12):
    slopes, _ = grad_and_value(loss_of)(weights, x, y)
    weights = {name: value - 0.05 * slopes[name] for name, value in weights.items()}

ensemble = [nn.Sequential(nn.Linear(4, 5), nn.SiLU(), nn.Linear(5, 1)) for _ in range(3)]
stacked, buffers = stack_module_state(ensemble)
skeleton = ensemble[0]


def member(values, states, inputs):
    return functional_call(skeleton, (values, states), (inputs,))


optimizer = torch.optim.SGD(stacked.values(), lr=0.05)
for _ in range(12):
    optimizer.zero_grad()
    out = vmap(member, in_dims=(0, 0, None))(stacked, buffers, x)
    (out - y).pow(2).mean().backward()
    optimizer.step()
result = [*weights.values(), *stacked.values()]
