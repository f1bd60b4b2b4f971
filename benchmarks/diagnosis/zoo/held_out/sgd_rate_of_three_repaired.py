# healthy
# repairs: sgd_rate_of_three
# kind: mlp
# The same at a learning rate of 0.1.
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32) / 16
X = (X - X.mean()) / X.std()
y = torch.tensor(y)

LEARNING_RATE = 0.1
EPOCHS = 8

model = nn.Sequential(nn.Linear(64, 100), nn.ReLU(), nn.Linear(100, 50), nn.ReLU(), nn.Linear(50, 10))
opt = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
loss_function = nn.CrossEntropyLoss()

for epoch in range(EPOCHS):
    for start in range(0, len(X), 50):
        # the data come shuffled already
        xb, yb = X[start : start + 50], y[start : start + 50]
        loss = loss_function(model(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(f"epoch {epoch}: {loss.item():.4f}")
