"""``shape-broadcast``: outputs and targets of different shapes, spread out against each other.

Definition
    The shapes of output and target differ, and broadcasting them gives more
    elements than either has: (N, 1) against (N,) compares every output with
    every target, N × N pairs. Counted as an accident where the two shapes are
    the same once dimensions of size 1 are left out, and have different ranks.

Thresholds
    From `FEWEST` rows on; with a single one nothing is spread. Error: the best
    that can be done against all targets at once is their mean.

Passed over
    A target that is a scalar, or a row that every sample shares: the result has
    the output's shape. Shapes of the same rank, (N, 1, D) against (1, M, D),
    are how pairs are written on purpose. Keras takes away a last dimension of 1
    by itself. Losses that no backward came from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halfwave.diagnose.endings import is_keras, objective_place, trained
from halfwave.diagnose.finding import Finding
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.symptoms import NO_GRADIENT, NOT_LEARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.facts import Objective
    from halfwave.recording.model import Recording

__all__ = ["FEWEST", "RULE"]

FEWEST = 2

_ELEMENTWISE = frozenset(
    {
        "mse_loss",
        "l1_loss",
        "smooth_l1_loss",
        "huber_loss",
        "binary_cross_entropy",
        "binary_cross_entropy_with_logits",
        "kl_div",
        "poisson_nll_loss",
        "soft_margin_loss",
        "hinge_embedding_loss",
        "hinge",
        "squared_hinge",
        "log_cosh",
    }
)


def check(recording: Recording) -> Iterator[Finding]:
    """One finding a loss."""
    for objective in trained(recording):
        output, target = objective.output, objective.target
        if objective.function not in _ELEMENTWISE or output is None or target is None:
            continue
        if is_keras(objective) or not _accident(output.shape, target.shape):
            continue
        yield _finding(recording, objective, output.shape, target.shape)


def _accident(first: tuple[int, ...], second: tuple[int, ...]) -> bool:
    if len(first) == len(second) or _bare(first) != _bare(second):
        return False
    together = _together(first, second)
    return together is not None and _size(together) >= max(FEWEST, 1 + _size(first))


def _bare(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(size for size in shape if size != 1)


def _together(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...] | None:
    """Shape of the two broadcast; None where they cannot be."""
    rank = max(len(first), len(second))
    padded = [(1,) * (rank - len(shape)) + tuple(shape) for shape in (first, second)]
    if any(a != b and 1 not in {a, b} for a, b in zip(*padded, strict=True)):
        return None
    return tuple(max(a, b) for a, b in zip(*padded, strict=True))


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for each in shape:
        size *= each
    return size


def _written(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _finding(
    recording: Recording, objective: Objective, output: tuple[int, ...], target: tuple[int, ...]
) -> Finding:
    together = _together(output, target) or ()
    if len(output) > len(target):
        change = "bring the output to the targets' shape: model(x).squeeze(-1), or give the targets"
        change += " the output's: y.unsqueeze(-1)"
    else:
        change = "bring the targets to the output's shape: y.squeeze(-1), or y.view_as(output)"
    return Finding(
        rule=RULE.name,
        severity="error",
        title=f"outputs {_written(output)} and targets {_written(target)} are spread out to"
        f" {_written(together)}: every output is compared with every target",
        where=objective_place(recording, objective),
        evidence={
            "output_shape": _written(output),
            "target_shape": _written(target),
            "compared_shape": _written(together),
            "pairs": _size(together),
            "outputs": _size(output),
            "threshold": FEWEST,
        },
        why="Against all targets at once, the best answer for every input is their mean: that is"
        " what the network learns.",
        advice=f"Before the loss, {change}.",
    )


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """The mean of all targets is learnt at once, and nothing after it."""
    del recording, mine
    return other.rule in NOT_LEARNING | NO_GRADIENT | {
        "dead-units",
        "mse-on-class-labels",
        "output-range-mismatch",
    }


RULE = Rule(
    name="shape-broadcast",
    summary="outputs and targets of different shapes, every one compared with every other",
    check=check,
    explains=_explains,
)
