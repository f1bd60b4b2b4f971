"""From the rows of a results file to what a comparison says: figures, differences, verdicts."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from halfwave.experiments.choosing import chosen
from halfwave.experiments.job import BASELINE, Result
from halfwave.experiments.paired import Difference, differences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Arm", "Comparison", "Metric", "compare"]

_LARGER: Final = re.compile(
    r"acc|auc|f1|score|precision|recall|iou|dice|bleu|rouge|map\b|psnr|ssim|r2|reward|return|top",
    re.IGNORECASE,
)
_SMALLER: Final = re.compile(
    r"loss|err|mse|mae|rmse|ppl|perplex|nll|bpc|bpd|fid|wer|cer|time", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure that runs are compared by."""

    name: str  # "evaluation loss"
    path: tuple[str, ...]  # in what was measured
    larger: bool = False  # whether larger is better
    why: str = ""  # how it is known, where it was guessed

    def of(self, result: Result) -> float:
        """Return its value in a run; NaN where there is none."""
        value: Any = result.measured
        for part in self.path:
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, list):  # logged: [first, …, last]
            value = value[-1] if value else None
        try:
            return math.nan if value is None else float(value)
        except (TypeError, ValueError):
            return math.nan


@dataclass(slots=True)
class Arm:
    """One activation over all seeds, each at its chosen learning-rate factor."""

    label: str
    #: metric's name -> seed -> value
    values: dict[str, dict[int, float]] = field(default_factory=dict[str, Any])
    factors: dict[int, float] = field(default_factory=dict[int, float])
    results: dict[int, Result] = field(default_factory=dict[int, Result])
    differences: dict[str, Difference] = field(default_factory=dict[str, Difference])
    failed: dict[str, int] = field(default_factory=dict[str, int])  # error -> runs
    diverged: tuple[int, ...] = ()  # seeds whose figure is not finite

    def mean(self, metric: str) -> tuple[float, float]:
        """Return mean and standard deviation over the seeds with a finite value."""
        values = [v for v in self.values.get(metric, {}).values() if math.isfinite(v)]
        if not values:
            return math.nan, math.nan
        centre = sum(values) / len(values)
        if len(values) < 2:
            return centre, math.nan
        return centre, math.sqrt(sum((v - centre) ** 2 for v in values) / (len(values) - 1))

    def typical(self, figure: str) -> float:
        """Return the median over the runs of a figure of the network's inside."""
        found = (result.measured.get(figure) for result in self.results.values())
        values = [math.nan if value is None else float(value) for value in found]
        finite = [v for v in values if math.isfinite(v)]
        return median(finite) if finite else math.nan

    def findings(self) -> list[tuple[str, int]]:
        """Return the rules that found something, with the runs in which they did."""
        counts = Counter(
            rule
            for result in self.results.values()
            for rule in {
                f["rule"] for f in result.measured.get("findings", ()) if f["severity"] != "info"
            }
        )
        return counts.most_common()


@dataclass(slots=True)
class Comparison:
    """All that a comparison says."""

    baseline: Arm
    arms: list[Arm]
    metrics: list[Metric]
    primary: Metric | None
    own: str  # the script's own activation, in words
    seeds: int
    factors: tuple[float, ...]
    facts: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def all_arms(self) -> list[Arm]:
        """The baseline first."""
        return [self.baseline, *self.arms]


def compare(
    results: Mapping[tuple[str, int, float], Result],
    *,
    own: str,
    variants: Sequence[str],
    seeds: int,
    factors: Sequence[float] = (1.0,),
    larger: bool | None = None,
    pattern: str | None = None,
) -> Comparison:
    """Work out a comparison from the runs there are.

    Parameters
    ----------
    results
        Runs by variant, seed and factor.
    own
        The script's own activation, in words.
    variants
        Labels, in the order in which they are shown.
    seeds
        Seeds that were asked for.
    factors
        Factors of the learning rate.
    larger
        Whether a larger metric of the user's is better; None: told by its name.
    pattern
        The pattern for the user's metric.
    """
    good = [result for result in results.values() if result.good]
    metrics = _metrics(good, larger, pattern)
    primary = metrics[0] if metrics else None
    baseline, *arms = (_arm(label, results, metrics, primary) for label in (BASELINE, *variants))
    found = Comparison(baseline, arms, metrics, primary, own, seeds, tuple(factors))
    for metric in metrics:
        _judge(found, metric)
    return found


