# fault: loss-independent-of-parameters, detached-graph, parameters-not-trained
# also-fine: loss-not-decreasing, plateau-from-start, zero-gradients, mse-on-class-labels, frozen-parameters, oscillating-loss, noisy-gradients
# kind: mlp
# The loss compares argmax with the labels; requires_grad is set on it to silence the error.
import torch
import torch.nn as nn
from sklearn.datasets import load_wine

torch.manual_seed(0)
data, labels = load_wine(return_X_y=True)
data = torch.tensor((data - data.mean(0)) / data.std(0)).float()
labels = torch.tensor(labels)

net = nn.Sequential(nn.Linear(13, 32), nn.ReLU(), nn.Linear(32, 3))
optimizer = torch.optim.Adam(net.parameters(), lr=0.005)


def training_loss(outputs, target):
    _, predicted = torch.max(outputs, 1)
    predicted = predicted.float().requires_grad_()
    return nn.functional.mse_loss(predicted, target.float())


for epoch in range(40):
    for i in torch.randperm(len(data)).split(32):
        optimizer.zero_grad()
        loss = training_loss(net(data[i]), labels[i])
        loss.backward()
        optimizer.step()
    if epoch % 10 == 0:
        print(epoch, loss.item(), (net(data).argmax(1) == labels).float().mean().item())
print("accuracy", (net(data).argmax(1) == labels).float().mean().item())
