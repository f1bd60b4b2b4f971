# healthy
# repairs: one_example_a_step_fast
# kind: mlp
# The repaired twin. Ends with: mean loss 0.025, test accuracy 0.922 (faulty: mean loss 2.401, test accuracy 0.103)
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
lr, batch_size, n_epochs = 0.4, 100, 60
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
