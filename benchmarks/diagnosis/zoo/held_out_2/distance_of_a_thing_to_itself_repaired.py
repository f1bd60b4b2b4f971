# healthy
# repairs: distance_of_a_thing_to_itself
# kind: mlp
# The repaired twin. Ends with: loss 0.025, nearest neighbour right 0.912 (faulty: loss nan, nearest neighbour right 0.091)
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(28)
X, y = load_digits(return_X_y=True)
X = torch.tensor(X / 16, dtype=torch.float32)
y = torch.tensor(y)

embed = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 8))


def distance(a, b):
    d2 = ((a - b) ** 2).sum(dim=1)
    return torch.sqrt(d2 + 1e-6)


def contrastive(a, b, same, margin=1.0):
    d = distance(embed(a), embed(b))
    return (same * d ** 2 + (1 - same) * torch.clamp(margin - d, min=0) ** 2).mean()


optimizer = torch.optim.Adam(embed.parameters(), lr=0.003)
for step in range(600):
    i = torch.randint(0, 1500, (64,))
    j = torch.randint(0, 1500, (64,))
    same_class = torch.stack([torch.nonzero(y[:1500] == c)[torch.randint(0, 100, (1,))][0, 0] for c in y[i[:32]]])
    j = torch.cat([same_class, j[32:]])
    same = (y[i] == y[j]).float()
    loss = contrastive(X[i], X[j], same)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 100 == 0:
        print(step, loss.item())

with torch.no_grad():
    nearest = torch.cdist(embed(X[1500:]), embed(X[:1500])).argmin(1)
print("loss %.3f, nearest neighbour right %.3f" % (loss.item(), (y[nearest] == y[1500:]).float().mean()))
