# healthy
# repairs: integer_division_of_images
# kind: mlp
# The same with true division.
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
digits = load_digits()
raw = (digits.images * 15).astype(np.uint8)  # 0 … 240, as an 8-bit camera has them
images = raw / 255
X = torch.tensor(images.reshape(len(images), -1), dtype=torch.float32)
y = torch.tensor(digits.target)

net = nn.Sequential(nn.Linear(64, 50), nn.ReLU(), nn.Linear(50, 50), nn.ReLU(), nn.Linear(50, 10))
optimizer = torch.optim.Adam(net.parameters())
for epoch in range(8):
    for idx in torch.randperm(len(X)).split(64):
        loss = nn.functional.cross_entropy(net(X[idx]), y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    accuracy = (net(X).argmax(1) == y).float().mean().item()
    print(f"{epoch}: loss {loss.item():.3f}, accuracy {accuracy:.3f}")
