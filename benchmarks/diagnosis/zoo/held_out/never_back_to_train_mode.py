# fault: training-in-evaluation-mode
# kind: cnn
# model.eval() for the validation of each epoch and no model.train() after it.
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
digits = load_digits()
X = torch.tensor(digits.images).float()[:, None] / 16
y = torch.tensor(digits.target)
X_train, y_train, X_val, y_val = X[:1400], y[:1400], X[1400:], y[1400:]

cnn = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Dropout(0.3), nn.Linear(128, 10),
)
optimizer = torch.optim.SGD(cnn.parameters(), lr=0.02, momentum=0.9)
loss_func = nn.CrossEntropyLoss()

cnn.train()
for epoch in range(6):
    for b in torch.randperm(1400).split(50):
        out = cnn(X_train[b])
        loss = loss_func(out, y_train[b])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    cnn.eval()
    with torch.no_grad():
        val_out = cnn(X_val)
        accuracy = (val_out.argmax(1) == y_val).float().mean()
    print("Epoch:", epoch, "| train loss: %.4f" % loss.item(), "| val accuracy: %.3f" % accuracy.item())
