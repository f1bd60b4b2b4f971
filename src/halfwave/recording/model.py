"""What a recording holds, as plain dataclasses and NumPy arrays.

The writer takes these, the reader gives them back, and every room above
(diagnose, report, plotting) works on them alone: nobody else needs to know
that a recording is an SQLite file.

Arrays that grow with time are *structured*: one row a sample, the columns
named in the ``*_SAMPLE`` dtypes below. They are bounded: when a series is
full, neighbouring rows are merged (see ``series.py``), so a row covers the
steps ``first_step`` to ``last_step``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from .facts import Breakdown, Layer, Objective, Optimizer, Switch

__all__ = [
    "HISTOGRAM",
    "HISTOGRAM_BINS",
    "LOSS_SAMPLE",
    "PARAMETER_SAMPLE",
    "RATE_SAMPLE",
    "SITE_SAMPLE",
    "Array",
    "Cost",
    "HeatMap",
    "LearningRate",
    "Loss",
    "Parameter",
    "Recording",
    "Role",
    "RunInfo",
    "RunState",
    "Site",
    "UnitStatistics",
    "Unobserved",
]

#: A NumPy array; the comment beside each field has its dtype and shape.
Array: TypeAlias = npt.NDArray[Any]
#: What a site is in its network: hidden, its output, part of the loss (a hinge), attention, or
#: a gate, which multiplies another signal.
Role: TypeAlias = Literal["hidden", "output", "loss", "attention", "gate"]
#: How far a run has come; one that was killed stays "running".
RunState: TypeAlias = Literal["running", "finished", "failed", "interrupted"]

#: One sample (or several, merged) of a site. ``open``, ``zeros`` and
#: ``grad_zeros`` are shares of elements in 0…1; NaN means "not measured".
SITE_SAMPLE: Final = np.dtype(
    [
        ("first_step", "<i8"),
        ("last_step", "<i8"),
        ("inputs", "<i8"),  # samples (rows of the batch) seen
        ("elements", "<f8"),  # elements seen
        ("open", "<f4"),  # share of elements with slope above the closed bound
        ("zeros", "<f4"),  # share of elements that are exactly 0
        ("mean", "<f4"),  # of the output's finite elements
        ("std", "<f4"),
        ("absmax", "<f4"),
        ("nonfinite", "<f8"),  # output elements that are NaN or infinite
        ("input_nonfinite", "<f8"),  # input elements that are NaN or infinite
        ("grad_rms", "<f4"),  # root mean square of dLoss/dOutput
        ("grad_zeros", "<f4"),  # share of exact zeros in it
        ("closed_units", "<i4"),  # units closed on every input of this sample
    ]
)

#: One sample (or several, merged) of a parameter.
PARAMETER_SAMPLE: Final = np.dtype(
    [
        ("first_step", "<i8"),
        ("last_step", "<i8"),
        ("samples", "<i8"),
        ("norm", "<f4"),  # ‖w‖₂ before the step (last of the merged)
        ("grad_norm", "<f4"),  # ‖g‖₂, unscaled; NaN where there was no gradient
        ("grad_zeros", "<f4"),  # share of exact zeros in the gradient
        ("update_ratio", "<f4"),  # ‖Δw‖/‖w‖ of one step; NaN where not measured
        ("nonfinite", "<f8"),  # non-finite elements of the gradient
    ]
)

#: Losses of one ``backward`` line; every step counts, sampled or not.
LOSS_SAMPLE: Final = np.dtype(
    [
        ("first_step", "<i8"),
        ("last_step", "<i8"),
        ("count", "<i8"),  # backward calls
        ("mean", "<f8"),  # of the finite values; NaN if there was none
        ("min", "<f8"),
        ("max", "<f8"),
        ("last", "<f8"),  # as it was, non-finite too
        ("nonfinite", "<i8"),
    ]
)

#: The learning rate of one parameter group.
RATE_SAMPLE: Final = np.dtype(
    [
        ("first_step", "<i8"),
        ("last_step", "<i8"),
        ("min", "<f8"),
        ("max", "<f8"),
        ("last", "<f8"),
    ]
)

#: Bins of one histogram, all of one width from ``low`` to ``high``.
HISTOGRAM_BINS: Final = 48

#: What one tensor of a site was made of at one step, from a sample of its elements.
HISTOGRAM: Final = np.dtype(
    [
        ("step", "<i8"),
        ("low", "<f8"),  # the first bin's lower edge; NaN where nothing was binned
        ("high", "<f8"),  # the last bin's upper edge
        ("minimum", "<f8"),  # of the finite elements; NaN if there was none
        ("maximum", "<f8"),
        ("below", "<u4"),  # finite elements less than low
        ("above", "<u4"),  # finite elements greater than high
        ("zeros", "<u4"),  # exact zeros: counted here and in no bin
        ("nonfinite", "<u4"),
        ("counts", "<u2", (HISTOGRAM_BINS,)),  # of the other elements
    ]
)


@dataclass(frozen=True, slots=True)
class RunInfo:
    """The run as a whole. Times are Unix seconds."""

    script: str  # what was run, as the user named it: "train.py", "-m package", ""
    argv: tuple[str, ...] = ()  # the script's own arguments
    pid: int = 0
    host: str = ""
    folder: str = ""  # the working directory at the start
    started: float = 0.0
    ended: float | None = None
    state: RunState = "running"
    exit_code: int | None = None
    error: str | None = None  # "ValueError: …", one line
    halfwave: str = ""
    python: str = ""
    torch: str | None = None  # None: the program never imported torch
    device: str | None = None  # of the first site seen: "cpu", "cuda:0"
    steps: int = 0  # optimizer steps (backwards, where there is no optimizer)
    backwards: int = 0
    sampled: int = 0  # steps that were watched in full
    watching_ended: str | None = None  # why the watcher went off early, if it did
    rank: int | None = None  # in a distributed run; None: in none, or several ranks merged
    world_size: int | None = None  # ranks of that run
    parent: int | None = None  # pid of the watched process that started this one
    environment: str | None = None  # library of environments that the program acts in, if any
    altered: str | None = None  # what watching changed of the computing, where it was told to


@dataclass(frozen=True, slots=True)
class UnitStatistics:
    """Totals per unit over all that was watched; every array has shape (units,).

    A site whose unit dimension could not be found has one entry: the site as
    a whole, and ``Site.units`` is None.
    """

    inputs: Array  # int64: samples seen
    elements: Array  # float64: elements seen (a convolution has many a sample)
    open_inputs: Array  # int64: samples on which the unit was open (anywhere)
    open_elements: Array  # float64: elements with slope above the closed bound
    zeros: Array  # float64: elements that are exactly 0
    total: Array  # float64: sum of the finite outputs
    total_abs: Array  # float64: sum of |output|
    total_square: Array  # float64: sum of squares
    absmax: Array  # float64
    nonfinite: Array  # float64
    grad_elements: Array  # float64: elements of the gradient seen
    grad_square: Array  # float64: sum of squares of dLoss/dOutput
    grad_zeros: Array  # float64: exact zeros in it
    first_open: Array  # int64: step at which the unit was first seen open; -1 never
    last_open: Array  # int64: step at which the unit was last seen open; -1 never
    closed_run: Array  # int64: samples seen since the unit was last seen open


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Open share of samples per unit over time, in 255ths, at bounded resolution.

    ``share[t, g]`` is the mean over the units of group ``g`` (``unit_group``
    neighbouring units) in the steps ``first_step[t]`` … ``last_step[t]``.
    """

    share: Array  # uint8 (times, groups)
    first_step: Array  # int64 (times,)
    last_step: Array  # int64 (times,)
    unit_group: int = 1


