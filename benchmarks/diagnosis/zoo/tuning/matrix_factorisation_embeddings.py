# healthy
# kind: embedding
# Recommender of embeddings alone: no activation in the whole program, on purpose.
import torch
from torch import nn

torch.manual_seed(0)
users, items, rank = 60, 80, 4
truth = torch.randn(users, rank) @ torch.randn(rank, items) / rank**0.5
seen = torch.rand(users, items) < 0.4
u, i = seen.nonzero(as_tuple=True)
ratings = truth[u, i] + 0.1 * torch.randn(len(u))


class MF(nn.Module):
    def __init__(self):
        super().__init__()
        self.user = nn.Embedding(users, rank)
        self.item = nn.Embedding(items, rank)
        self.bu, self.bi = nn.Embedding(users, 1), nn.Embedding(items, 1)
        for e in (self.user, self.item):
            nn.init.normal_(e.weight, std=0.3)
        for e in (self.bu, self.bi):
            nn.init.zeros_(e.weight)

    def forward(self, u, i):
        return (self.user(u) * self.item(i)).sum(-1) + self.bu(u).squeeze(-1) + self.bi(i).squeeze(-1)


model = MF()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(20):
    total = 0.0
    for b in torch.randperm(len(u)).split(128):
        loss = nn.functional.mse_loss(model(u[b], i[b]), ratings[b])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(b)
    if epoch % 5 == 0:
        print(epoch, total / len(u))
print("held out", nn.functional.mse_loss(model(*(~seen).nonzero(as_tuple=True)), truth[~seen]).item())
