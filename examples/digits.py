"""Read handwritten digits with a plain multilayer perceptron.

The data are scikit-learn's 1,797 digits (`sklearn.datasets.load_digits`), 8 × 8 pixels each.

    python digits.py                                    about 96 % of unseen digits right
    python digits.py --activation sigmoid --depth 20    ill: no gradient reaches the first layers
    python digits.py --bias -3                          ill: every hidden unit starts closed
    python digits.py --lr 2                             ill: the steps are far too long
"""

import argparse

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

ACTIVATIONS = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "sigmoid": nn.Sigmoid,
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
}


def build(activation, depth, width, bias):
    """Stack ``depth`` hidden layers."""
    layers = []
    inputs = 64
    for _ in range(depth):
        layers += [nn.Linear(inputs, width), ACTIVATIONS[activation]()]
        if bias is not None:
            nn.init.constant_(layers[-2].bias, bias)
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, 10))


def load(seed):
    """Split the digits, and bring the pixels to about zero mean and unit variance."""
    pixels, labels = load_digits(return_X_y=True)
    parts = train_test_split(pixels, labels, test_size=0.25, random_state=seed, stratify=labels)
    x_train, x_test = (torch.tensor((part - 4.9) / 6.0, dtype=torch.float32) for part in parts[:2])
    y_train, y_test = (torch.tensor(part, dtype=torch.long) for part in parts[2:])
    return (x_train, y_train), (x_test, y_test)


@torch.no_grad()
def accuracy(model, x, y):
    """Share of digits read right."""
    model.eval()
    return (model(x).argmax(1) == y).float().mean().item()


def main():
    """Train, and test on digits that were kept back."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--activation", choices=sorted(ACTIVATIONS), default="relu")
    parser.add_argument("--depth", type=int, default=3, help="hidden layers (try 20)")
    parser.add_argument("--width", type=int, default=64, help="units of each")
    parser.add_argument("--bias", type=float, help="initial bias of every hidden layer (try -3)")
    parser.add_argument("--lr", type=float, default=0.05, help="learning rate (try 2)")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    (x, y), (x_test, y_test) = load(args.seed)
    model = build(args.activation, args.depth, args.width, args.bias)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.5)
    for epoch in range(1, args.epochs + 1):
        model.train()
        total = 0.0
        for batch in torch.randperm(len(x)).split(args.batch):
            optimizer.zero_grad()
            loss = criterion(model(x[batch]), y[batch])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        if epoch % 10 == 0 or epoch == args.epochs:
            print(f"epoch {epoch:3d}  loss {total / len(x):.4f}")
    print(f"accuracy: {accuracy(model, x_test, y_test):.1%} of {len(x_test)} unseen digits")


if __name__ == "__main__":
    main()
