"""How often ``halfwave compare`` claims a difference: where there is none, and where there is one.

    python benchmarks/compare/level_and_power.py [--comparisons 1000] [--trainings 600]

A comparison is that of one baseline with some activations over some seeds. First with
simulated results of several distributions, then with those of real trainings: small networks on
scikit-learn's digits, every one under a seed of its own, that differ in nothing else. A
true difference is made by adding two standard deviations (of the results over seeds).
"""

import argparse

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

from halfwave.experiments.paired import differences

parser = argparse.ArgumentParser()
parser.add_argument("--comparisons", type=int, default=1000)
parser.add_argument("--trainings", type=int, default=600)
options = parser.parse_args()

DRAWS = {
    "normal": lambda rng, n: rng.normal(size=n),
    "log-normal (skewed)": lambda rng, n: rng.lognormal(0, 0.5, n),
    "t, 4 degrees (heavy tails)": lambda rng, n: rng.standard_t(4, n),
    "uniform": lambda rng, n: rng.uniform(size=n),
}


def claims(draw, seeds: int, variants: int, shift: float, rng) -> tuple[float, float]:
    """Return the shares of comparisons with any false claim, and with the true one."""
    false = true = 0
    for _ in range(options.comparisons):
        own = draw(rng, seeds)
        pairs = {str(i): draw(rng, seeds) - own for i in range(variants)}
        pairs["0"] = pairs["0"] + shift
        found = differences(pairs)
        true += found["0"].claimed
        false += any(one.claimed for name, one in found.items() if shift == 0 or name != "0")
    return false / options.comparisons, true / options.comparisons


def rows(name: str, draw, rng) -> None:
    """Print the shares for one way of drawing results."""
    spread = float(np.std(draw(rng, 20_000)))
    for variants in (1, 4):
        level = [claims(draw, seeds, variants, 0.0, rng)[0] for seeds in (5, 10)]
        _, found = claims(draw, 10, variants, 2 * spread, rng)
        print(
            f"| {name} | {variants} | {level[0]:.1%} | {level[1]:.1%} | {found:.1%} |", flush=True
        )


def trained(seed: int, x: torch.Tensor, y: torch.Tensor) -> float:
    """Train a small network and return its loss on what it has not seen."""
    torch.manual_seed(seed)
    net = nn.Sequential(
        nn.Linear(64, 24), nn.ReLU(), nn.Linear(24, 24), nn.ReLU(), nn.Linear(24, 10)
    )
    optimizer = torch.optim.SGD(net.parameters(), lr=0.2, momentum=0.9)
    for _ in range(60):
        rows = torch.randint(0, 1200, (64,))
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
        optimizer.step()
    with torch.no_grad():
        return float(nn.functional.cross_entropy(net(x[1200:]), y[1200:]))


print("| results | activations | false claims, 5 seeds | 10 seeds | 2 sd found, 10 seeds |")
print("|---|---|---|---|---|")
generator = np.random.default_rng(0)
for name, draw in DRAWS.items():
    rows(name, draw, generator)
torch.set_num_threads(1)
pixels, labels = load_digits(return_X_y=True)
pixels, labels = torch.tensor(pixels / 16, dtype=torch.float32), torch.tensor(labels)
pool = np.array([trained(seed, pixels, labels) for seed in range(options.trainings)])
rows(
    f"{options.trainings} real trainings",
    lambda rng, n: rng.choice(pool, n, replace=n > len(pool)),
    generator,
)
