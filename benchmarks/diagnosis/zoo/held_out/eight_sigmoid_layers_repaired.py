# healthy
# repairs: eight_sigmoid_layers
# kind: mlp
# The same depth with ReLU and the initialisation that goes with it.
import torch
from torch import nn
from sklearn.datasets import load_digits


class DeepNet(nn.Module):
    def __init__(self, depth=8, width=40):
        super().__init__()
        sizes = [64] + [width] * depth
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:]))
        self.head = nn.Linear(width, 10)
        for layer in self.hidden:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)

    def forward(self, x):
        for layer in self.hidden:
            x = torch.relu(layer(x))
        return self.head(x)


def train():
    torch.manual_seed(5)
    X, y = load_digits(return_X_y=True)
    X = torch.as_tensor(X / 8.0 - 1.0, dtype=torch.float32)
    y = torch.as_tensor(y)
    net = DeepNet()
    optim = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
    for step in range(300):
        batch = torch.randint(0, len(X), (64,))
        optim.zero_grad()
        loss = nn.functional.cross_entropy(net(X[batch]), y[batch])
        loss.backward()
        optim.step()
        if step % 50 == 0:
            print(step, round(loss.item(), 4))
    print("accuracy", (net(X).argmax(1) == y).float().mean().item())


train()
