# fault: zero-gradients, saturated-units, inputs-not-normalised
# also-fine: vanishing-gradients, bad-initial-scale, parameters-not-trained, constant-units, duplicate-units, loss-not-decreasing, plateau-from-start
# kind: mlp
# Pixels of 0…255 into tanh with weights in 0…1: the slope is exactly 0 in single precision.
import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
digits = load_digits()
pixels = torch.tensor(digits.data * 15.9375, dtype=torch.float32)
labels = torch.tensor(digits.target)
inputs = pixels

fc1 = nn.Linear(64, 50)
fc2 = nn.Linear(50, 10)
nn.init.uniform_(fc1.weight)
model = nn.Sequential(fc1, nn.Tanh(), fc2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(8):
    for i in torch.randperm(len(inputs)).split(64):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs[i]), labels[i])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item(), "gradient of fc1", fc1.weight.grad.abs().max().item())
