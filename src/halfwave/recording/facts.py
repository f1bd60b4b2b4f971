"""What a recording knows of a network's structure, its inputs, targets and losses.

Sites say what the activations did; these say what stands around them: which
layer feeds which through which operations, what the network is given, and
where its outputs meet their targets. Rules about structure and loss judge
them; all of it was seen at run time, on watched steps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = [
    "OBJECTIVE_SAMPLE",
    "Breakdown",
    "BreakdownPhase",
    "Layer",
    "LayerKind",
    "Link",
    "Objective",
    "Optimizer",
    "Switch",
    "SwitchKind",
    "Values",
]

_Array: TypeAlias = npt.NDArray[Any]

#: What a layer with a weight does.
LayerKind: TypeAlias = Literal["linear", "convolution", "embedding", "recurrent"]
#: Layers that compute otherwise in training.
SwitchKind: TypeAlias = Literal["batch_norm", "dropout"]
#: What a step was doing when the first value came up that is not finite.
BreakdownPhase: TypeAlias = Literal["input", "parameter", "forward", "backward", "update"]

#: Calls of one loss function, in training or in evaluation.
OBJECTIVE_SAMPLE: Final = np.dtype(
    [
        ("first_step", "<i8"),
        ("last_step", "<i8"),
        ("count", "<i8"),  # calls
        ("examples", "<i8"),  # labels judged for the accuracy
        ("mean", "<f8"),  # of the loss over the calls with a finite one; NaN if there was none
        ("min", "<f8"),
        ("max", "<f8"),
        ("last", "<f8"),
        ("accuracy", "<f8"),  # share of the examples whose label was met; NaN: not labels
        ("nonfinite", "<i8"),  # calls whose loss was not finite
    ]
)


@dataclass(frozen=True, slots=True)
class Values:
    """What was seen of one tensor, over all watched calls."""

    shape: tuple[int, ...]  # of the first call
    dtype: str  # "float32", "int64"
    calls: int = 0
    elements: float = 0.0
    nonfinite: float = 0.0
    low: float = float("nan")  # of the finite elements; NaN: there was none
    high: float = float("nan")
    mean: float = float("nan")
    std: float = float("nan")
    integral: bool = False  # every finite element was a whole number
    distinct: int | None = None  # different values seen; None: more than 64
    constant_calls: int = 0  # calls in which all elements were equal
    row_sum_low: float = float("nan")  # of sums over the class dimension
    row_sum_high: float = float("nan")
    # of the elements of an example, from example to example: their standard deviation in the last
    # call looked at, and over all calls (root mean squares over the elements); and where all lie
    # between 0 and 1, the mean entropy in nats of shares like the elements' means
    variation: float = float("nan")
    element_std: float = float("nan")
    element_entropy: float = float("nan")


@dataclass(frozen=True, slots=True)
class Link:
    """One way by which a signal reaches a layer or a loss.

    ``operations`` stand in the order of the forward pass. An activation goes by
    its catalogue name, whichever way it was written; other operations by
    torch's name in lower case ("dropout", "batch_norm", "add", "mul", "cat",
    "max_pool", "mean", "detach" …). Views and casts are left out. A product of
    two signals is "product" (attention, gates), one with a constant "scale".
    """

    source: int | None  # Layer.id; None: an input of the network
    operations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Layer:
    """One operation with a weight, in the order of the forward pass."""

    id: int
    name: str  # "encoder.fc1"; "parameter 3 (64×10)" where the weight has no name
    kind: LayerKind
    weight: str = ""  # name of the parameter: ``Parameter.name``
    file: str = ""  # of the call
    line: int = 0
    order: int = 0
    shape: tuple[int, ...] = ()  # of the output of the first call
    links: tuple[Link, ...] = ()  # what feeds it
    reached: bool = False  # a backward has come by
    calls: int = 0  # watched, in training
    rms_in: float = float("nan")  # root mean square of its input at the first watched step
    rms_out: float = float("nan")  # … and of its output
    std_in: float = float("nan")  # standard deviations of the same
    std_out: float = float("nan")
    input: Values | None = None  # where it takes an input of the network (needs no gradient)
    # per feature of that input (channel of an image), at most 4,096 of them; shape (features,)
    feature_mean: _Array = field(default_factory=lambda: np.zeros(0))
    feature_std: _Array = field(default_factory=lambda: np.zeros(0))
    feature_low: _Array = field(default_factory=lambda: np.zeros(0))
    feature_high: _Array = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, slots=True)
class Objective:
    """One place where outputs meet targets: the call of a loss function.

    ``function`` is torch's name of the loss, whichever library called it:
    "cross_entropy", "nll_loss", "binary_cross_entropy",
    "binary_cross_entropy_with_logits", "mse_loss", "l1_loss", "smooth_l1_loss",
    "huber_loss", "kl_div", "hinge_embedding_loss", "gaussian_nll_loss",
    "poisson_nll_loss", "ctc_loss", …; Keras' own go by the nearest:
    "categorical_cross_entropy" (probabilities, one-hot targets),
    "sparse_categorical_cross_entropy" (probabilities, class indices), "hinge",
    "cosine_similarity" …; with from_logits=True they are "cross_entropy" and
    "binary_cross_entropy_with_logits". A squared or absolute difference written
    by hand is "mse_loss" or "l1_loss".
    """

    id: int
    function: str
    call: str  # as it was called: "F.cross_entropy", "keras.losses.MeanSquaredError"
    file: str
    line: int
    source: str = ""
    parameters: dict[str, float | str | bool] = field(default_factory=dict[str, Any])
    output: Values | None = None
    target: Values | None = None
    links: tuple[Link, ...] = ()  # from the last layers to the output; () : unknown
    differentiable: bool = True  # the output needed a gradient, in training
    reached: bool = False  # a backward came by
    unit_mapped: bool = False  # targets are one-hot: each row sums to 1
    training: _Array = field(default_factory=lambda: np.zeros(0, OBJECTIVE_SAMPLE))
    evaluation: _Array = field(default_factory=lambda: np.zeros(0, OBJECTIVE_SAMPLE))


#: What stands for an optimizer in a program that changes its parameters itself.
HAND_WRITTEN = "the hand-written update"


@dataclass(frozen=True, slots=True)
class Optimizer:
    """One optimizer, and whether gradients were cleared between its steps."""

    id: int
    name: str  # as in LearningRate: "SGD", "Adam#2"; "Keras SGD"; or HAND_WRITTEN
    settings: dict[str, float | str | bool] = field(default_factory=dict[str, Any])
    parameters: int = 0  # tensors that it holds
    steps: int = 0
    checked: int = 0  # steps after which it was looked whether old gradients stayed
    stale: int = 0  # … and they had: the next backward added to them
    file: str = ""  # of the line that made it; "": it was made before the watching
    line: int = 0
    source: str = ""  # that line's text, stripped
    scaled: int = 0  # steps with gradients that a GradScaler had multiplied, and nobody divided


@dataclass(frozen=True, slots=True)
class Switch:
    """A layer that computes otherwise in training: batch norm, dropout."""

    id: int
    name: str  # module path, "dropout" for a function
    kind: SwitchKind
    file: str = ""
    line: int = 0
    rate: float = float("nan")  # of dropout
    training_on: int = 0  # calls with gradients, in training mode
    training_off: int = 0  # calls with gradients, in evaluation mode
    evaluation_on: int = 0  # calls without gradients, in training mode
    evaluation_off: int = 0
    fewest: int | None = None  # values a channel was normalised over, at the least
    last_on_step: int = -1  # last watched step with a call of training_on
    last_off_step: int = -1  # … of training_off
    evaluation_steps: int = 0  # steps after which there were calls of evaluation_on; 0: unknown


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Where the first value that is not finite came from."""

    step: int
    phase: BreakdownPhase
    operation: str  # "log", "div", "exp"; "" where unknown
    cause: str  # one line: "log of 0", "0/0", "overflow in exp", "square root's slope at 0"
    file: str = ""
    line: int = 0
    source: str = ""
    path: str = ""  # the nearest site, layer or parameter
    figures: dict[str, float | str | bool] = field(default_factory=dict[str, Any])
    exact: bool = False  # seen in that very step; else concluded from a step before
