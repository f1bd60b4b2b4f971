"""Ridge, radial and folding functions: one network of each kind on the same points in the plane."""

from __future__ import annotations

from collections import Counter

import numpy as np
import torch
from matplotlib.colors import LinearSegmentedColormap
from sklearn.datasets import make_circles, make_moons
from torch import nn
from torch.nn import functional as F

import halfwave as hw

from ._claim import Claim, Run, Verdict
from ._style import PALETTE
from ._words import number, percent, spread

__all__ = ["CLAIM", "measure"]

UNITS, FAR = 8, 100.0
KINDS = {
    "ridge": "ReLU of a sum",
    "radial": "Gaussian of a distance",
    "folding": "maxout of two sums",
}


class Distances(nn.Module):
    """How far a point lies from each of some centres, which are learnt."""

    def __init__(self) -> None:
        super().__init__()
        self.centres = nn.Parameter(torch.randn(UNITS, 2))

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        return torch.cdist(points, self.centres)


def network(kind: str) -> nn.Sequential:
    """Make one hidden layer of that kind."""
    first, activation = {
        "ridge": lambda: (nn.Linear(2, UNITS), hw.nn.ReLU()),
        "radial": lambda: (Distances(), hw.nn.Gaussian(UNITS)),  # with a width for each unit
        "folding": lambda: (nn.Linear(2, 2 * UNITS), hw.nn.Maxout(2)),
    }[kind]()
    return nn.Sequential(first, activation, nn.Linear(UNITS, 1), nn.Flatten(0))