def _metrics(good: Iterable[Result], larger: bool | None, pattern: str | None) -> list[Metric]:  # noqa: FBT001 - private
    """Return what the runs can be compared by; the first is what they are judged by."""
    runs = list(good)
    found: list[Metric] = []
    if pattern is not None:
        found.append(_named(pattern, ("metric",), larger, "the metric"))
    names = dict.fromkeys(name for run in runs for name in run.measured.get("logged", ()))
    found += [_named(name, ("logged", name), larger, name) for name in names]
    for phase in ("evaluation", "training"):
        found += [
            Metric(f"{phase} loss", (phase, "loss")),
            Metric(f"best {phase} loss", (phase, "best_loss")),
            Metric(f"{phase} accuracy", (phase, "accuracy"), larger=True),
            Metric(f"best {phase} accuracy", (phase, "best_accuracy"), larger=True),
        ]
    # a figure that no run has is none; one that was never finite in some run still is one
    return [metric for metric in found if any(_has(metric, run) for run in runs)]


def _has(metric: Metric, result: Result) -> bool:
    value: Any = result.measured
    for part in metric.path:
        value = value.get(part) if isinstance(value, dict) else None
    if metric.path[-1].endswith("accuracy"):
        return not math.isnan(metric.of(result))
    return value is not None and value != []


def _named(words: str, path: tuple[str, ...], larger: bool | None, name: str) -> Metric:  # noqa: FBT001 - private
    if larger is not None:
        return Metric(name, path, larger)
    if _SMALLER.search(words):
        return Metric(name, path, larger=False, why="smaller is better, by its name")
    if _LARGER.search(words):
        return Metric(name, path, larger=True, why="larger is better, by its name")
    return Metric(name, path, larger=True, why="taken that larger is better: --minimize if not")


def _arm(
    label: str,
    results: Mapping[tuple[str, int, float], Result],
    metrics: Sequence[Metric],
    primary: Metric | None,
) -> Arm:
    arm = Arm(label)
    table: dict[float, dict[int, float]] = {}
    for (variant, seed, factor), result in results.items():
        if variant != label:
            continue
        if not result.good:
            error = result.error or result.state
            arm.failed[error] = arm.failed.get(error, 0) + 1
        elif primary is not None:
            table.setdefault(factor, {})[seed] = primary.of(result)
    if primary is None:
        return arm
    for seed, (factor, value) in chosen(table, larger_is_better=primary.larger).items():
        result = results[label, seed, factor]
        arm.factors[seed], arm.results[seed] = factor, result
        for metric in metrics:
            arm.values.setdefault(metric.name, {})[seed] = metric.of(result)
        if not math.isfinite(value):
            arm.diverged += (seed,)
    return arm


def _judge(comparison: Comparison, metric: Metric) -> None:
    """Work out the differences in one metric, all variants together."""
    own = comparison.baseline.values.get(metric.name, {})
    pairs: dict[str, list[float]] = {}
    for arm in comparison.arms:
        values = arm.values.get(metric.name, {})
        # a run that diverged has no difference: the words about a comparison tell of it
        both = [values[s] - own[s] for s in sorted(values) if s in own]
        pairs[arm.label] = [value for value in both if math.isfinite(value)]
    judged = differences({name: values for name, values in pairs.items() if values})
    for arm in comparison.arms:
        if arm.label in judged:
            arm.differences[metric.name] = judged[arm.label]
