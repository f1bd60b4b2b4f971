# healthy
# repairs: tanh_on_raw_pixels
# kind: mlp
# The same with standardised pixels and Glorot's initialisation.
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
digits = load_digits()
pixels = torch.tensor(digits.data * 15.9375, dtype=torch.float32)
labels = torch.tensor(digits.target)
inputs = (pixels - pixels.mean()) / pixels.std()

fc1 = nn.Linear(64, 50)
fc2 = nn.Linear(50, 10)
nn.init.xavier_normal_(fc1.weight)
model = nn.Sequential(fc1, nn.Tanh(), fc2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(8):
    for i in torch.randperm(len(inputs)).split(64):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs[i]), labels[i])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item(), "gradient of fc1", fc1.weight.grad.abs().max().item())
