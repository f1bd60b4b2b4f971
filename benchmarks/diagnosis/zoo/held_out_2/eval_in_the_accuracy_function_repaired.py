# healthy
# repairs: eval_in_the_accuracy_function
# kind: cnn
# The repaired twin. Ends with: epoch 5 loss 0.0221 test accuracy 0.9345 (faulty: epoch 5 loss nan test accuracy 0.0982)
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
    model.train()
    for x, t in train_loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), t)
        loss.backward()
        optimizer.step()
    print("epoch", epoch, "loss", round(loss.item(), 4), "test accuracy", round(accuracy(test_loader), 4))
