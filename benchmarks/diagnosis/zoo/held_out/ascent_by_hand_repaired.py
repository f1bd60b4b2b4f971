# healthy
# repairs: ascent_by_hand
# kind: by-hand
# The same with a minus, that is, gradient descent.
import math

import torch
from sklearn.datasets import load_diabetes

torch.manual_seed(9)
X, t = load_diabetes(return_X_y=True, scaled=False)
X = torch.tensor(X).float()
t = torch.tensor(t).float().unsqueeze(1)
X = (X - X.mean(0)) / X.std(0)
t = (t - t.mean()) / t.std()

# weights and biases of a network with one hidden layer
W1 = torch.randn(10, 20) * math.sqrt(1 / 10)
b1 = torch.zeros(20)
W2 = torch.randn(20, 1) * math.sqrt(1 / 20)
b2 = torch.zeros(1)
for p in (W1, b1, W2, b2):
    p.requires_grad = True

lr = 0.05
for epoch in range(200):
    h = torch.tanh(X @ W1 + b1)
    out = h @ W2 + b2
    loss = ((out - t) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        for p in (W1, b1, W2, b2):
            p -= lr * p.grad
            p.grad.zero_()
    if epoch % 40 == 0:
        print(epoch, loss.item())
print("final", loss.item())
