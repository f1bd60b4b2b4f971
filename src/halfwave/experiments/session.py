"""`Session`: one experiment from its request to its comparison."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from halfwave.experiments.comparison import Comparison, compare
from halfwave.experiments.coordinator import Coordinator
from halfwave.experiments.executors.local import LocalExecutor, gpus_here
from halfwave.experiments.experiment import Experiment, Request
from halfwave.experiments.job import BASELINE
from halfwave.experiments.store import Store
from halfwave.experiments.variants import ExperimentError

if TYPE_CHECKING:
    from pathlib import Path

    from halfwave.experiments.coordinator import Audience
    from halfwave.experiments.executors import Executor
    from halfwave.experiments.job import Job, Result

__all__ = ["Session", "comparison_of"]


class Session:
    """Makes the runs of an experiment, or those that are missing.

    Parameters
    ----------
    executor
        Where runs are made.
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def begin(
        self, request: Request, path: Path, *, jobs: int | None = None, overwrite: bool = False
    ) -> None:
        """Look at the script and begin a results file; an older one stays until then.

        Raises
        ------
        halfwave.experiments.variants.ExperimentError
            If something is wrong with the request or the script.
        """
        request.check()
        experiment = Experiment(request, self._executor.threads)
        experiment.inspect(self._executor)
        on_gpus = str(experiment.look.get("device") or "").startswith("cuda")
        if on_gpus and isinstance(self._executor, LocalExecutor):
            self._executor.use_devices(_gpus(experiment.look), jobs=jobs)
            experiment.threads = self._executor.threads
        self._store = Store(path, overwrite=overwrite)
        experiment.begin(self._store)
        self._store.set("on_gpus", on_gpus)
        self._experiment = experiment
        self._jobs = experiment.baseline_jobs()

    def resume(self, path: Path, *, jobs: int | None = None) -> Request:
        """Take up the experiment of a results file."""
        self._store = Store(path)
        request = _request_in(self._store)
        if self._store.get("on_gpus") and isinstance(self._executor, LocalExecutor):
            self._executor.use_devices(gpus_here(), jobs=jobs)
        self._experiment = Experiment(request, self._store.get("threads"))
        self._jobs = self._experiment.resume(self._store)
        return request

    @property
    def total(self) -> int:
        """Runs in all."""
        return len(self._experiment.baseline_jobs()) + len(self._experiment.variant_jobs())

    @property
    def done(self) -> int:
        """Runs that are there already."""
        found = self._store.results().values()
        return sum(result.state in {"finished", "failed"} for result in found)

    def run(self, audience: Audience) -> None:
        """Make all runs that are missing; what is done stays if it is interrupted."""

        def keep(job: Job, finished: Any) -> Any:
            return self._experiment.keep(self._store, job, finished)

        Coordinator(self._executor, keep, audience).do(self._jobs)

    def comparison(self) -> Comparison:
        """Work out what the runs so far say."""
        return comparison_of(self._store)

    @property
    def store(self) -> Store:
        """The results file."""
        return self._store


def comparison_of(store: Store) -> Comparison:
    """Work out what a results file says."""
    request = _request_in(store)
    experiment = Experiment(request)
    dropped = store.get("dropped", {})
    labels = [v.label for v in experiment.variants if v.label not in dropped]
    results = store.results()
    found = compare(
        results,
        own=store.get("own", ""),
        variants=labels,
        seeds=request.seeds,
        factors=request.factors,
        larger=request.larger,
        pattern=request.metric,
    )
    found.facts = {
        "request": request.to_json(),
        "plan": store.get("plan"),
        "notes": _notes(found, store, results, len(labels) + 1),
    }
    return found


def _request_in(store: Store) -> Request:
    asked = store.get("request")
    if asked is None:
        raise ExperimentError(f"{str(store.path)!r} is empty: it was ended before its first run")
    return Request.from_json(asked)


def _notes(
    comparison: Comparison,
    store: Store,
    results: dict[tuple[str, int, float], Result],
    arms: int,
) -> list[str]:
    plan, notes = store.get("plan"), []
    chosen = plan["chosen"]
    places = [f"{s['path']} ({PurePath(s['file']).name}:{s['line']})" for s in chosen[:4]]
    more = f" and {len(chosen) - 4} more" if len(chosen) > 4 else ""
    notes.append(f"swapped at {len(chosen)} sites: {', '.join(places)}{more}")
    notes += list(dict.fromkeys(store.get("dropped", {}).values()))
    notes += plan["notes"]
    if comparison.primary is not None and comparison.primary.why:
        notes.append(f"{comparison.primary.name}: {comparison.primary.why}")
    _add(notes, _seeds(results))
    expected = arms * comparison.seeds * len(comparison.factors)
    if len(results) < expected:
        notes.append(f"{len(results)} of {expected} runs were made: --resume goes on with the rest")
    for arm in comparison.all_arms:
        for error, count in arm.failed.items():
            label = "own" if arm.label == BASELINE else arm.label
            notes.append(f"{label}: {count} runs failed: {error}")
    _add(notes, _remedies(results))
    return notes


def _seeds(results: dict[tuple[str, int, float], Result]) -> str:
    for result in results.values():
        told = result.measured.get("remedies", {}).get("override_seeds", {})
        if told.get("overridden"):
            names = ", ".join(told["overridden"])
            return (
                f"the script's own fixed seeds ({names}) were overridden by each run's; "
                "different ones stayed different"
            )
    return ""


def _remedies(results: dict[tuple[str, int, float], Result]) -> str:
    for (variant, _, _), result in results.items():
        told = result.measured.get("remedies", {}).get("swap_activation", {})
        if told.get("untrained"):
            return (
                f"{variant}: at {told['untrained']} sites the new activation's parameters were not "
                "trained: no optimizer holds the weights around them"
            )
        if told.get("left"):
            one = told["left"][0]
            return f"{one['path']} was left as it is: {one['why']}"
    return ""


def _add(notes: list[str], note: str) -> None:
    if note:
        notes.append(note)


def _gpus(look: dict[str, Any]) -> int:
    return max(1, int(look.get("gpus") or 1))
