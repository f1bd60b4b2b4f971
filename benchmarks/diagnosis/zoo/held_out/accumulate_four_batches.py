# healthy
# kind: cnn
# Gradient accumulation: zero_grad only every fourth backward.
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

ACCUMULATE = 4


def get_data():
    digits = load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1)
    images = (images - images.mean()) / images.std()
    return TensorDataset(images, torch.tensor(digits.target))


def get_model():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(32, 10),
    )


def main():
    torch.manual_seed(0)
    loader = DataLoader(get_data(), batch_size=16, shuffle=True, drop_last=True)
    model = get_model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    optimizer.zero_grad()
    for epoch in range(8):
        total = 0.0
        for i, (x, y) in enumerate(loader):
            loss = F.cross_entropy(model(x), y) / ACCUMULATE
            loss.backward()
            total += loss.item() * ACCUMULATE
            if (i + 1) % ACCUMULATE == 0:
                optimizer.step()
                optimizer.zero_grad()
        print(f"epoch {epoch} loss {total / len(loader):.4f}")


main()
