# fault: non-finite
# also-fine: loss-not-decreasing, plateau-from-start, exploding-gradients
# kind: attention
# Attention with a mask and an entropy term p·log p: 0·(-inf) is NaN.
import torch
import torch.nn as nn
import torch.nn.functional as F


class MaskedPooling(nn.Module):
    """Pool a padded sequence with learnt attention."""

    def __init__(self, dim=16):
        super().__init__()
        self.score = nn.Sequential(nn.Linear(dim, 32), nn.Tanh(), nn.Linear(32, 1))
        self.out = nn.Linear(dim, 2)

    def forward(self, x, mask):
        scores = self.score(x).squeeze(-1).masked_fill(~mask, float("-inf"))
        p = F.softmax(scores, dim=1)
        pooled = (p.unsqueeze(-1) * x).sum(dim=1)
        entropy = -(p * torch.log(p)).sum(dim=1)
        return self.out(pooled), entropy


def batch(n=48, length=10, dim=16):
    x = torch.randn(n, length, dim)
    lengths = torch.randint(3, length + 1, (n,))
    mask = torch.arange(length)[None] < lengths[:, None]
    y = (x[:, 0, 0] > 0).long()
    x[:, 0, 1] += 3.0  # the token that counts is marked
    return x, mask, y


torch.manual_seed(0)
net = MaskedPooling()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for step in range(250):
    x, mask, y = batch()
    logits, entropy = net(x, mask)
    loss = F.cross_entropy(logits, y) + 0.01 * entropy.mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 50 == 0:
        print(step, loss.item())
