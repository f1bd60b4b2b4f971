# fault: zero-gradients, parameters-not-trained
# also-fine: plateau-from-start, loss-not-decreasing, learning-rate-too-low, detached-graph, missing-zero-grad, frozen-parameters, vanishing-gradients
# kind: cnn
# optimizer.zero_grad() stands between backward() and step(), so that each step has nothing to go by. Ends with: loss 2.305, accuracy 0.128 (repaired: loss 0.059, accuracy 0.862)
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(18)

bunch = load_digits()
pictures = torch.tensor(bunch.images).float().div(16).unsqueeze(1)
classes = torch.tensor(bunch.target)


class SmallNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 10, 3)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(90, 40)
        self.fc2 = nn.Linear(40, 10)

    def forward(self, x):
        x = self.pool(F.gelu(self.conv(x)))
        x = torch.flatten(x, 1)
        x = F.gelu(self.fc1(x))
        return self.fc2(x)


model = SmallNet()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)

for epoch in range(8):
    perm = torch.randperm(1500)
    for i in range(0, 1500, 64):
        idx = perm[i:i + 64]
        logits = model(pictures[idx])
        loss = F.cross_entropy(logits, classes[idx])
        loss.backward()
        optimizer.zero_grad(set_to_none=False)
        optimizer.step()
    print("epoch", epoch, "loss", loss.item())

accuracy = (model(pictures[1500:]).argmax(1) == classes[1500:]).float().mean().item()
print("loss %.3f, accuracy %.3f" % (loss.item(), accuracy))
