# healthy
# repairs: memorises_sixty_samples
# kind: mlp
# The same on 340 samples, stopped after six epochs.
import torch
import torch.nn as nn
from sklearn.datasets import load_diabetes

torch.manual_seed(0)
X, y = load_diabetes(return_X_y=True)
X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
y = torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32).unsqueeze(1)
N_TRAIN, EPOCHS = 340, 6
train_x, train_y = X[:N_TRAIN], y[:N_TRAIN]
val_x, val_y = X[340:], y[340:]


class Wide(nn.Module):
    def __init__(self, width=256):
        super().__init__()
        self.a = nn.Linear(10, width)
        self.b = nn.Linear(width, width)
        self.c = nn.Linear(width, 1)

    def forward(self, x):
        return self.c(torch.relu(self.b(torch.relu(self.a(x)))))


model = Wide()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
criterion = nn.MSELoss()
for epoch in range(EPOCHS):
    model.train()
    for i in torch.randperm(N_TRAIN).split(20):
        optimizer.zero_grad()
        loss = criterion(model(train_x[i]), train_y[i])
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        val_loss = criterion(model(val_x), val_y)
    if epoch % 10 == 0 or epoch == EPOCHS - 1:
        print(f"{epoch} train {loss.item():.3f} val {val_loss.item():.3f}")
