# fault: output-range-mismatch
# also-fine: saturated-units, plateau-from-start, loss-not-decreasing, learning-rate-too-low, vanishing-gradients, dead-units, dormant-units, targets-not-normalised, constant-units, outputs-not-centred
# kind: autoencoder
# An autoencoder with a Sigmoid at its end for pixels that were standardised (from -1 to 2). Ends with: of the variance left: 0.543, lowest output 0.00 (repaired: of the variance left: 0.107, lowest output -1.89)
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(88)
x = torch.tensor(load_digits().data, dtype=torch.float32)
x = (x - x.mean()) / x.std()
print("min", x.min().item(), "max", x.max().item())


class AutoEncoder(nn.Module):
    def __init__(self):
        super(AutoEncoder, self).__init__()
        self.encoder = nn.Sequential(
            nn.Linear(64, 40),
            nn.ReLU(),
            nn.Linear(40, 12),
        )
        self.decoder = nn.Sequential(
            nn.Linear(12, 40),
            nn.ReLU(),
            nn.Linear(40, 64),
            nn.Sigmoid(),
        )

    def forward(self, x):
        encoded = self.encoder(x)
        decoded = self.decoder(encoded)
        return encoded, decoded


ae = AutoEncoder()
optimizer = torch.optim.Adam(ae.parameters(), lr=0.003)
loss_func = nn.MSELoss()

for epoch in range(15):
    for b_x in x[torch.randperm(len(x))].split(64):
        encoded, decoded = ae(b_x)
        loss = loss_func(decoded, b_x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print('Epoch: ', epoch, '| train loss: %.4f' % loss.item())

with torch.no_grad():
    _, d = ae(x)
print("of the variance left: %.3f, lowest output %.2f" % (loss_func(d, x).item() / x.var().item(), d.min().item()))
