r"""A deep MLP on scikit-learn's digits, to be run by ``halfwave compare``.

    halfwave compare --with tanh --seeds 5 benchmarks/compare/deep_digits.py
    halfwave compare --with tanh --seeds 5 benchmarks/compare/deep_digits.py \
        --layers 5 --gain 1.5 --raw --lr 0.001

With Xavier's initialisation the signal dies out in 20 layers of ReLU: tanh is right. With
unscaled pixels and larger weights tanh is driven into its ends, and ReLU is right.
"""

import argparse

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--gain", type=float, default=1.0)
parser.add_argument("--raw", action="store_true")
parser.add_argument("--layers", type=int, default=20)
parser.add_argument("--epochs", type=int, default=8)
parser.add_argument("--lr", type=float, default=0.01)
options = parser.parse_args()

torch.manual_seed(0)
x, y = load_digits(return_X_y=True)
x = torch.tensor(x if options.raw else (x - x.mean()) / x.std(), dtype=torch.float32)
y = torch.tensor(y)
train_x, test_x, train_y, test_y = train_test_split(x, y, test_size=0.3, random_state=0)


class Deep(nn.Module):
    """As many layers as one likes."""

    def __init__(self) -> None:
        super().__init__()
        widths = [64] + [48] * options.layers
        self.layers = nn.ModuleList(map(nn.Linear, widths, widths[1:]))
        self.head = nn.Linear(widths[-1], 10)
        for layer in self.layers:
            nn.init.xavier_normal_(layer.weight, gain=options.gain)
            nn.init.zeros_(layer.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the scores of ten classes."""
        for layer in self.layers:
            x = torch.relu(layer(x))
        return self.head(x)


net = Deep()
optimizer = torch.optim.SGD(net.parameters(), lr=options.lr, momentum=0.9)
loader = torch.utils.data.DataLoader(
    torch.utils.data.TensorDataset(train_x, train_y), batch_size=64, shuffle=True
)
for _ in range(options.epochs):
    for batch, labels in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(batch), labels).backward()
        optimizer.step()
    with torch.no_grad():
        loss = nn.functional.cross_entropy(net(test_x), test_y)
print(f"test loss: {loss:.4f}")
