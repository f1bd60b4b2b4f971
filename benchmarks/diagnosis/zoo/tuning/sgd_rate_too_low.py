# fault: learning-rate-too-low
# also-fine: loss-not-decreasing, plateau-from-start, parameters-not-trained
# kind: cnn
# CNN by plain SGD with a learning rate of 1e-5: nothing moves in eight epochs.
import torch
import torch.nn as nn
import torch.optim as optim
from sklearn.datasets import load_digits

torch.manual_seed(0)
d = load_digits()
x = torch.tensor(d.images).float().unsqueeze(1) / 8 - 1
y = torch.tensor(d.target)

model = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(16 * 16, 32),
    nn.ReLU(),
    nn.Linear(32, 10),
)
optimizer = optim.SGD(model.parameters(), lr=1e-5)
criterion = nn.CrossEntropyLoss()
for epoch in range(8):
    running = 0.0
    for i in torch.randperm(len(x)).split(64):
        optimizer.zero_grad()
        loss = criterion(model(x[i]), y[i])
        loss.backward()
        optimizer.step()
        running += loss.item()
    print(f"[{epoch + 1}] loss: {running / 29:.4f}")
