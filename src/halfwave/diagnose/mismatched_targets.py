"""Targets that a loss does not take: labels of another kind, beyond its range, too many."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from halfwave.diagnose.endings import is_keras, outputs_of
from halfwave.diagnose.mismatches import MARGIN, NOISY, ROOM, SUM, Mismatch
from halfwave.diagnose.numerals import numeral

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfwave.diagnose.endings import Ending
    from halfwave.recording.facts import Objective

__all__ = ["TARGET_TESTS"]

_TWO_SIDED_LABELS = frozenset(
    {"hinge_embedding_loss", "soft_margin_loss", "cosine_embedding_loss", "margin_ranking_loss"}
)
_EXPONENTIAL = frozenset({"exponential", "softplus", "relu", "squareplus"})


def _labels_out_of_range(objective: Objective, _: Ending | None) -> Mismatch | None:
    """Class numbers that the outputs do not have."""
    target, classes = objective.target, outputs_of(objective)
    if not _class_numbers(objective) or target is None or classes is None or classes < 2:
        return None
    if target.high < classes or target.high == objective.parameters.get("ignore_index"):
        return None
    from_one = target.low == 1 and target.high == classes
    return Mismatch(
        "error",
        f"has {classes} classes, 0…{classes - 1}, but labels range from {target.low:.0f} to"
        f" {target.high:.0f}",
        "A label beyond the last class has no output that could be right.",
        "Subtract 1 from the labels." if from_one else "Give the last layer one output a class.",
        "Subtract 1 from the labels." if from_one else "Give the last layer one unit a class.",
        {"classes": classes, "target_low": target.low, "target_high": target.high},
    )


def _binary_targets(objective: Objective, _: Ending | None) -> Mismatch | None:
    """Binary cross entropy with targets that are no probabilities."""
    target = objective.target
    if not objective.function.startswith("binary_cross_entropy") or target is None:
        return None
    if target.low >= -ROOM and target.high <= 1 + ROOM:
        return None
    known = math.isfinite(target.low) and math.isfinite(target.high)
    labels = target.integral and target.distinct is not None and known
    if labels and target.low == -1 and target.high == 1:
        change = "Map the labels −1 and 1 to 0 and 1: y = (y + 1) / 2."
    elif labels and target.low == 1 and target.high == 2:
        change = "Map the labels 1 and 2 to 0 and 1: y = y - 1."
    elif labels:
        count = int(target.high) + 1 if target.low >= 0 else target.distinct
        change = (
            f"For {count} classes, give the last layer {count} outputs, and use %s with the"
            " labels as they are."
        )
    else:
        change = "Scale the targets to 0…1, or use %s, which compares any numbers."
    other = ("nn.CrossEntropyLoss()", '"sparse_categorical_crossentropy"')
    if not labels:
        other = ("nn.MSELoss() without a sigmoid", 'loss="mse" without a sigmoid')
    torch, keras = (change.replace("%s", name) for name in other)
    beside = not labels and target.low >= -NOISY and target.high <= 1 + NOISY
    return Mismatch(
        "info" if beside else "error",
        f"takes targets in 0…1, but got {numeral(target.low, 4)} to {numeral(target.high, 4)}",
        "The loss is not a cross entropy for such targets: it has no lower bound, and pushes its"
        " outputs to the ends.",
        torch,
        keras,
        {"target_low": target.low, "target_high": target.high, "threshold": ROOM},
    )


def _two_sided_labels(objective: Objective, _: Ending | None) -> Mismatch | None:
    """A margin loss that takes −1 and 1 and got 0 and 1."""
    target = objective.target
    if objective.function not in _TWO_SIDED_LABELS or is_keras(objective) or target is None:
        return None
    if not target.integral or not (target.low == 0 and target.high == 1):
        return None
    return Mismatch(
        "error",
        "takes labels −1 and 1, but got 0 and 1",
        "Of an example labelled 0 it computes a loss that means nothing: half of the data teaches"
        " nothing, or the wrong thing.",
        "Map the labels: y = 2 * y - 1.",
        "Map the labels: y = 2 * y - 1.",
        {"target_low": 0, "target_high": 1},
    )


def _several_classes_at_once(objective: Objective, _: Ending | None) -> Mismatch | None:
    """Categorical cross entropy with targets that name several classes, or none."""
    target = objective.target
    if objective.function not in {"cross_entropy", "categorical_cross_entropy"} or target is None:
        return None
    if _class_numbers(objective):
        return None
    whole = target.integral and target.low >= 0 and (outputs_of(objective) or 1) > 1
    several = math.isfinite(target.row_sum_high) and target.row_sum_high > 1 + SUM
    if not whole or not several or objective.unit_mapped:
        return None
    return Mismatch(
        "warning",
        f"takes one class a row, but targets name up to {target.row_sum_high:.0f} at once",
        "A softmax makes classes exclude each other: two that are both right can get half each at"
        " most.",
        "Use nn.BCEWithLogitsLoss(), one answer a class.",
        'Write activation="sigmoid" for the last layer and loss="binary_crossentropy".',
        {"row_sum_low": target.row_sum_low, "row_sum_high": target.row_sum_high, "threshold": SUM},
    )


def _poisson(objective: Objective, end: Ending | None) -> Mismatch | None:
    """A Poisson loss of a logarithm that is none, or of negative counts."""
    if objective.function not in {"poisson_nll_loss", "poisson"}:
        return None
    target, output = objective.target, objective.output
    if target is not None and target.low < 0:
        return Mismatch(
            "error",
            f"takes counts, but targets go down to {numeral(target.low, 4)}",
            "There are no negative counts: the loss has no lower bound for them.",
            "Use nn.MSELoss(), or undo what made the counts negative (standardised targets).",
            'Use loss="mse", or undo what made the counts negative (standardised targets).',
            {"target_low": target.low},
        )
    if is_keras(objective) or objective.parameters.get("log_input") is not True:
        if output is not None and output.low < -MARGIN and is_keras(objective):
            return Mismatch(
                "error",
                f"takes a rate, but outputs go down to {numeral(output.low, 4)}",
                "A rate is positive: its logarithm is not defined here.",
                "",
                'Write activation="exponential" or "softplus" for the last layer.',
                {"output_low": output.low},
            )
        return None
    if end is not None and end.activation in _EXPONENTIAL:
        return Mismatch(
            "warning",
            f"takes the logarithm of a rate (log_input=True), but {end.activation} gives a rate",
            "The rate that it reads is exp of the output, at least 1.",
            "Write nn.PoissonNLLLoss(log_input=False), or take the activation out.",
            "",
            {"activation": end.activation},
            activation=end.activation,
        )
    return None


def _class_numbers(objective: Objective) -> bool:
    """Whether targets are numbers of classes, not a value for each class."""
    if objective.function == "sparse_categorical_cross_entropy" or "sparse" in objective.call:
        return True
    output, target = objective.output, objective.target
    if objective.function not in {"cross_entropy", "nll_loss"} or output is None or target is None:
        return False
    return target.integral and len(target.shape) != len(output.shape)


TARGET_TESTS: tuple[Callable[[Objective, Ending | None], Mismatch | None], ...] = (
    _labels_out_of_range,
    _binary_targets,
    _two_sided_labels,
    _several_classes_at_once,
    _poisson,
)
