# fault: detached-graph
# also-fine: parameters-not-trained, plateau-from-start, loss-not-decreasing, learning-rate-too-low, zero-gradients, frozen-parameters
# kind: cnn
# features.data between the conv layers and the head: a narrow random conv stack never learns. Ends with: last loss 2.139 test accuracy 0.418 (repaired: last loss 0.233 test accuracy 0.855)
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(33)
d = load_digits()
imgs = torch.tensor(d.images).float().unsqueeze(1) / 16.
lbls = torch.tensor(d.target)


class FeatureExtractor(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 6, 3)
        self.c2 = nn.Conv2d(6, 6, 3, stride=2)
        self.c3 = nn.Conv2d(6, 5, 2)

    def forward(self, x):
        x = F.relu(self.c1(x))
        x = F.relu(self.c2(x))
        return self.c3(x).flatten(1)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.extractor = FeatureExtractor()
        self.head = nn.Linear(5, 10)

    def forward(self, x):
        features = self.extractor(x)
        return self.head(features.data)


model = Model()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(20):
    order = torch.randperm(1500)
    for batch in order.split(50):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(imgs[batch]), lbls[batch])
        loss.backward()
        optimizer.step()
    if epoch % 4 == 3:
        print("epoch", epoch + 1, "loss", loss.item())

acc = (model(imgs[1500:]).argmax(1) == lbls[1500:]).float().mean()
print(f"last loss {loss.item():.3f} test accuracy {acc:.3f}")
