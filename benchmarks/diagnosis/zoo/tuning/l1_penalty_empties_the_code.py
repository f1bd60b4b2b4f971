# fault: dying-units, dead-units, dormant-units
# also-fine: loss-not-decreasing, plateau-from-start, zero-gradients, vanishing-gradients
# kind: autoencoder
# Sparse autoencoder with a penalty far too strong: the code goes silent.
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
x = load_digits().data
x = torch.tensor((x - x.mean(0)) / 6.0, dtype=torch.float32)

sparsity = 1.0


class SparseAutoencoder(nn.Module):
    def __init__(self, n=64, k=96):
        super().__init__()
        self.enc = nn.Linear(n, k)
        self.dec = nn.Linear(k, n)

    def forward(self, x):
        code = torch.relu(self.enc(x))
        return self.dec(code), code


sae = SparseAutoencoder()
opt = torch.optim.Adam(sae.parameters(), lr=3e-3)
for epoch in range(10):
    for i in torch.randperm(len(x)).split(64):
        recon, code = sae(x[i])
        loss = nn.functional.mse_loss(recon, x[i]) + sparsity * code.abs().sum(1).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        recon, code = sae(x)
        print(epoch, "error", nn.functional.mse_loss(recon, x).item(), "units ever open", (code > 0).any(0).sum().item())
