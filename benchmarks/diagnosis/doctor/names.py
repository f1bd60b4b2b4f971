"""The names that labels may use: those of the rules of halfwave, wanted or there."""

from __future__ import annotations

from typing import Final

__all__ = ["NAMES", "check_name"]

#: A label is the name of the rule that ought to speak. The list stands here,
#: and is not asked of halfwave, so that a label can name a rule not yet written.
NAMES: Final = frozenset(
    {
        # units
        "always-open-units",
        "constant-units",
        "dead-units",
        "dormant-units",
        "duplicate-units",
        "dying-units",
        "outputs-not-centred",
        "saturated-units",
        # gradients and updates
        "clipped-gradients",
        "detached-graph",
        "exploding-gradients",
        "exploding-weights",
        "frozen-parameters",
        "learning-rate-too-high",
        "learning-rate-too-low",
        "missing-zero-grad",
        "noisy-gradients",
        "parameters-not-trained",
        "penalty-too-strong",
        "scaled-gradients",
        "vanishing-gradients",
        "zero-gradients",
        # signal
        "bad-initial-scale",
        "bad-inputs",
        "batch-norm-on-one",
        "constant-labels",
        "dropout-too-high",
        "inputs-not-normalised",
        "targets-not-normalised",
        # structure
        "blocked-outputs",
        "deep-saturating-stack",
        "loss-independent-of-parameters",
        "loss-output-mismatch",
        "mse-on-class-labels",
        "no-nonlinearity",
        "output-range-mismatch",
        "relu-before-loss",
        "repeated-activation",
        "shape-broadcast",
        "sigmoid-twice",
        "single-output-softmax",
        "softmax-over-batch",
        "softmax-twice",
        # loss
        "objective-not-learnt",
        "diverging-loss",
        "evaluation-in-training-mode",
        "loss-not-decreasing",
        "non-finite",
        "oscillating-loss",
        "overfitting",
        "plateau-from-start",
        "training-in-evaluation-mode",
        "worse-than-guessing",
    }
)


def check_name(name: str) -> str:
    """Return `name`; a ValueError where no rule is called that."""
    if name not in NAMES:
        raise ValueError(f"{name!r} is not the name of a rule (they stand in doctor/names.py)")
    return name
