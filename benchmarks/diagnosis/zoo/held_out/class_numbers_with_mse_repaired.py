# healthy
# repairs: class_numbers_with_mse
# kind: mlp
# The same with ten outputs and cross entropy.
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
digits = load_digits()
x = torch.tensor(digits.data / 16, dtype=torch.float32)
y = torch.tensor(digits.target)

model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=0.001)

for epoch in range(10):
    for batch in torch.randperm(len(x)).split(64):
        prediction = model(x[batch])
        loss = nn.functional.cross_entropy(prediction, y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    predicted_class = model(x).argmax(1)
    print(epoch, loss.item(), (predicted_class == y).float().mean().item())
