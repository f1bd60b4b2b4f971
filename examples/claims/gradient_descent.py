"""Forward pass, loss, backpropagation and descent by hand, then with torch, then on pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import halfwave as hw

from ._claim import Claim, Run, Table, Verdict
from ._data import Split, digits, faces
from ._style import PALETTE
from ._train import accuracy, mlp, sgd, train
from ._words import number, spread

__all__ = ["CLAIM"]

#: Two inputs, two hidden units, one output: numbers that are easy to follow.
X, TARGET, RATE = np.array([1.0, 2.0]), 1.0, 0.1
START = {
    "W": np.array([[0.5, -0.25], [-1.0, 0.25]]),  # a row for each hidden unit
    "b": np.array([0.25, 0.25]),
    "v": np.array([0.5, -1.0]),
    "c": np.array(0.25),
}


def forward(p: dict[str, Any]) -> dict[str, Any]:
    """Compute from the input to the loss."""
    z = p["W"] @ X + p["b"]
    h = hw.relu(z)
    y = p["v"] @ h + p["c"]
    return {"z": z, "h": h, "y": y, "loss": 0.5 * (y - TARGET) ** 2}


def backward(p: dict[str, Any], f: dict[str, Any]) -> dict[str, Any]:
    """Go back from the loss by the chain rule, one factor a line."""
    dy = f["y"] - TARGET
    dv, dc, dh = dy * f["h"], dy, dy * p["v"]
    dz = dh * hw.relu.derivative(f["z"])  # ReLU: what is closed gets nothing
    return {"y": dy, "v": dv, "c": dc, "h": dh, "z": dz, "W": np.outer(dz, X), "b": dz}


def by_autograd(p: dict[str, Any]) -> dict[str, Any]:
    """Let torch compute the same."""
    q = {name: torch.tensor(value, requires_grad=True) for name, value in p.items()}
    z = q["W"] @ torch.from_numpy(X) + q["b"]
    h = torch.relu(z)
    y = q["v"] @ h + q["c"]
    inside = {"z": z, "h": h, "y": y}
    for tensor in inside.values():
        tensor.retain_grad()
    loss = 0.5 * (y - TARGET) ** 2
    loss.backward()
    gradients = {name: tensor.grad.numpy() for name, tensor in {**q, **inside}.items()}
    return {"forward": {"loss": loss.item()}, "backward": gradients}


def _by_hand(run: Run) -> tuple[Table, list[float], float]:
    """Descend by hand; return the first step as a table, all losses, and the error."""
    p = {name: value.copy() for name, value in START.items()}
    table, losses, worst = [], [], 0.0
    for step in range(21):
        f = forward(p)
        g = backward(p, f)
        theirs = by_autograd(p)
        errors = {name: _apart(g[name], theirs["backward"][name]) for name in g}
        worst = max(worst, _apart(f["loss"], theirs["forward"]["loss"]), *errors.values())
        after = {name: value - RATE * g[name] for name, value in p.items()}
        if step == 0:
            table = _first_step(p, f, g, after, theirs["backward"])
        losses.append(float(f["loss"]))
        p = after
    headers = ("", "forward", "gradient of the loss, by hand", "by autograd", "after the step")
    return run.table(headers, table, "One step of gradient descent, every number"), losses, worst


def _first_step(p: Any, f: Any, g: Any, after: Any, theirs: Any) -> list[tuple[str, ...]]:
    what = {
        "W": "weights W of the hidden units, a row each",
        "b": "their biases b",
        "z": "weighted sums z = W x + b",
        "h": "hidden units h = relu(z)",
        "v": "weights v of the output",
        "c": "its bias c",
        "y": "output y = v · h + c",
    }
    return [
        (
            words,
            _shown(p.get(n, f.get(n))),
            _shown(g[n]),
            _shown(theirs[n]),
            _shown(after[n]) if n in after else "",
        )
        for n, words in what.items()
    ]


def _mlp(run: Run, seed: int) -> dict[str, Any]:
    data = digits(seed)
    model = mlp((64, 32, 10), hw.nn.ReLU, seed=seed)
    # the chain rule of above, for a whole batch
    x, y = data.x[:32].double(), data.y[:32]
    model.double()
    F.cross_entropy(model(x), y).backward()
    with torch.no_grad():
        first, second = model[0], model[2]
        z = first(x)
        h = hw.relu(z)
        d_out = (second(h).softmax(1) - F.one_hot(y, 10)) / len(x)
        d_z = (d_out @ second.weight) * hw.relu.derivative(z)
        apart = max(_apart(d_z.T @ x, first.weight.grad), _apart(d_out.T @ h, second.weight.grad))
    model.float()
    return _trained(run, "MLP on digits", model, data, lr=0.1, seed=seed) | {"apart": apart}


def _cnn(run: Run, seed: int) -> dict[str, Any]:
    data = faces(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 5, padding=2), hw.nn.ReLU(), nn.MaxPool2d(3),
        nn.Conv2d(8, 16, 3, padding=1), hw.nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(256, 2),
    )  # fmt: skip
    # a convolution's weight, moved a little: the loss changes as its gradient says
    model.double()
    x, y, weight, little = data.x[:20].double(), data.y[:20], model[0].weight, 1e-6
    F.cross_entropy(model(x), y).backward()
    with torch.no_grad():
        losses = []
        for sign in (1, -1):
            weight[0, 0, 2, 2] += sign * little
            losses.append(F.cross_entropy(model(x), y).item())
            weight[0, 0, 2, 2] -= sign * little
    slope = (losses[0] - losses[1]) / (2 * little)
    apart = abs(slope - weight.grad[0, 0, 2, 2].item())
    model.float()
    return _trained(run, "CNN on faces", model, data, lr=0.02, seed=seed) | {"apart": apart}


def _trained(
    run: Run, name: str, model: nn.Module, data: Split, *, lr: float, seed: int
) -> dict[str, Any]:
    run.progress(f"{name}, seed {seed}")
    steps = 60 if run.quick else 300
    losses = train(model, sgd(model, lr, momentum=0.0), data.x, data.y, steps=steps, seed=seed)
    return {"losses": losses, "accuracy": accuracy(model, data.x_test, data.y_test)}


def measure(run: Run) -> Verdict:
    """By hand on the small network, then the same on pictures."""
    table, losses, worst = _by_hand(run)
    seeds = run.seeds(6, 2)
    networks = {
        "MLP on digits": [_mlp(run, s) for s in seeds],
        "CNN on faces": [_cnn(run, s) for s in seeds],
    }
    rows = [
        (
            name,
            number(float(np.mean([one["losses"][:10] for one in results]))),
            number(float(np.mean([one["losses"][-10:] for one in results]))),
            spread([one["accuracy"] for one in results]).percents(1),
            number(max(one["apart"] for one in results), 1),
        )
        for name, results in networks.items()
    ]
    f = forward(START)
    g = backward(START, f)
    closed = int((f["z"] <= 0).sum())
    learnt = all(float(row[2]) < float(row[1]) for row in rows)
    _draw(run, losses, networks)
    means = {
        name: spread([one["accuracy"] for one in results]).mean
        for name, results in networks.items()
    }
    return Verdict(
        holds="holds" if worst < 1e-12 and losses[-1] < losses[0] and learnt else "does not hold",
        decides=f"largest difference between the gradients by hand and by autograd: {number(worst, 1)}, over {len(losses)} steps",
        text=f"""
