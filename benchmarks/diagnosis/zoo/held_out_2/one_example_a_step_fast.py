# fault: noisy-gradients, learning-rate-too-high
# also-fine: oscillating-loss, loss-not-decreasing, dead-units, dying-units, dormant-units, plateau-from-start, diverging-loss, exploding-gradients, exploding-weights, zero-gradients, vanishing-gradients, constant-units, saturated-units
# kind: mlp
# One example a step with the learning rate of a batch of a hundred: what one digit teaches the next one wipes out. Ends with: mean loss 2.401, test accuracy 0.103 (repaired: mean loss 0.025, test accuracy 0.922)
import torch
from sklearn.datasets import load_digits

torch.manual_seed(39)
X, y = load_digits(return_X_y=True)
X = torch.tensor(X / 16.0, dtype=torch.float32)
y = torch.tensor(y)

model = torch.nn.Sequential(
    torch.nn.Linear(64, 32),
    torch.nn.ReLU(),
    torch.nn.Linear(32, 10),
)
ce = torch.nn.CrossEntropyLoss()
lr, batch_size, n_epochs = 0.4, 1, 3
opt = torch.optim.SGD(model.parameters(), lr=lr)
history = []

for epoch in range(n_epochs):
    perm = torch.randperm(1400)
    for i in range(0, 1400, batch_size):
        ids = perm[i:i + batch_size]
        opt.zero_grad()
        loss = ce(model(X[ids]), y[ids])
        loss.backward()
        opt.step()
        history.append(loss.item())
    if epoch % 10 == 0 or n_epochs < 10:
        recent = history[-1400 // batch_size:]
        print("epoch", epoch, "mean loss", sum(recent) / len(recent))

recent = history[-1400 // batch_size:]
with torch.no_grad():
    acc = (model(X[1400:]).argmax(1) == y[1400:]).float().mean().item()
print("mean loss %.3f, test accuracy %.3f" % (sum(recent) / len(recent), acc))
