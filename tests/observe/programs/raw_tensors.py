"""No module and no optimizer."""

import torch

x, y = torch.randn(20, 9), torch.randn(20, 3)
w1 = torch.randn(9, 7, requires_grad=True)
w2 = torch.randn(7, 3, requires_grad=True)
for _ in range(25):
    loss = (x.mm(w1).clamp(min=0).mm(w2) - y).pow(2).sum()
    loss.backward()
    with torch.no_grad():
        w1 -= 1e-4 * w1.grad
        w2 -= 1e-4 * w2.grad
        w1.grad.zero_()
        w2.grad.zero_()
result = [w1, w2]
