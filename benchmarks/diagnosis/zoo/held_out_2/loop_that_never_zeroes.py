# fault: missing-zero-grad
# also-fine: diverging-loss, oscillating-loss, loss-not-decreasing, exploding-gradients, exploding-weights, learning-rate-too-high, dead-units, dying-units, dormant-units, saturated-units, plateau-from-start, non-finite, noisy-gradients, zero-gradients, vanishing-gradients
# kind: mlp
# A first PyTorch loop: backward and step, and the gradients pile up. Ends with: loss 2.631 test accuracy 0.098 (repaired: loss 0.458 test accuracy 0.806)
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(5)

digits = load_digits()
x = torch.from_numpy(digits.data).float() / 16
y = torch.from_numpy(digits.target).long()
x_train = x[:1400]
y_train = y[:1400]
x_test = x[1400:]
y_test = y[1400:]

model = nn.Sequential(
    nn.Linear(64, 50),
    nn.ReLU(),
    nn.Linear(50, 50),
    nn.ReLU(),
    nn.Linear(50, 10),
)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

n_epochs = 15
batch_size = 100
for epoch in range(n_epochs):
    for i in range(0, 1400, batch_size):
        batch_x = x_train[i:i + batch_size]
        batch_y = y_train[i:i + batch_size]
        out = model(batch_x)
        loss = loss_fn(out, batch_y)
        loss.backward()
        optimizer.step()
    print("epoch", epoch, "loss", loss.item())

pred = model(x_test).argmax(dim=1)
print("loss %.3f" % loss.item(), "test accuracy %.3f" % (pred == y_test).float().mean().item())
