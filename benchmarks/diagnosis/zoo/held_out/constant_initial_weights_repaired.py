# healthy
# repairs: constant_initial_weights
# kind: mlp
# The same with random initial weights.
import torch
from sklearn.datasets import load_digits
from torch import nn


def init_weights(m):
    if isinstance(m, nn.Linear):
        nn.init.kaiming_uniform_(m.weight, nonlinearity="relu")
        nn.init.zeros_(m.bias)


def main():
    torch.manual_seed(0)
    features, target = load_digits(return_X_y=True)
    features = torch.tensor(features / 16.0).float()
    target = torch.tensor(target)

    model = nn.Sequential(
        nn.Linear(64, 64), nn.ReLU(),
        nn.Linear(64, 64), nn.ReLU(),
        nn.Linear(64, 10),
    )
    model.apply(init_weights)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(10):
        total = 0
        for idx in torch.randperm(len(features)).split(64):
            optimizer.zero_grad()
            loss = nn.CrossEntropyLoss()(model(features[idx]), target[idx])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(idx)
        print(epoch, total / len(features))


main()
