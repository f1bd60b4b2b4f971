"""Leaky ReLU, PReLU, ELU and maxout where ReLUs die: what they mend, and their price."""

from __future__ import annotations

import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import halfwave as hw

from ._claim import Claim, Run, Verdict
from ._data import digits
from ._train import accuracy, train
from ._words import Interval, paired, percent, points, ranged, spread

__all__ = ["CLAIM", "measure"]

ACTIVATIONS = {  # and how many weighted sums it takes to one output
    "ReLU": (hw.nn.ReLU, 1),
    "leaky ReLU 0.01": (lambda: hw.nn.LeakyReLU(0.01), 1),
    "leaky ReLU 0.2": (lambda: hw.nn.LeakyReLU(0.2), 1),
    "PReLU": (hw.nn.PReLU, 1),
    "ELU": (hw.nn.ELU, 1),
    "maxout of 2": (lambda: hw.nn.Maxout(2), 2),
}
OTHERS = list(ACTIVATIONS)[1:]
OPTIMIZERS = {
    "momentum": lambda weights, times: torch.optim.SGD(weights, 0.005 * times, momentum=0.9),
    "Adam": lambda weights, times: torch.optim.Adam(weights, 0.001 * times),
}
CASES = {  # start: bias and what is added to the weights; learning rate, in healthy ones
    "healthy": (0.0, 0.0, 1),
    "bias −3": (-3.0, 0.0, 1),
    "weights − 0.1": (0.0, -0.1, 1),
    "learning rate × 30": (0.0, 0.0, 30),
}


def network(name: str, seed: int, bias: float = 0.0, shift: float = 0.0) -> nn.Sequential:
    """Make three hidden layers of 64 units."""
    torch.manual_seed(seed)
    make, sums = ACTIVATIONS[name]
    layers = [layer for _ in range(3) for layer in (nn.Linear(64, 64 * sums), make())]
    model = nn.Sequential(*layers, nn.Linear(64, 10))
    hw.nn.init_(model)
    with torch.no_grad():
        for layer in model[:-1:2]:
            layer.bias.fill_(bias)
            layer.weight += shift
    return model


def dead(model: nn.Sequential, x: torch.Tensor) -> float:
    """Return the share of hidden units whose slope is (almost) 0 on every input."""
    shares = []
    for layer, activation in zip(model[:-1:2], model[1::2], strict=True):
        sums = layer(x).detach().requires_grad_()
        x = activation(sums)
        (slope,) = torch.autograd.grad(x.sum(), sums)
        # of maxout's two sums the larger has slope 1
        largest = slope.abs().reshape(len(x), 64, -1).amax(2)
        shares.append((largest <= 1e-3).all(0).float().mean().item())
    return float(np.mean(shares))


def price(name: str) -> tuple[float, float, int]:
    """Return milliseconds a step, MiB kept for the backward pass, and parameters."""
    model = network(name, 0)
    x, y = torch.randn(512, 64), torch.zeros(512, dtype=torch.long)
    own = {weights.data_ptr() for weights in model.parameters()} | {x.data_ptr()}
    kept: dict[int, int] = {}

    def note(tensor: torch.Tensor) -> torch.Tensor:
        if tensor.data_ptr() not in own:  # what two layers share is there once
            kept[tensor.data_ptr()] = tensor.nbytes
        return tensor

    fastest = np.inf
    for turn in range(40):
        start = time.thread_time()
        if turn:
            F.cross_entropy(model(x), y).backward()
            fastest = min(fastest, time.thread_time() - start)
        else:
            with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
                scores = model(x)
            del scores
    many = sum(weights.numel() for weights in model.parameters())
    return 1000 * fastest, sum(kept.values()) / 2**20, many


