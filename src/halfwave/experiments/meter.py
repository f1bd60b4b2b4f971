"""Takes the value of every loss that a program computes, in training and in evaluation.

The watcher looks at some steps; what a run is judged by has to be taken at all of
them. A loss is a call of one of torch's loss functions (by whichever module or
library), or of the loss of a Keras model. Where the targets are labels, it is
counted how many the outputs meet.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from torch import Tensor

from halfwave.experiments.curves import Curve
from halfwave.observe import private
from halfwave.observe.arrival import Arrival

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import CodeType

    from halfwave.remedies.host import Host

__all__ = ["Meter"]

_LOSSES: Final = [
    "cross_entropy",
    "nll_loss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "mse_loss",
    "l1_loss",
    "smooth_l1_loss",
    "huber_loss",
    "kl_div",
    "hinge_embedding_loss",
    "margin_ranking_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "soft_margin_loss",
    "multilabel_soft_margin_loss",
    "cosine_embedding_loss",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
    "poisson_nll_loss",
    "gaussian_nll_loss",
    "ctc_loss",
]
_OURS: Final = __file__.rpartition("/")[0].rpartition("/")[0]
#: Values that wait on an accelerator before they are fetched.
_WAITING: Final = 64
_MOST_PLACES: Final = 64


class _Place:
    """The values of one loss, called by one way through the program."""

    def __init__(self, function: str, line: str) -> None:
        self.function, self.line = function, line
        self.curve = Curve()
        self.calls = 0
        self.passes: list[list[float]] = []  # of evaluation: [pass, step, n, sum, met, labels]


class Meter:
    """The losses of one program.

    Parameters
    ----------
    host : Host
        Its handlers are filled.
    """

    def __init__(self, host: Host) -> None:
        self.step = 0
        self._training: dict[tuple[Any, ...], _Place] = {}
        self._evaluation: dict[tuple[Any, ...], _Place] = {}
        self._waiting: list[tuple[_Place, bool, int, int, int, Tensor]] = []
        for name in _LOSSES:
            function = getattr(F, name, None)
            if function is not None:
                host.handlers[function] = self._handle
        home = "keras.src.trainers.compile_utils"
        Arrival(home, lambda: self._take_keras(sys.modules[home])).expect()

    def _handle(self, run: Any, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        out = run(func, args, kwargs)
        if private.computing():
            given = args[0] if args else kwargs.get("input", kwargs.get("anchor"))
            target = args[1] if len(args) > 1 else kwargs.get("target")
            private.plainly(self._add, func.__name__, given, target, out)
        return out

    def _take_keras(self, module: Any) -> None:
        meter, kind = self, module.CompileLoss
        original = kind.call

        def call(loss: Any, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
            out = original(loss, y_true, y_pred, sample_weight)
            if isinstance(out, Tensor) and not torch.compiler.is_compiling():
                private.plainly(meter._add, "keras", y_pred, y_true, out)
            return out

        kind.call = call

    def _add(self, name: str, given: Any, target: Any, out: Any) -> None:
        if not isinstance(out, Tensor) or out.is_meta or out.numel() == 0 or private.wrapped(out):
            return
        training = torch.is_grad_enabled() and out.requires_grad
        table = self._training if training else self._evaluation
        way, line = _way()
        place = table.get((name, way))
        if place is None:
            if len(table) >= _MOST_PLACES:
                return
            place = table[name, way] = _Place(name, line)
        place.calls += 1
        count = given.shape[0] if isinstance(given, Tensor) and given.dim() else 1
        value = out.detach().double()
        value = value.reshape(()) if value.numel() == 1 else value.mean()
        met, labels = _labels_met(name, given, target)
        numbers = torch.stack([value, torch.as_tensor(met, device=value.device).double()])
        self._waiting.append((place, training, self.step, count, labels, numbers))
        if len(self._waiting) >= _WAITING or value.device.type == "cpu":
            self.fetch()

    def fetch(self) -> None:
        """Bring what waits into the curves."""
        waiting, self._waiting = self._waiting, []
        for place, training, step, count, labels, numbers in waiting:
            value, met = numbers.tolist()
            if training:
                place.curve.add(step, value, 1.0, met, labels)
                continue
            # evaluation calls with no step between them are one pass
            if not place.passes or place.passes[-1][0] != step:
                place.passes.append([step, step, 0.0, 0.0, 0.0, 0.0])
            last = place.passes[-1]
            for at, more in enumerate((count, value * count, met, labels), 2):
                last[at] += more

    def measured(self) -> dict[str, Any]:
        """Return what a run is judged by, of its main loss in training and in evaluation."""
        self.fetch()
        found: dict[str, Any] = {}
        training = max(self._training.values(), key=lambda place: place.calls, default=None)
        if training is not None:
            found["training"] = training.curve.summary(passes=False)
            found["training"] |= {"function": training.function, "line": training.line}
            found["training_curve"] = training.curve.means()
        evaluation = self._main_evaluation(None if training is None else training.function)
        if evaluation is not None:
            curve = Curve()
            curve.rows = _thinned(evaluation.passes)
            found["evaluation"] = Curve.summary(curve, passes=True)
            found["evaluation"] |= {"function": evaluation.function, "line": evaluation.line}
            found["evaluation_curve"] = curve.means()
        return found

    def _main_evaluation(self, function: str | None) -> _Place | None:
        """The place with most passes, of the training's loss if it can be; the last of equals."""
        places = [p for p in self._evaluation.values() if p.passes]
        same = [p for p in places if p.function == function] or places
        most = max((len(place.passes) for place in same), default=0)
        return next((place for place in reversed(same) if len(place.passes) == most), None)

    def values(self) -> list[float]:
        """Return what tells one run from another, for its fingerprint."""
        places = (*self._training.values(), *self._evaluation.values())
        return [v for place in places for row in (place.curve.rows or place.passes) for v in row]


