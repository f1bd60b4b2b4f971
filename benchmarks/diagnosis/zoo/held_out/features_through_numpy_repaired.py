# healthy
# repairs: features_through_numpy
# kind: cnn
# The same with the pooling in torch.
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn


class DigitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1)
        self.classifier = nn.Linear(16, 10)

    def pool(self, maps):
        return maps.amax(dim=(2, 3))

    def forward(self, x):
        x = torch.relu(self.conv1(x))
        x = torch.relu(self.conv2(x))
        return self.classifier(self.pool(x))


if __name__ == "__main__":
    np.random.seed(0)
    torch.manual_seed(0)
    d = load_digits()
    X = torch.from_numpy((d.images[:, None] / 16).astype("float32"))
    y = torch.from_numpy(d.target)
    net = DigitNet()
    opt = torch.optim.Adam(net.parameters(), lr=0.005)
    for epoch in range(8):
        for idx in np.array_split(np.random.permutation(len(X)), 28):
            loss = nn.functional.cross_entropy(net(X[idx]), y[idx])
            opt.zero_grad()
            loss.backward()
            opt.step()
        print("Epoch", epoch, "loss", float(loss))
