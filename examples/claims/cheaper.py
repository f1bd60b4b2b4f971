"""What activations cost: an element at a time, and as a part of a whole training step."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from scipy.stats import mstats
from torch import nn
from torch.nn import functional as F

import halfwave as hw

from ._claim import Claim, Run, Verdict
from ._style import COLOURS, GREY
from ._train import mlp, sgd
from ._words import Interval, joined, number, percent

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CLAIM"]

_CALLS = torch.ops.aten
NAMES = ("relu", "sigmoid", "tanh", "gelu")
#: What torch calls on the way forward, and what autograd calls on the way back. Results go to a
#: tensor that is there already: the time of getting memory is not the activation's.
FORWARD: dict[str, Callable[..., Any]] = {
    "copy": lambda x, _y, _g, out: out.copy_(x),
    "relu": lambda x, _y, _g, out: _CALLS.clamp_min.out(x, 0, out=out),  # as torch.relu does
    "sigmoid": lambda x, _y, _g, out: _CALLS.sigmoid.out(x, out=out),
    "tanh": lambda x, _y, _g, out: _CALLS.tanh.out(x, out=out),
    "gelu": lambda x, _y, _g, out: _CALLS.gelu.out(x, out=out),
}
BACKWARD: dict[str, Callable[..., Any]] = {
    "copy": lambda _x, _y, g, out: out.copy_(g),
    "relu": lambda _x, y, g, out: _CALLS.threshold_backward.grad_input(g, y, 0, grad_input=out),
    "sigmoid": lambda _x, y, g, out: _CALLS.sigmoid_backward.grad_input(g, y, grad_input=out),
    "tanh": lambda _x, y, g, out: _CALLS.tanh_backward.grad_input(g, y, grad_input=out),
    "gelu": lambda x, _y, g, out: _CALLS.gelu_backward.grad_input(g, x, grad_input=out),
}
SIZES = {"in the processor's cache": 2**14, "in main memory": 2**22}


def _elements(run: Run, size: int) -> dict[tuple[str, str], list[float]]:
    """Time every kernel in turn, many rounds; return nanoseconds an element, one a round.

    It is the processor's time for this thread: waiting for other programs is not in it.
    """
    x, g, out = torch.randn(size), torch.randn(size), torch.empty(size)
    outputs = {name: hw.get(name)(x) if name != "copy" else x for name in FORWARD}
    times: dict[tuple[str, str], list[float]] = {}
    calls = max(1, 2**20 // size)
    for turn in range(5 if run.quick else 30):
        run.progress(f"{size:,} elements, round {turn + 1}")
        for way, kernels in (("forward", FORWARD), ("backward", BACKWARD)):
            for name, kernel in kernels.items():
                kernel(x, outputs[name], g, out)  # what it needs is near, whatever ran before
                start = time.thread_time()
                for _ in range(calls):
                    kernel(x, outputs[name], g, out)
                taken = (time.thread_time() - start) / (calls * size)
                times.setdefault((way, name), []).append(taken * 1e9)
    return times


def _mlp(activation: Callable[[], nn.Module]) -> tuple[nn.Module, torch.Tensor]:
    return mlp((256, 512, 512, 512, 10), activation, seed=0), torch.randn(128, 256)


def _cnn(activation: Callable[[], nn.Module]) -> tuple[nn.Module, torch.Tensor]:
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), activation(), nn.Conv2d(32, 32, 3, padding=1), activation(),
        nn.MaxPool2d(2), nn.Conv2d(32, 64, 3, padding=1), activation(), nn.AvgPool2d(8),
        nn.Flatten(), nn.Linear(64, 10),
    )  # fmt: skip
    return model, torch.randn(16, 3, 16, 16)


KINDS = [(where, way) for where in SIZES for way in ("forward", "backward")]
NETWORKS = {"MLP, 3 × 512 units": _mlp, "CNN, 3 convolutions": _cnn}


def _steps(run: Run, build: Callable[..., Any]) -> dict[str, list[float]]:
    """Time whole training steps of the same network with each activation, in turn."""
    made: dict[str, Any] = {}
    for name in ("no activation", *NAMES):
        module = nn.Identity if name == "no activation" else hw.nn.module_for(name)
        model, x = build(module)
        made[name] = (model, sgd(model, 0.01), x)
    y = torch.randint(10, (len(x),))
    times: dict[str, list[float]] = {name: [] for name in made}
    for turn in range(6 if run.quick else 60):
        run.progress(f"{build.__name__[1:].upper()}: training steps, round {turn + 1}")
        for name, (model, optimizer, x) in made.items():
            start = time.thread_time()
            loss = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            times[name].append((time.thread_time() - start) * 1e3)
    # the first rounds get memory and warm up
    return {name: values[2:] for name, values in times.items()}


def ratio(times: list[float], to: list[float]) -> Interval:
    """How many times as long, from pairs timed one after the other, robust to interruptions."""
    logs = np.log(np.asarray(times) / np.asarray(to))
    # a quarter is cut off at both ends: an interruption hits single rounds
    cut = (0.25, 0.25)
    low, high = mstats.trimmed_mean_ci(logs, limits=cut)
    middle = float(mstats.trimmed_mean(logs, limits=cut))
    return Interval(*(math.exp(value) for value in (middle, low, high)))


def measure(run: Run) -> Verdict:
    """Time elements, then whole steps."""
    elements = {where: _elements(run, size) for where, size in SIZES.items()}
    steps = {name: _steps(run, build) for name, build in NETWORKS.items()}
    typical = {
        where: {key: float(np.median(values)) for key, values in times.items()}
        for where, times in elements.items()
    }
    slower = {
        (where, way, name): ratio(elements[where][way, name], elements[where][way, "relu"])
        for where, way in KINDS
        for name in NAMES[1:]
    }
    others = ("sigmoid", "tanh", "gelu", "no activation")
    whole = {
        (network, name): ratio(times[name], times["relu"])
        for network, times in steps.items()
        for name in others
    }
    rows = [
        (
            network,
            f"{number(float(np.median(times['relu'])))} ms",
            *(f"× {whole[network, name].words()}" for name in others),
        )
        for network, times in steps.items()
    ]
    near, far = SIZES
    copying = ratio(elements[near]["forward", "relu"], elements[near]["forward", "copy"])
    forward, backward = (
        [slower[near, way, name] for name in ("sigmoid", "tanh")] for way in ("forward", "backward")
    )
    in_steps = [whole[network, name] for network in NETWORKS for name in ("sigmoid", "tanh")]
    most = max(r.mean for r in in_steps)
    if any(r.high < 1.05 for r in forward):
        holds, on = "does not hold", ""
    elif all(r.low > 1.05 for r in (*backward, *in_steps)):
        holds, on = "holds", ""
    else:
        holds = "depends"
        on = "what is counted: an activation by itself, forward or backward, or a step of training"
    _draw(run, typical, steps)
    return Verdict(
        holds=holds,
        on=on,
        decides=f"forward, sigmoid takes {_times(forward[0])} and tanh {_times(forward[1])} as long as ReLU;"
        f" a whole training step {number(most)} times at most",
        text=f"""