def _thinned(passes: list[list[float]]) -> list[list[float]]:
    """Keep 512 passes at most, the last of them and the best too."""
    if len(passes) <= 512:
        return passes
    step = len(passes) / 511
    kept = {int(i * step) for i in range(511)} | {len(passes) - 1}
    kept.add(min(range(len(passes)), key=lambda i: passes[i][3] / max(passes[i][2], 1)))
    return [passes[i] for i in sorted(kept)]


def _way() -> tuple[int, str]:
    """Return what tells the way through the program's own code to here, and its last line."""
    frame = sys._getframe(2)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    found: list[tuple[CodeType, int]] = []
    line = ""
    while frame is not None:
        code = frame.f_code
        file = code.co_filename
        if not file.startswith(_OURS) and "/torch/" not in file and "_halfwave" not in code.co_name:
            if not line:
                line = f"{file}:{frame.f_lineno}"
            found.append((code, frame.f_lineno))
        frame = frame.f_back  # pyright: ignore[reportAssignmentType] - the last has none
    return hash(tuple(found)), line


def _labels_met(name: str, given: Any, target: Any) -> tuple[Any, int]:
    """Return how many labels the outputs meet, and of how many; 0 of 0 where there are none."""
    if not isinstance(given, Tensor) or not isinstance(target, Tensor) or not given.dim():
        return 0.0, 0
    given, target = given.detach(), target.detach()
    if name in {"cross_entropy", "nll_loss"}:
        return _classes_met(given, target, min(1, given.dim() - 1))
    if name.startswith("binary_cross_entropy"):
        return _binary_met(given, target, 0.0 if name.endswith("logits") else 0.5)
    if name == "keras" and given.dim() >= 2 and given.shape[-1] > 1:
        if target.dim() == given.dim() and target.shape[-1] == 1:
            target = target.squeeze(-1)
        if target.shape == given.shape and not _is_one_hot(target):
            return 0.0, 0
        if not target.is_floating_point() or target.shape == given.shape:
            return _classes_met(given, target, given.dim() - 1)
    return 0.0, 0


def _is_one_hot(target: Tensor) -> bool:
    """Whether every row has one 1 and zeros: what a regression's targets are not."""
    return bool(((target == 0) | (target == 1)).all() and (target.sum(-1) == 1).all())


def _classes_met(given: Tensor, target: Tensor, dim: int) -> tuple[Any, int]:
    best = given.argmax(dim)
    if target.is_floating_point():
        if target.shape != given.shape:
            return 0.0, 0
        target = target.argmax(dim)
    if best.shape != target.shape:
        return 0.0, 0
    judged = target >= 0  # -100 is "none"
    return ((best == target) & judged).sum(), int(judged.sum()) if target.is_cpu else target.numel()


def _binary_met(given: Tensor, target: Tensor, bound: float) -> tuple[Any, int]:
    if given.shape != target.shape or not bool(((target == 0) | (target == 1)).all()):
        return 0.0, 0
    return ((given > bound) == (target > 0.5)).sum(), target.numel()