def points(shape: str, many: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw two classes of points that no straight line parts."""
    if shape == "moons":
        x, y = make_moons(many, noise=0.2, random_state=seed)
        x = (x - [0.5, 0.25]) / [0.87, 0.5]
    else:
        x, y = make_circles(many, noise=0.12, factor=0.45, random_state=seed)
        x = 1.5 * x
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)


def fit(kind: str, shape: str, seed: int, steps: int) -> tuple[nn.Sequential, float]:
    """Train one network; return it and the share of 1,000 new points that it tells right."""
    torch.manual_seed(seed)
    x, y = points(shape, 300, seed)
    model = network(kind)
    optimizer = torch.optim.Adam(model.parameters(), 0.02)
    for _ in range(steps):
        loss = F.binary_cross_entropy_with_logits(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    x, y = points(shape, 1000, 1000 + seed)
    with torch.no_grad():
        return model, ((model(x) > 0) == (y > 0.5)).float().mean().item()


@torch.no_grad()
def changes(kind: str, model: nn.Sequential) -> tuple[float, float]:
    """Return how much the first hidden unit changes where its kind says that it can't, and elsewhere.

    A ridge function: along the ridge, and across. A radial one: around its centre, and outwards. A
    folding one: when its two sums are exchanged, and when one of them is replaced.
    """
    first, activation = model[0], model[1]
    start, steps = torch.tensor([0.3, 0.2]), torch.linspace(0, 3, 50)[:, None]
    if kind == "folding":
        sums = first(start + torch.randn(50, 2))
        same, other = sums.clone(), sums.clone()
        same[:, :2], other[:, 0] = sums[:, [1, 0]], sums[:, 0] + 3
        return tuple(
            (activation(to) - activation(sums))[:, 0].abs().max().item() for to in (same, other)
        )
    if kind == "ridge":
        across = first.weight[0] / first.weight[0].norm()
        # a point where the unit is open
        start = across * (1 - first.bias[0]) / first.weight[0].norm()
        along = torch.stack([-across[1], across[0]])
        paths = start + steps * along, start + steps * across
    else:
        centre, radius = first.centres[0], model[1].sigma[0].abs()
        circle = torch.cat([torch.cos(2 * steps), torch.sin(2 * steps)], 1)
        paths = centre + radius * circle, centre + radius * steps * circle[:1]
    return tuple(
        (values.max() - values.min()).item()
        for path in paths
        for values in [activation(first(path))[:, 0]]
    )


@torch.no_grad()
def far_away(model: nn.Sequential) -> tuple[float, float]:
    """Return the mean certainty far from all data, and how much the output differs by direction."""
    angle = torch.linspace(0, 2 * torch.pi, 361)[:-1]
    sums = model(FAR * torch.stack([angle.cos(), angle.sin()], 1))
    chance = torch.sigmoid(sums)
    return torch.maximum(chance, 1 - chance).mean().item(), (sums.max() - sums.min()).item()


def measure(run: Run) -> Verdict:
    """Fit the three to two sets of points, draw what they decide, and try their symmetries."""
    seeds, steps = run.seeds(4, 2), 150 if run.quick else 400
    drawn, right, still, moved, certain, differ = {}, {}, {}, {}, {}, {}
    for kind in KINDS:
        for shape in ("moons", "circles"):
            run.progress(f"{kind}, {shape}")
            done = [fit(kind, shape, seed, steps) for seed in seeds]
            drawn[kind, shape] = done[0][0]
            right[kind, shape] = spread([accurate for _, accurate in done])
            for model, _ in done:
                for into, value in zip((still, moved), changes(kind, model), strict=True):
                    into.setdefault(kind, []).append(value)
                for into, value in zip((certain, differ), far_away(model), strict=True):
                    into.setdefault(kind, []).append(value)
    kinds = Counter(record.shape for record in hw.activations.all_activations().values())
    n = {
        **{f"still_{kind}": max(still[kind]) for kind in KINDS},
        **{f"moved_{kind}": min(moved[kind]) for kind in KINDS},
        **{f"certain_{kind}": float(np.mean(certain[kind])) for kind in KINDS},
        **{f"differ_{kind}": max(differ[kind]) for kind in KINDS},
        **{f"records_{kind}": kinds[kind] for kind in KINDS},
        "records": sum(kinds.values()),
        "least_right": min(value.mean for value in right.values()),
    }
    one_kind = all(n[f"still_{kind}"] < 1e-4 * max(n[f"moved_{kind}"], 1e-3) for kind in KINDS)
    complete = sum(kinds[kind] for kind in KINDS) == n["records"]
    _draw(run, drawn)
    rows = (
        (
            kind,
            words,
            sum(weights.numel() for weights in drawn[kind, "moons"].parameters()),
            *(right[kind, shape].percents() for shape in ("moons", "circles")),
            percent(n[f"certain_{kind}"], 1),
            number(n[f"differ_{kind}"], 2),
        )
        for kind, words in KINDS.items()
    )
    return Verdict(
        holds="holds" if one_kind and complete else "depends" if one_kind else "does not hold",
        decides=f"all {n['records']:.0f} activations of the catalogue are of one of the three kinds, and"
        f" trained units change by at most {number(max(max(s) for s in still.values()), 1)} where their"
        " kind says that they don't",
        on="" if complete else "the activation: some are of none of the kinds",
        text=_text(n),
        tables=(
            run.table(
                (
                    "kind",
                    "unit",
                    "parameters",
                    "moons",
                    "circles",
                    f"certainty at distance {FAR:g}",
                    "differences there",
                ),
                rows,
                f"{UNITS} hidden units; accuracy on 1,000 new points, {len(seeds)} seeds; largest"
                " difference of the output between directions",
            ),
        ),
        figures=("three-kinds.png",),
        numbers={name: float(value) for name, value in n.items()},
    )


@torch.no_grad()
def _draw(run: Run, drawn: dict[tuple[str, str], nn.Sequential]) -> None:
    alt = "Six maps of the plane: what ridge, radial and folding networks decide on two sets of points"
    line = torch.linspace(-5, 5, 161)
    plane = torch.cartesian_prod(line, line)
    size = {"figsize": (7.4, 5.0), "sharex": True, "sharey": True}
    with run.figure("three-kinds.png", alt, nrows=2, ncols=3, **size) as (figure, axes):
        lighter = LinearSegmentedColormap.from_list("classes", ("#8FBFE0", "white", "#F2B183"))
        for panel, kind in zip(axes[0], KINDS, strict=True):
            panel.set_title(f"{kind.capitalize()}: {KINDS[kind]}")
        for row, shape in zip(axes, ("moons", "circles"), strict=True):
            x, y = points(shape, 300, 0)
            for panel, kind in zip(row, KINDS, strict=True):
                chance = torch.sigmoid(drawn[kind, shape](plane)).reshape(161, 161).T
                surface = panel.contourf(line, line, chance, np.linspace(0, 1, 11), cmap=lighter)
                panel.contour(line, line, chance, [0.5], colors="black", linewidths=0.8)
                for label, colour in ((0, PALETTE[0]), (1, PALETTE[1])):
                    panel.plot(*x[y == label].T, ".", ms=2, color=colour)
                panel.set_aspect("equal")
        figure.colorbar(surface, ax=axes, shrink=0.7, label="probability of the orange class")


def _text(n: dict[str, float]) -> str:
    return f"""
The kind says what a unit sees of its inputs. A **ridge** function sees one weighted sum, w · x + b: it is constant along
every direction at right angles to w. A **radial** function sees the distance from a centre: it is constant on circles (Broomhead
and Lowe 1988). A **folding** function takes several numbers together, as maxout does (Goodfellow et al. 2013), max pooling or softmax; for a maximum their order
does not matter. The catalogue has {n["records_ridge"]:.0f} ridge,
{n["records_radial"]:.0f} radial and {n["records_folding"]:.0f} folding functions.

After training we moved a point where a unit should not notice, and where it should: along the ridge and across it
(changes of {number(n["still_ridge"], 1)} at most and {number(n["moved_ridge"], 1)} at least), around the centre and outwards
({number(n["still_radial"], 1)}, {number(n["moved_radial"], 1)}), and for maxout exchanged the two sums, or replaced one
({number(n["still_folding"], 1)}, {number(n["moved_folding"], 1)}).

[[three-kinds.png]]

[[table 1]]

All three fit both sets of points: at least {percent(n["least_right"])} of new ones were told right. They differ where there are no
data. Ridge and maxout units are straight lines far out, so that a network of them grows the surer, the farther a point lies
from everything it has seen ({percent(n["certain_ridge"], 1)} and {percent(n["certain_folding"], 1)} certain at distance {FAR:g}; Hein et al. 2019). Radial units
fall silent: in all directions the output is the same constant, its last bias ({percent(n["certain_radial"], 1)}). That is no knowledge,
either, only another way of not having seen anything.

The kind belongs to the place and not to the curve: the same bell curve of a weighted sum is a ridge function.
"""


CLAIM = Claim(
    name="three-kinds",
    number=14,
    said="Activation functions are ridge functions (ReLU), radial functions (Gaussian) or folding functions (maxout).",
    measure=measure,
)
