# healthy
# kind: moe
# Four experts and a softmax gate inside the network, cross entropy at its end.
import torch
from sklearn.datasets import make_moons
from torch import nn


class MixtureOfExperts(nn.Module):
    def __init__(self, n_in, n_out, experts=4, hidden=16):
        super().__init__()
        self.experts = nn.ModuleList(
            nn.Sequential(nn.Linear(n_in, hidden), nn.ReLU(), nn.Linear(hidden, n_out)) for _ in range(experts)
        )
        self.gate = nn.Linear(n_in, experts)

    def forward(self, x):
        weights = torch.softmax(self.gate(x), dim=-1)
        outputs = torch.stack([e(x) for e in self.experts], dim=1)
        return (weights.unsqueeze(-1) * outputs).sum(dim=1)


def main():
    torch.manual_seed(0)
    X, y = make_moons(1000, noise=0.15, random_state=1)
    X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
    y = torch.tensor(y)
    model = MixtureOfExperts(2, 2)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for step in range(300):
        idx = torch.randint(0, 1000, (64,))
        loss = nn.functional.cross_entropy(model(X[idx]), y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print("accuracy", (model(X).argmax(1) == y).float().mean().item())


main()
