# fault: mse-on-class-labels
# also-fine: loss-output-mismatch
# kind: mlp
# Digit classifier with one output, trained by squared error on the class number.
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
digits = load_digits()
x = torch.tensor(digits.data / 16, dtype=torch.float32)
y = torch.tensor(digits.target)

model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.001)

for epoch in range(10):
    for batch in torch.randperm(len(x)).split(64):
        prediction = model(x[batch])
        loss = nn.functional.mse_loss(prediction.squeeze(1), y[batch].float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    predicted_class = model(x).round().squeeze(1)
    print(epoch, loss.item(), (predicted_class == y).float().mean().item())