def measure(run: Run) -> Verdict:
    """Train each of them where ReLUs do well, and where they die."""
    seeds, steps = run.seeds(3, 1), 160 if run.quick else 300
    right: dict[tuple[str, str, str], list[float]] = {}
    closed: dict[tuple[str, str, str], list[float]] = {}
    for optimizer, make in OPTIMIZERS.items():
        for case, (bias, shift, times) in CASES.items():
            run.progress(f"{case}, {optimizer}")
            for name in ACTIVATIONS:
                at = case, optimizer, name
                for seed in seeds:
                    data = digits(seed)
                    model = network(name, seed, bias, shift)
                    how = make(model.parameters(), times)
                    train(model, how, data.x, data.y, steps=steps, seed=seed)
                    closed.setdefault(at, []).append(dead(model, data.x))
                    accurate = accuracy(model, data.x_test, data.y_test)
                    right.setdefault(at, []).append(accurate)
    run.progress("time and memory")
    prices = {name: price(name) for name in ACTIVATIONS}
    gain = {
        (case, optimizer, name): paired(values, right[case, optimizer, "ReLU"])
        for (case, optimizer, name), values in right.items()
        if name != "ReLU"
    }
    start = [gain[case, "Adam", name].mean for case in ("bias −3",) for name in OTHERS]
    fast = [gain["learning rate × 30", how, name].mean for how in OPTIMIZERS for name in OTHERS]
    n = {
        "dead_relu": float(np.mean(closed["bias −3", "Adam", "ReLU"])),
        "dead_others": max(float(np.mean(closed["bias −3", "Adam", name])) for name in OTHERS),
        "relu_start": float(np.mean(right["bias −3", "Adam", "ReLU"])),
        "least_gain_start": min(start),
        "most_gain_fast": max(fast),
        "leak_momentum": float(np.mean(right["bias −3", "momentum", "leaky ReLU 0.01"])),
        "time_maxout": prices["maxout of 2"][0] / prices["ReLU"][0],
        "memory_maxout": prices["maxout of 2"][1] / prices["ReLU"][1],
        "parameters_maxout": prices["maxout of 2"][2] / prices["ReLU"][2],
        "memory_leaky": prices["leaky ReLU 0.01"][1] / prices["ReLU"][1],
    }
    mends = n["least_gain_start"] > 0.05
    always = mends and n["most_gain_fast"] > 0.05
    _draw(run, right)
    table = [
        (
            name,
            *(ranged(right[case, how, name]) for case in CASES for how in OPTIMIZERS),
        )
        for name in ACTIVATIONS
    ]
    costs = [
        (name, f"{ms:.2f} ms", f"{mib:.2f} MiB", f"{many:,}")
        for name, (ms, mib, many) in prices.items()
    ]
    healthy = {name: gain["healthy", "Adam", name] for name in OTHERS}
    return Verdict(
        holds="holds" if always else "depends" if mends else "does not hold",
        decides=f"accuracy gained over ReLU: at least {100 * n['least_gain_start']:.0f} points after"
        f" a start with bias −3 (Adam), at most {100 * n['most_gain_fast']:.0f} with a learning rate"
        " that is too high",
        on="why the units died: they mend a bad start, not a learning rate that is too high",
        text=_text(n, healthy),
        tables=(
            run.table(
                ("", *(f"{case}, {how}" for case in CASES for how in OPTIMIZERS)),
                table,
                f"Digits read after {steps} steps: means (lowest to highest) of {len(seeds)} seeds",
            ),
            run.table(
                ("", "a step, 512 digits", "kept for the backward pass", "parameters"),
                costs,
                "Price",
            ),
        ),
        figures=("leaky-relatives.svg",),
        numbers=n,
    )


def _draw(run: Run, right: dict[tuple[str, str, str], list[float]]) -> None:
    alt = "Accuracy of six activations in four cases, with momentum and with Adam"
    with run.figure("leaky-relatives", alt, ncols=2, sharey=True) as (_, axes):
        for panel, optimizer in zip(axes, OPTIMIZERS, strict=True):
            for at, name in enumerate(ACTIVATIONS):
                means = [spread(right[case, optimizer, name]) for case in CASES]
                places = np.arange(len(CASES)) + 0.13 * (at - 2.5)
                panel.bar(places, [100 * value.mean for value in means], 0.12, label=name)
                for place, case in zip(places, CASES, strict=True):
                    values = right[case, optimizer, name]
                    panel.plot([place] * len(values), [100 * v for v in values], "k.", ms=2)
            panel.set_xticks(range(len(CASES)), [case.replace(" ", "\n", 1) for case in CASES])
            panel.set(title=f"With {optimizer}", ylim=(0, 150))
            panel.set_yticks(range(0, 101, 20))
        axes[0].set_ylabel("accuracy (%)")
        axes[0].legend(ncols=2, loc="upper left")


def _text(n: dict[str, float], healthy: dict[str, Interval]) -> str:
    differences = "; ".join(f"{name}: {points(value)}" for name, value in healthy.items())
    return f"""
They have a slope where ReLU has none: 0.01 or 0.2 of a leaky ReLU (Maas et al. 2013), a learnt one of
PReLU (He et al. 2015), a decaying one of ELU (Clevert et al. 2016); of maxout's sums the largest always
passes (Goodfellow et al. 2013). So their units do not die as easily: after a start with bias −3 and
training with Adam {percent(n["dead_relu"])} of the ReLUs were closed on all training digits, of the
others {"none" if n["dead_others"] == 0 else f"at most {percent(n['dead_others'])}"}. (Maxout does not even see such a bias: which
of two sums is the larger does not change when both are made smaller.)

**After a bad start** ReLU read {percent(n["relu_start"])} of the digits; each of the others read at
least {100 * n["least_gain_start"]:.0f} points more, with Adam. The optimizer counts: through three closed
layers a leak of 0.01 passes 10⁻⁶ of the gradient, which Adam scales up and plain momentum does not
({percent(n["leak_momentum"])} read with momentum and leaky ReLU 0.01).

**With a learning rate that is too high** the best of them read {100 * n["most_gain_fast"]:.0f} points more
than ReLU. There death is a symptom: it is the step that is wrong, and units that cannot close go on being
thrown about. The cure is a smaller step or a warm-up.

[[leaky-relatives.svg]]

[[table 1]]

**Where all is well** (healthy, Adam) the differences to ReLU are these. {differences}.

**The price.** Maxout has {n["parameters_maxout"]:.2f} times the parameters and takes
{n["time_maxout"]:.1f} times the time of ReLU a step. A ReLU needs only its output for the backward pass,
which the next layer keeps anyway; a leaky ReLU keeps its input besides, {n["memory_leaky"]:.2f} times the
memory in this network (`inplace=True` saves that).

[[table 2]]
"""


CLAIM = Claim(
    name="leaky-relatives",
    number=10,
    said="Leaky ReLU, PReLU, ELU and maxout mend the dying of ReLUs.",
    measure=measure,
)