@dataclass(frozen=True, slots=True)
class Site:
    """One place in the program where an activation is applied."""

    id: int
    path: str  # "encoder.blocks.3.mlp.act"; "forward()" where there is no module
    file: str  # of the call, as Python knows it
    line: int
    source: str  # that line's text, stripped; "" where it could not be read
    function: str  # qualified name of the function that line stands in
    activation: str  # the catalogue's name: "relu"
    parameters: dict[str, float | str | bool] = field(default_factory=dict[str, Any])
    call: str = ""  # how it was called: "nn.ReLU", "torch.relu", "Tensor.clamp"
    inplace: bool = False
    role: Role = "hidden"
    judged: bool = True  # has a slope test: the unit rules may speak of it
    units: int | None = None  # None: the unit dimension could not be told
    unit_dim: int | None = None
    producer: str | None = None  # the layer that feeds it: "fc1"
    order: int = 0  # position in the forward pass
    calls: int = 0  # calls watched
    shape: tuple[int, ...] = ()  # of the first output seen
    dtype: str = ""
    training: UnitStatistics | None = None
    evaluation: UnitStatistics | None = None
    samples: Array = field(default_factory=lambda: np.zeros(0, SITE_SAMPLE))
    heat: HeatMap | None = None
    #: Rows of HISTOGRAM at some of the watched steps, the first and the last among them.
    input_histograms: Array = field(default_factory=lambda: np.zeros(0, HISTOGRAM))
    output_histograms: Array = field(default_factory=lambda: np.zeros(0, HISTOGRAM))
    initial: Array = field(default_factory=lambda: np.zeros(0, SITE_SAMPLE))  # first step's row

    @property
    def where(self) -> str:
        """``file:line``, as editors understand it."""
        return f"{self.file}:{self.line}"

    @property
    def statistics(self) -> UnitStatistics | None:
        """Those of training, or of evaluation in a program that never trains it."""
        return self.training if self.training is not None else self.evaluation


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter tensor. Its layer is ``name`` less the last part."""

    id: int
    name: str  # "encoder.0.weight"; "parameter 3 (64×10)" where it has no name
    shape: tuple[int, ...]
    order: int = 0  # depth: position in the forward pass where known, else of definition
    optimizer: str | None = None  # class name; None: no optimizer holds it
    samples: Array = field(default_factory=lambda: np.zeros(0, PARAMETER_SAMPLE))
    trainable: bool = True  # requires_grad, when last seen
    used: bool = True  # a watched forward pass has used it
    first_norm: float = math.nan  # ‖w‖₂ when it was first seen
    noise: float = math.nan  # sd of its gradient over steps ÷ |mean|, rms over elements
    distinct_rows: int | None = None  # rows (units) of different direction, at the end
    first_distinct_rows: int | None = None  # … when it was first seen
    local_shape: tuple[int, ...] | None = None  # of this rank's shard; None: it is whole
    #: Of a weight that is not trained: it is as an initialiser drew it. None: unknown.
    drawn: bool | None = None


@dataclass(frozen=True, slots=True)
class Loss:
    """The values that ``backward`` was called on at one source line."""

    id: int
    file: str
    line: int
    source: str
    samples: Array = field(default_factory=lambda: np.zeros(0, LOSS_SAMPLE))
    first: float | None = None
    last: float | None = None
    first_nonfinite: int | None = None  # the exact step


@dataclass(frozen=True, slots=True)
class LearningRate:
    """Of one parameter group of one optimizer."""

    id: int
    optimizer: str  # "SGD", "AdamW"; "#2" is added where there are several
    group: int
    samples: Array = field(default_factory=lambda: np.zeros(0, RATE_SAMPLE))


@dataclass(frozen=True, slots=True)
class Unobserved:
    """Something that ran and could not be seen. Never guessed, always named."""

    what: str  # "softmax inside scaled_dot_product_attention"
    where: str  # "model.py:31 (blocks.0.attn)"; "" where unknown
    reason: str
    option: str = ""  # what the user can do to have it seen; "" if nothing
    count: int = 1


@dataclass(frozen=True, slots=True)
class Cost:
    """What the watching took, in seconds of the program's own time."""

    budget: float | None = 0.01  # share allowed; None: --every was given
    run: float = 0.0  # from the end of the dense steps on
    watching: float = 0.0  # our part of it
    dense_run: float = 0.0  # start and first steps, watched densely
    dense_watching: float = 0.0

    @property
    def share(self) -> float | None:
        """Our share of the run after the dense steps; None where none came after."""
        return self.watching / self.run if self.run > 0 else None


@dataclass(frozen=True, slots=True)
class Recording:
    """All that one run left behind; sites stand in the order of the forward pass."""

    info: RunInfo
    sites: tuple[Site, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    losses: tuple[Loss, ...] = ()  # the one with most values first
    rates: tuple[LearningRate, ...] = ()
    unobserved: tuple[Unobserved, ...] = ()
    layers: tuple[Layer, ...] = ()  # in the order of the forward pass
    objectives: tuple[Objective, ...] = ()  # the one with most calls first
    optimizers: tuple[Optimizer, ...] = ()
    switches: tuple[Switch, ...] = ()
    breakdown: Breakdown | None = None  # the first producer of a value that is not finite
    cost: Cost = field(default_factory=Cost)
    path: str | None = None  # where it was read from
    #: Of ranks merged by `merge_ranks`; no file holds these.
    ranks: tuple[RunInfo, ...] = ()
    differences: tuple[str, ...] = ()  # a line each: what one rank had and others had not
