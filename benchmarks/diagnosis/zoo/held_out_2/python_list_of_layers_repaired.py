# healthy
# repairs: python_list_of_layers
# kind: mlp
# The repaired twin. Ends with: test loss 0.006, right 1.000 (faulty: test loss 0.363, right 0.820)
import torch
from torch import nn, optim
from sklearn.datasets import make_moons

torch.manual_seed(9)
X, y = make_moons(1000, noise=0.1, random_state=9)
X = torch.as_tensor(X, dtype=torch.float32)
y = torch.as_tensor(y, dtype=torch.float32)[:, None]


class MLP(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        layers = []
        for a, b in zip(sizes[:-1], sizes[1:]):
            layers.append(nn.Linear(a, b))
        self.layers = nn.ModuleList(layers)
        self.out = nn.Linear(sizes[-1], 1)

    def forward(self, x):
        for l in self.layers:
            x = torch.tanh(l(x))
        return self.out(x)


mlp = MLP([2, 8, 8, 8])
n = sum(p.numel() for p in mlp.parameters())
print("number of parameters:", n)
bce = nn.BCEWithLogitsLoss()
optimizer = optim.Adam(mlp.parameters(), lr=0.01)

for epoch in range(40):
    idx = torch.randperm(800)
    for i in range(0, 800, 50):
        b = idx[i:i + 50]
        optimizer.zero_grad()
        loss = bce(mlp(X[b]), y[b])
        loss.backward()
        optimizer.step()
    if epoch % 8 == 7:
        print(epoch, loss.item())

with torch.no_grad():
    test_loss = bce(mlp(X[800:]), y[800:])
    right = ((mlp(X[800:]) > 0).float() == y[800:]).float().mean()
print(f"test loss {test_loss:.3f}, right {right:.3f}")