A network of two inputs, two hidden units and one output, one example x = {_shown(X)} with target {TARGET:g}, the loss ½ (y − target)²:

```python
import numpy as np
from halfwave import relu

x, target = np.array({X.tolist()}), {TARGET}
W, b = np.array({START["W"].tolist()}), np.array({START["b"].tolist()})
v, c = np.array({START["v"].tolist()}), {START["c"]}

z = W @ x + b  # {_shown(f["z"])}
h = relu(z)  # {_shown(f["h"])}
y = v @ h + c  # {_shown(f["y"])}
loss = 0.5 * (y - target) ** 2  # {_shown(f["loss"])}

dy = y - target  # {_shown(g["y"])}; backpropagation: the chain rule, from the end to the beginning
dv, dc, dh = dy * h, dy, dy * v
dz = dh * relu.derivative(z)  # {_shown(g["z"])}: passed on unchanged where z > 0, stopped elsewhere
dW, db = np.outer(dz, x), dz

W, b = W - {RATE} * dW, b - {RATE} * db  # gradient descent: a small step down
v, c = v - {RATE} * dv, c - {RATE} * dc
```

[[table 1]]

{closed} of {len(f["h"])} units is closed on this example and gets no gradient: its row of W, its bias and, since it says 0, its weight in the output stay as they
are. That is all that ReLU does to backpropagation. On another example, the unit may be open.
After the step the loss is {number(losses[1])} instead of {number(losses[0])}, after {len(losses) - 1} steps {number(losses[-1])}. In every one of them the numbers by hand were those of autograd
(largest difference {number(worst, 1)}; float64 keeps some 16 digits).

The same on pictures: an MLP (64-32-10) that reads digits, and a CNN of two convolutions that tells faces from other pictures. More numbers, nothing new:

[[gradient-descent.svg]]

[[table 2]]
""",
        tables=(
            table,
            run.table(
                (
                    "network",
                    "loss, first 10 steps",
                    "last 10 steps",
                    "accuracy on pictures kept back",
                    "gradient checked: largest error",
                ),
                rows,
                f"Plain gradient descent on batches of 32, {len(networks['CNN on faces'][0]['losses'])} steps, {len(seeds)} seeds. Checked in float64: the MLP's against the lines "
                "above written for a batch, the CNN's against the change of the loss when one weight is moved by 10⁻⁶",
            ),
        ),
        figures=("gradient-descent.svg",),
        numbers={"worst": worst, "first loss": losses[0], "last loss": losses[-1], **means},
    )


def _apart(one: Any, other: Any) -> float:
    return float(np.max(np.abs(np.asarray(one) - np.asarray(other))))


def _shown(values: Any) -> str:
    array = np.asarray(values, dtype=float) + 0.0  # no −0
    if array.ndim == 0:
        return f"{array:.10g}".replace("-", "−")
    return f"({', '.join(_shown(value) for value in array)})"


def _draw(run: Run, losses: list[float], networks: dict[str, list[dict[str, Any]]]) -> None:
    alt = "Losses by step: the small network, the MLP on digits and the CNN on faces all go down"
    with run.figure("gradient-descent", alt, ncols=3, figsize=(8.4, 2.7)) as (_, (first, *others)):
        first.plot(losses, "o-", ms=3)
        first.set(title="Two inputs, two hidden units", xlabel="step", ylabel="loss", yscale="log")
        for at, (axes, (name, results)) in enumerate(zip(others, networks.items(), strict=True), 1):
            for one in results:
                smooth = np.convolve(one["losses"], np.full(10, 0.1), mode="valid")
                axes.plot(np.arange(len(smooth)) + 10, smooth, color=PALETTE[at], lw=0.9)
            axes.set(
                title=f"{name}, a line a seed", xlabel="step (mean of the last 10)", ylim=(0, None)
            )


CLAIM = Claim(
    name="gradient-descent",
    number=4,
    said="A network learns by forward pass, loss, backpropagation and gradient descent; on the way back ReLU passes the gradient where it is open and stops it elsewhere.",
    measure=measure,
)
