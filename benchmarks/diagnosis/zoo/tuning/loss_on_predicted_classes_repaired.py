# healthy
# repairs: loss_on_predicted_classes
# kind: mlp
# The same with cross entropy of the outputs.
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
    return nn.functional.cross_entropy(outputs, target)


for epoch in range(40):
    for i in torch.randperm(len(data)).split(32):
        optimizer.zero_grad()
        loss = training_loss(net(data[i]), labels[i])
        loss.backward()
        optimizer.step()
    if epoch % 10 == 0:
        print(epoch, loss.item(), (net(data).argmax(1) == labels).float().mean().item())
print("accuracy", (net(data).argmax(1) == labels).float().mean().item())
