# healthy
# repairs: log_of_a_closed_relu
# kind: mlp
# The repaired twin. Ends with: loss -1.719, correlation with the counts 0.79 (faulty: loss -1.135, correlation with the counts 0.62)
import math
import numpy as np
import torch

np.random.seed(16)
torch.manual_seed(16)

# bicycles that pass in an hour
N = 1500
hour = np.random.uniform(0, 24, N)
warm = np.random.normal(0, 1, N)
weekend = np.random.randint(0, 2, N)
rate = np.exp(1.0 + 0.9 * np.sin(2 * math.pi * (hour - 8) / 24) + 0.5 * warm - 0.4 * weekend)
count = np.random.poisson(rate)
X = np.stack([np.sin(2 * math.pi * hour / 24), np.cos(2 * math.pi * hour / 24), warm, weekend], 1)
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(count, dtype=torch.float32)

l1 = torch.nn.Linear(4, 32)
l2 = torch.nn.Linear(32, 32)
l3 = torch.nn.Linear(32, 1)


def forward(x):
    h = torch.tanh(l1(x))
    h = torch.tanh(l2(h))
    return torch.exp(l3(h))[:, 0]


def poisson(rate, n):
    return (rate - n * torch.log(rate)).mean()


opt = torch.optim.Adam([*l1.parameters(), *l2.parameters(), *l3.parameters()], lr=0.003)
for epoch in range(15):
    losses = []
    for rows in torch.randperm(1200).split(40):
        loss = poisson(forward(X[rows]), y[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    print("epoch", epoch, "loss", np.mean(losses))

guess = forward(X[1200:]).detach()
print("loss %.3f, correlation with the counts %.2f" % (np.mean(losses), np.corrcoef(guess, y[1200:])[0, 1]))
