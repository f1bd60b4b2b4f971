"""Outputs that a loss does not take: logits for probabilities, and the reverse."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from halfwave.diagnose.endings import (
    LOGITS,
    PROBABILITIES,
    is_keras,
    looks_like_shares,
    outputs_of,
)
from halfwave.diagnose.mismatches import FLOOR, MARGIN, SUM, Mismatch
from halfwave.diagnose.numerals import numeral
from halfwave.diagnose.operations import SOFTMAXES, bounds_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfwave.diagnose.endings import Ending
    from halfwave.recording.facts import Objective

__all__ = ["OUTPUT_TESTS"]


def _single_class(objective: Objective, _: Ending | None) -> Mismatch | None:
    """Categorical cross entropy over one class."""
    categorical = {"cross_entropy", "categorical_cross_entropy"}
    if outputs_of(objective) != 1 or objective.function not in {
        *categorical,
        "sparse_categorical_cross_entropy",
        "nll_loss",
    }:
        return None
    output = objective.output
    if output is not None and len(output.shape) == 1:
        return None  # an unbatched one, or a dimension that was squeezed away
    return Mismatch(
        "error",
        "compares classes, but the network has a single output",
        "Among one class, that class is always right: the loss is the same whatever the network"
        " computes, and its gradient is 0.",
        "For two classes write nn.BCEWithLogitsLoss() in place of it, with targets of the"
        " output's shape as floats; for more, give the last layer one output for each class.",
        'For two classes write Dense(1, activation="sigmoid") and loss="binary_crossentropy";'
        " for more, give the last layer one unit for each class.",
        {"outputs": 1},
    )


def _not_log_probabilities(objective: Objective, end: Ending | None) -> Mismatch | None:
    """NLL or KL divergence of something that is no log-probability."""
    output = objective.output
    if objective.function not in {"nll_loss", "kl_div"} or is_keras(objective) or output is None:
        return None
    logged = end is not None and (
        end.activation in {"log_softmax", "logsigmoid"}
        or any(
            operation in {"log_softmax", "log", "logsumexp", "logsigmoid", "log1p", "log2"}
            for operation in end.before
        )
    )
    if logged or (end is not None and not end.plain and not end.activation):
        return None  # by hand, weighted: what it is then cannot be told from here
    plain = end is not None and end.plain
    if not output.high > MARGIN and not plain:
        return None
    softmax = (end is not None and end.activation in SOFTMAXES) or looks_like_shares(output)
    got = "probabilities" if softmax else "numbers"
    first = (
        "Write F.log_softmax in place of the softmax, over the same dimension"
        if softmax
        else "Put F.log_softmax(x, dim=1) behind the last layer"
    )
    other = ", or use nn.CrossEntropyLoss() on its bare output"
    return Mismatch(
        "error",
        f"takes log-probabilities, but got {got} from {numeral(output.low, 4)} to"
        f" {numeral(output.high, 4)}",
        "It does no more than pick the output of the right class and change its sign: without a"
        " log-softmax it can fall without end by growing every output"
        + (", or, of probabilities, rewards the wrong sizes." if softmax else "."),
        first + (other if objective.function == "nll_loss" else "") + ".",
        "",
        {"output_low": output.low, "output_high": output.high, "threshold": MARGIN},
        activation=end.activation if end is not None else "",
    )


def _not_probabilities(objective: Objective, end: Ending | None) -> Mismatch | None:
    """A loss of probabilities that got logits."""
    output = objective.output
    if objective.function not in PROBABILITIES or output is None:
        return None
    beyond = output.low < -MARGIN or output.high > 1 + MARGIN
    wrong = end is not None and (
        end.plain or (bool(end.activation) and bounds_of(end.activation) != (0.0, 1.0))
    )
    if not beyond and not (wrong and not looks_like_shares(output)):
        return None
    binary = objective.function == "binary_cross_entropy"
    name = "sigmoid" if binary else "softmax"
    last = "without activation" if end is None or end.plain else f"with {end.activation} last"
    with_logits = "nn.BCEWithLogitsLoss()" if binary else "nn.CrossEntropyLoss()"
    loss = (
        "BinaryCrossentropy"
        if binary
        else (
            "CategoricalCrossentropy"
            if objective.function == "categorical_cross_entropy"
            else "SparseCategoricalCrossentropy"
        )
    )
    return Mismatch(
        "error",
        f"takes probabilities, but got numbers from {numeral(output.low, 4)} to"
        f" {numeral(output.high, 4)} (a network {last})",
        "Outside 0…1 the logarithm is cut off or not defined: such outputs have the wrong loss,"
        " and no gradient.",
        f"Use {with_logits} on the bare output of the last layer, or put a {name} behind it.",
        f'Write Dense(…, activation="{name}") for the last layer, or keep it without activation'
        f" and train with keras.losses.{loss}(from_logits=True).",
        {"output_low": output.low, "output_high": output.high, "threshold": MARGIN},
        activation=end.activation if end is not None else "",
    )


def _no_distribution(objective: Objective, end: Ending | None) -> Mismatch | None:
    """Categorical cross entropy of probabilities that do not share 1 among them."""
    output = objective.output
    if output is None or objective.function not in PROBABILITIES - {"binary_cross_entropy"}:
        return None
    sums = output.row_sum_low, output.row_sum_high
    uneven = math.isfinite(sums[0]) and (abs(sums[0] - 1) > SUM or abs(sums[1] - 1) > SUM)
    single = end is not None and end.activation in {"sigmoid", "hardsigmoid"}
    if not uneven and not single:
        return None
    if end is not None and end.activation in SOFTMAXES:
        return None
    last = end.activation if end is not None and end.activation else "the last activation"
    return Mismatch(
        "warning",
        f"takes shares of 1 among the classes, but rows sum to {numeral(sums[0])} …"
        f" {numeral(sums[1])} ({last} judges each class by itself)",
        "The classes exclude each other, but nothing in the output says so: all may be likely at"
        " once, and the loss makes up for it by dividing.",
        "Take the activation out and use nn.CrossEntropyLoss(); if several classes can be right at"
        " once, use nn.BCEWithLogitsLoss().",
        'Write Dense(…, activation="softmax") for the last layer; if several classes can be right'
        ' at once, keep sigmoid and use loss="binary_crossentropy".',
        {"row_sum_low": sums[0], "row_sum_high": sums[1], "threshold": SUM},
        activation=end.activation if end is not None else "",
    )


def _bounded_logits(objective: Objective, end: Ending | None) -> Mismatch | None:
    """Cross entropy over logits that a sigmoid or tanh keeps small."""
    classes = outputs_of(objective) or 2
    if objective.function not in LOGITS or end is None or not end.activation:
        return None
    if end.activation in SOFTMAXES:
        return None  # softmax-twice
    low, high = bounds_of(end.activation)
    binary = objective.function != "cross_entropy"
    if binary and (low, high) == (0.0, 1.0):
        return None  # sigmoid-twice
    span = high - low
    if not math.isfinite(span):
        return None
    floor = math.log1p(math.exp(-high)) if binary else math.log1p((classes - 1) * math.exp(-span))
    if floor < FLOOR:
        return None
    name = "sigmoid" if binary else "softmax"
    return Mismatch(
        "warning" if low < 0 else "error",
        f"takes logits of any size, but {end.activation} keeps them in {low:g}…{high:g}: the loss"
        f" cannot fall below {numeral(floor)}",
        "No answer can be sure: the loss has a floor, and units are driven to their bounds, where"
        " the gradient vanishes.",
        f"Take {end.activation} out: the loss applies its own {name}.",
        f'Give the last layer no activation, or activation="{name}" with from_logits=False.',
        {"low": low, "high": high, "floor": floor, "threshold": FLOOR},
        activation=end.activation,
    )


def _shares_as_binary(objective: Objective, end: Ending | None) -> Mismatch | None:
    """Binary cross entropy over a softmax of several classes."""
    classes = outputs_of(objective) or 1
    if objective.function != "binary_cross_entropy" or classes < 3 or not objective.unit_mapped:
        return None
    if end is None or end.activation not in SOFTMAXES:
        return None
    return Mismatch(
        "warning",
        f"judges {classes} classes one by one, but a {end.activation} makes them exclude each other"
        " and targets name one of them",
        f"For each right class it adds {classes - 1} wrong ones that are easy: the loss is small,"
        " and a binary accuracy high, before anything is learnt.",
        "Take the softmax out and use nn.CrossEntropyLoss().",
        'Use loss="categorical_crossentropy".',
        {"classes": classes},
        activation=end.activation,
    )


OUTPUT_TESTS: tuple[Callable[[Objective, Ending | None], Mismatch | None], ...] = (
    _single_class,
    _not_log_probabilities,
    _not_probabilities,
    _no_distribution,
    _bounded_logits,
    _shares_as_binary,
)
