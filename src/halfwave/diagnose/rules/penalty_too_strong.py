"""``penalty-too-strong``: a penalty or weight decay presses the weights to 0; nothing is learnt.

Definition
    The norm of the weights at the end over that at the start (the median over
    the weights that did not begin near 0) has fallen, and the loss is no
    smaller than what guessing costs, or, where that is unknown, than it was.

Thresholds
    Weights shrunk to `SHRUNK` or less. Error where the reason is seen: an
    optimizer's ``weight_decay``, or a first loss that is `BESIDE` times what
    the loss function alone gave (a regulariser was added to it). Else warning.
    Weights of networks that learn grow; in the few that shrink they keep more
    than six tenths. Warning, too, where weight decay takes `PER_STEP` of each weight in a
    step (the learning rate times its strength) by an optimizer in which it is that, and
    less than `DID_WELL` of what could be learnt was, of weights that did not grow.

Passed over
    Runs that learnt something, whatever their weights did (pruning, sparse
    codes), and runs of fewer than 20 losses.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.course import hardly_fell, main_course
from halfwave.diagnose.curves import largest_rate, loss_place, main_loss
from halfwave.diagnose.endings import trained
from halfwave.diagnose.finding import Figure, Finding
from halfwave.diagnose.guessing import guess_of
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.outcome import success
from halfwave.diagnose.places import listed, optimizer_places
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.symptoms import NO_GRADIENT, NOT_LEARNING
from halfwave.diagnose.updates import first_norm, growth_of, median_of, weights_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.model import Parameter, Recording

__all__ = ["BESIDE", "DID_WELL", "PER_STEP", "RULE", "SHRUNK"]

SHRUNK = 0.5
BESIDE = 2.0
PER_STEP = 0.01
DID_WELL = 0.8

#: Optimizers in which a step takes the learning rate times the decay of each weight.
_PLAIN_DECAY = ("AdamW", "SGD")

#: A loss within this share of what guessing costs has learnt nothing.
_NEAR = 0.03
#: Root mean square of a weight that counts as having begun at 0.
_ZERO = 1e-3


def check(recording: Recording) -> Iterator[Finding]:
    """One finding at most."""
    weights = [weight for weight in weights_of(recording) if _rms(weight) > _ZERO]
    growth = median_of(np.array([growth_of(weight) for weight in weights]))
    if not growth <= SHRUNK or not _learnt_nothing(recording):
        if growth < 1:
            yield from _held_back(recording)
        return
    evidence: dict[str, Figure] = {
        "growth_of_weights": growth,
        "weights": len(weights),
        "threshold": SHRUNK,
    }
    decay, penalty = _decay(recording), _penalty(recording)
    if decay is not None:
        name, strength = decay
        evidence["weight_decay"] = strength
        reason = f"weight_decay={strength:g} of {name} presses"
        at = f" at {listed(where)}" if (where := optimizer_places(recording)) else ""
        advice = (
            f"Lower weight_decay{at} from {strength:g} to 1e-4 (SGD) or 1e-2 (AdamW), or leave it"
            " out"
        )
    elif penalty is not None:
        evidence["first_loss"], evidence["of_the_loss_function"] = penalty
        reason = f"a penalty, {1 - penalty[1] / penalty[0]:.0%} of the loss at the start, presses"
        advice = (
            "Lower the strength of what is added to the loss (kernel_regularizer, L2(…), a sum of"
            " squared weights) a thousandfold, to where it is about a hundredth of the loss"
        )
    else:
        reason = "something presses"
        advice = (
            "See what makes large weights costly: weight decay, a regulariser in the loss, a clamp"
            " of the weights"
        )
    names = [weight.name for weight in sorted(weights, key=growth_of)]
    yield Finding(
        rule=RULE.name,
        severity="error" if decay is not None or penalty is not None else "warning",
        title=f"{reason} the weights to {numeral(growth, 2)} of their size, and nothing is learnt",
        sites=tuple(names),
        where=loss_place(recording),
        evidence=evidence,
        why="With small weights the outputs hardly depend on the inputs: the network gives one"
        " answer for all, and it costs less to keep the weights small than to give a better one.",
        advice=f"{advice} ({listed(names)}).",
        confidence=0.9 if decay is not None or penalty is not None else 0.6,
    )


def _held_back(recording: Recording) -> Iterator[Finding]:
    """Weights that decay as fast as they are learnt."""
    decay, rate, learnt = _decay(recording), largest_rate(recording), success(recording)
    if decay is None or rate is None or learnt is None or not learnt < DID_WELL:
        return
    name, strength = decay
    share = rate * strength
    if share < PER_STEP or not name.startswith(_PLAIN_DECAY):
        return
    at = f" at {listed(where)}" if (where := optimizer_places(recording)) else ""
    yield Finding(
        rule=RULE.name,
        severity="warning",
        title=f"weight_decay={strength:g} of {name} takes {numeral(share, 2)} of each weight in"
        f" every step (learning rate {rate:g}), and only {max(learnt, 0):.0%} of what could be"
        " learnt was",
        where=loss_place(recording),
        evidence={
            "weight_decay": strength,
            "learning_rate": rate,
            "share_a_step": share,
            "success": round(learnt, 4),
            "threshold": PER_STEP,
        },
        why=f"What is learnt is gone after some {1 / share:.0f} steps: weights cannot grow to the"
        " size that the task needs.",
        advice=f"Lower weight_decay{at} from {strength:g} to 1e-4 (SGD) or 1e-2 (AdamW).",
        confidence=0.8,
    )


def _rms(parameter: Parameter) -> float:
    return first_norm(parameter) / math.sqrt(max(math.prod(parameter.shape), 1))


def _learnt_nothing(recording: Recording) -> bool:
    found = main_course(recording)
    if found is None:
        return False
    course = found[1]
    guesses = [guess_of(objective) for objective in trained(recording)]
    if len(guesses) == 1 and guesses[0] is not None:
        return course.end >= (1 - _NEAR) * guesses[0] - course.error
    return hardly_fell(course)


def _decay(recording: Recording) -> tuple[str, float] | None:
    """Name of the optimizer that decays weights the most, and how much."""
    found = [
        (float(strength), optimizer.name)
        for optimizer in recording.optimizers
        if isinstance(strength := optimizer.settings.get("weight_decay"), int | float)
        and strength > 0
    ]
    return (max(found)[1], max(found)[0]) if found else None


def _penalty(recording: Recording) -> tuple[float, float] | None:
    """The first loss, and what the loss function gave of it, where that is a small part."""
    loss, objectives = main_loss(recording), list(trained(recording))
    if loss is None or loss.first is None or len(objectives) != 1:
        return None
    rows = objectives[0].training
    if objectives[0].parameters.get("reduction", "mean") != "mean" or not len(rows):
        return None
    own = float(rows["mean"][0])
    return (loss.first, own) if own > 0 and loss.first >= BESIDE * own else None


def _explains(recording: Recording, mine: Finding, other: Finding) -> bool:
    """Units and gradients die with the weights, and a step is large beside a weight of nothing."""
    del recording, mine
    return other.rule in NOT_LEARNING | NO_GRADIENT | {
        "dead-units",
        "dormant-units",
        "dying-units",
        "learning-rate-too-high",
    }


RULE = Rule(
    name="penalty-too-strong",
    summary="a penalty or weight decay presses the weights to 0, and nothing is learnt",
    check=check,
    explains=_explains,
)
