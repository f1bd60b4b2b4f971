# fault: training-in-evaluation-mode
# also-fine: inputs-not-normalised, learning-rate-too-high, loss-not-decreasing, diverging-loss, oscillating-loss, exploding-gradients, exploding-weights, dead-units, dying-units, dormant-units, plateau-from-start, non-finite, noisy-gradients, zero-gradients, constant-units, always-open-units, overfitting
# kind: cnn
# accuracy() calls model.eval() before the first epoch and nobody calls model.train() again: BatchNorm never learns its statistics. Ends with: epoch 5 loss nan test accuracy 0.0982 (repaired: epoch 5 loss 0.0221 test accuracy 0.9345)
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits

torch.manual_seed(20)
digits = load_digits()
images = torch.tensor(digits.images, dtype=torch.float32).reshape(-1, 1, 8, 8) * 16
labels = torch.tensor(digits.target)
train_loader = DataLoader(TensorDataset(images[:1400], labels[:1400]), batch_size=64, shuffle=True)
test_loader = DataLoader(TensorDataset(images[1400:], labels[1400:]), batch_size=64)

model = nn.Sequential(
    nn.BatchNorm2d(1),
    nn.Conv2d(1, 12, 3, padding=1),
    nn.BatchNorm2d(12),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(12, 24, 3, padding=1),
    nn.BatchNorm2d(24),
    nn.ReLU(),
    nn.Flatten(),
    nn.Linear(24 * 16, 10),
)


def accuracy(loader):
    model.eval()
    correct = 0
    with torch.no_grad():
        for x, t in loader:
            correct += (model(x).argmax(1) == t).sum().item()
    return correct / len(loader.dataset)


optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
print("before training:", accuracy(test_loader))
for epoch in range(6):
    for x, t in train_loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), t)
        loss.backward()
        optimizer.step()
    print("epoch", epoch, "loss", round(loss.item(), 4), "test accuracy", round(accuracy(test_loader), 4))
