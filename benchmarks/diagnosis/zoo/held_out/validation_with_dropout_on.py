# fault: evaluation-in-training-mode
# kind: mlp
# Validation without model.eval(): dropout and batch norm stay on.
import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset


def make_loaders(batch_size):
    X, y = load_digits(return_X_y=True)
    X_train, X_val, y_train, y_val = train_test_split(X / 16, y, test_size=0.3, random_state=0)

    def loader(a, b, shuffle):
        ds = TensorDataset(torch.tensor(a, dtype=torch.float32), torch.tensor(b))
        return DataLoader(ds, batch_size=batch_size, shuffle=shuffle)

    return loader(X_train, y_train, True), loader(X_val, y_val, False)


def train_epoch(model, loader, criterion, optimizer):
    model.train()
    for data, target in loader:
        optimizer.zero_grad()
        loss = criterion(model(data), target)
        loss.backward()
        optimizer.step()
    return loss.item()


def validate(model, loader, criterion):
    val_loss = correct = count = 0
    with torch.no_grad():
        for data, target in loader:
            output = model(data)
            val_loss += criterion(output, target).item() * len(data)
            correct += (output.argmax(1) == target).sum().item()
            count += len(data)
    return val_loss / count, correct / count


torch.manual_seed(0)
train_loader, val_loader = make_loaders(64)
model = nn.Sequential(
    nn.Linear(64, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Dropout(0.4),
    nn.Linear(128, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.4),
    nn.Linear(64, 10),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(8):
    train_loss = train_epoch(model, train_loader, criterion, optimizer)
    val_loss, val_acc = validate(model, val_loader, criterion)
    print(f"Epoch {epoch}: train {train_loss:.3f} val {val_loss:.3f} acc {val_acc:.3f}")
