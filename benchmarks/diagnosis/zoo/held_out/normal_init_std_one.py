# fault: bad-initial-scale
# also-fine: exploding-gradients, oscillating-loss, dead-units, learning-rate-too-low, dormant-units
# kind: mlp
# Six ReLU layers initialised from N(0, 1): activations grow eightfold a layer.
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self, width=128, depth=6):
        super().__init__()
        layers = [nn.Linear(64, width), nn.ReLU()]
        for _ in range(depth - 1):
            layers += [nn.Linear(width, width), nn.ReLU()]
        layers.append(nn.Linear(width, 10))
        self.layers = nn.Sequential(*layers)
        self._initialize_weights()

    def _initialize_weights(self):
        for m in self.modules():
            if isinstance(m, nn.Linear):
                nn.init.normal_(m.weight, mean=0.0, std=1.0)
                nn.init.constant_(m.bias, 0)

    def forward(self, x):
        return self.layers(x)


X, y = load_digits(return_X_y=True)
X = torch.tensor((X - X.mean()) / X.std(), dtype=torch.float32)
y = torch.tensor(y)
net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()
for i in range(250):
    idx = torch.randint(len(X), (64,))
    loss = criterion(net(X[idx]), y[idx])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if i % 50 == 0:
        print("iter %4d  loss %.4f" % (i, loss))
