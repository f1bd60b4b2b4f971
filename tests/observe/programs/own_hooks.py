"""The program's own hooks, an in-place change of a view, and a line search with closures."""

import torch
from torch import nn

seen = []
hidden = nn.Linear(4, 8)
relu = nn.ReLU(inplace=True)
out = nn.Linear(8, 1)
relu.register_forward_hook(lambda module, args, output: seen.append(output.detach().clone()))
out.register_full_backward_hook(lambda module, gin, gout: seen.append(gout[0].clone()))
parameters = [*hidden.parameters(), *out.parameters()]
for parameter in parameters:
    parameter.register_hook(lambda gradient: gradient.clamp(-1, 1))
optimizer = torch.optim.LBFGS(parameters, lr=0.5, max_iter=4)
x = torch.randn(12, 4)


def closure():
    optimizer.zero_grad()
    h = relu(hidden(x))
    h.register_hook(lambda gradient: gradient * 2)
    h.retain_grad()
    v = h * 2
    view = v[:, :4]
    view.tanh_()
    loss = out(v).pow(2).mean()
    loss.backward(retain_graph=True)
    seen.append(h.grad)
    return loss


for _ in range(4):
    optimizer.step(closure)
result = [*parameters, *seen]