Time of one element, on one core of a processor, float32:

[[table 1]]

- **Forward**, sigmoid and tanh have an exponential to compute, ReLU a comparison. In the cache ReLU takes {_times(copying)} as long as copying the numbers,
  sigmoid {_times(forward[0])} as long as ReLU, tanh {_times(forward[1])}. (Both need one exponential: how far the two are apart is a matter of this library on this processor.) From main memory all wait for the numbers first: there sigmoid takes {_times(slower[far, "forward", "sigmoid"])}
  as long as ReLU, tanh {_times(slower[far, "forward", "tanh"])}.
- **Backward**, sigmoid and tanh use the output that is there already: y (1 − y) and 1 − y² need no exponential. {_backward(slower)}

What is left of that in a **whole training step** (forward, loss, backward, SGD) of the same network?

[[table 2]]

[[cheaper.svg]]

Most of a step is multiplying matrices. Leaving the activations out altogether gains {_gain(whole)}; sigmoid or tanh in the place of ReLU takes
{number(min(r.mean for r in in_steps))} to {number(most)} times as long. Before choosing an activation for its speed, look at the share that it has. It is larger where a
layer does little work for each of its units (depthwise and 1 × 1 convolutions, small batches), and on processors without a fast exponential.
""",
        tables=(
            run.table(
                ("in ns an element", *(f"{way}, {where}" for where, way in KINDS)),
                [
                    (name, *(number(typical[where][way, name], 2) for where, way in KINDS))
                    for name in ("copy", *NAMES)
                ],
                "Medians of rounds in which all take turns; copy only moves the numbers",
            ),
            run.table(
                ("network", "a step with ReLU", *(f"with {name}" for name in others)),
                rows,
                "Steps of each taken in turn; ratios to ReLU (trimmed means with 95 % intervals)",
            ),
        ),
        figures=("cheaper.svg",),
        numbers={
            "sigmoid forward": forward[0].mean,
            "tanh forward": forward[1].mean,
            "step at most": most,
        },
    )


def _times(value: Interval) -> str:
    return f"{number(value.mean, 2)} times"


def _backward(slower: dict[tuple[str, str, str], Interval]) -> str:
    parts = [
        f"{name} {_times(slower[where, 'backward', name])} {where}"
        for name in ("sigmoid", "tanh")
        for where in SIZES
    ]
    return f"As multiples of ReLU's time: {joined(parts)}."


def _gain(whole: dict[tuple[str, str], Interval]) -> str:
    return joined(
        [f"{percent(max(0.0, 1 - whole[n, 'no activation'].mean))} ({n})" for n in NETWORKS]
    )


def _draw(run: Run, typical: Any, steps: Any) -> None:
    alt = "Left: times of one element. Right: times of a whole training step, nearly equal"
    with run.figure("cheaper", alt, ncols=2, figsize=(8.2, 2.9)) as (_, (left, right)):
        where = next(iter(SIZES))
        for at, way in enumerate(("forward", "backward")):
            heights = [typical[where][way, name] for name in NAMES]
            places = np.arange(len(NAMES)) + 0.4 * at
            bars = left.bar(
                places, heights, 0.38, color=[COLOURS[name] for name in NAMES], alpha=1 - 0.5 * at
            )
            left.bar_label(bars, [number(height, 2) for height in heights], fontsize=7)
        left.set_xticks(np.arange(len(NAMES)) + 0.2, NAMES)
        left.set_yscale("log", subs=())
        left.set_yticks([0.1, 0.2, 0.5, 1, 2, 5, 10], ["0.1", "0.2", "0.5", "1", "2", "5", "10"])
        left.set(ylabel="ns an element", title="An element in the cache: forward, backward (pale)")
        for at, times in enumerate(steps.values()):
            names = ("no activation", *NAMES)
            heights = [np.median(times[name]) / np.median(times["relu"]) for name in names]
            places = np.arange(len(names)) + 0.4 * at
            right.bar(
                places,
                heights,
                0.38,
                color=[COLOURS.get(name, GREY) for name in names],
                alpha=1 - 0.5 * at,
            )
        right.set_xticks(np.arange(len(names)) + 0.2, ["none", *NAMES])
        right.set(ylabel="time, ReLU's is 1", title="A training step: MLP, CNN (pale)")


CLAIM = Claim(
    name="cheaper",
    number=5,
    said="ReLU is cheaper to compute than sigmoid and tanh, forward and backward, so networks train faster.",
    measure=measure,
)
