"""One experiment: a look at the script, the baseline's runs, the variants' runs."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from halfwave.experiments.job import BASELINE, Job, Result
from halfwave.experiments.running import WorkerLostError
from halfwave.experiments.variants import (
    ExperimentError,
    Variant,
    choose_sites,
    read_variants,
    targets_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from halfwave.experiments.executors import Executor
    from halfwave.experiments.running import Finished
    from halfwave.experiments.store import Store

__all__ = ["Experiment", "Request"]

#: A look at the script ends after so many steps.
_LOOK: Final = 6


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for."""

    program: str
    arguments: tuple[str, ...] = ()
    is_module: bool = False
    folder: str = ""
    activations: tuple[str, ...] = ()  # the words after --with
    at: tuple[str, ...] = ()
    seeds: int = 5
    factors: tuple[float, ...] = (1.0,)
    metric: str | None = None
    larger: bool | None = None  # whether a larger metric is better; None: told by its name
    initialise: bool = False

    def check(self) -> None:
        """Refuse what cannot be, before anything runs.

        Raises
        ------
        ExperimentError
            With what is wrong.
        """
        if self.seeds < 1:
            raise ExperimentError(f"--seeds {self.seeds}: give a whole number from 1 on")
        for factor in self.factors:
            if not 0 < factor < float("inf"):
                raise ExperimentError(f"--lr-factors {factor:g}: give numbers above 0")
        if self.metric is not None:
            try:
                groups = re.compile(self.metric).groups
            except re.error as error:
                raise ExperimentError(f"--metric {self.metric!r}: {error}") from None
            if groups > 1:
                raise ExperimentError(
                    f"--metric {self.metric!r} has {groups} groups: put one around the number"
                )
        read_variants(self.activations)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Request:
        """Make it again."""
        names = ("arguments", "activations", "at", "factors")
        lists: dict[str, Any] = {name: tuple(data[name]) for name in names}
        return cls(**{**data, **lists})


@dataclass(slots=True)
class Plan:
    """What the look, or a baseline run, has shown of the script."""

    chosen: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    others: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    notes: list[str] = field(default_factory=list[str])


class Experiment:
    """Plans the runs of a request and keeps what comes of them.

    Parameters
    ----------
    request
        What was asked for; it has been checked.
    threads
        For each run: the same in all of them, as the last bits depend on it.
    """

    def __init__(self, request: Request, threads: int = 1) -> None:
        self.request, self.threads = request, threads
        self.variants = read_variants(request.activations)
        self.plan = Plan()
        self.look: dict[str, Any] = {}
        self.dropped: dict[str, str] = {}  # variant -> why it is not run

    # -- before anything long ---------------------------------------------------------------

    def inspect(self, executor: Executor) -> None:
        """Run the script's first steps, and plan by them.

        Raises
        ------
        ExperimentError
            If the script fails, is killed, trains nothing, or has nothing to swap.
        """
        job = self._job(BASELINE, 0, 1.0, look=True)
        try:
            finished = executor.run(job, lambda _: None)
        except WorkerLostError as error:
            memory = ": is there memory enough?" if "SIGKILL" in str(error) else ""
            raise ExperimentError(
                f"{self.request.program} did not get through its first steps: {error}{memory}"
            ) from None
        self._judge_look(finished)
        self.look = finished.result.measured
        self.plan_by(self.look["sites"])

    def _judge_look(self, finished: Finished) -> None:
        result, name = finished.result, self.request.program
        measured = result.measured
        if result.state != "finished":
            after = measured.get("steps") or measured.get("backwards") or 0
            why = result.error or "with no word why"
            raise ExperimentError(f"{name} failed after {after} steps: {why}")
        if not measured.get("torch"):
            raise ExperimentError(f"{name} ended without importing torch: there is nothing to swap")
        if not measured.get("backwards"):
            raise ExperimentError(
                f"{name} ended and never called backward: there is no training to compare"
            )
        if self.request.factors != (1.0,) and not measured.get("optimizers"):
            raise ExperimentError(
                f"{name} made no optimizer in its first steps: --lr-factors has nothing to scale"
            )

    def plan_by(self, sites: list[dict[str, Any]]) -> None:
        """Decide which sites are swapped.

        Raises
        ------
        ExperimentError
            If there are none, or no variant changes any.
        """
        request = self.request
        chosen = choose_sites(sites, request.at, request.program)
        ids = {site["id"] for site in chosen}
        self.plan = Plan(chosen, [s for s in sites if s.get("target") and s["id"] not in ids])
        self.dropped = {}
        for variant in self.variants:
            targets, why = targets_of(variant, chosen)
            if not targets and not (request.initialise and variant.is_at(chosen[0])):
                self.dropped[variant.label] = why
        if len(self.dropped) == len(self.variants):
            raise ExperimentError("; ".join(dict.fromkeys(self.dropped.values())))

    @property
    def own(self) -> str:
        """The script's own activation at the sites in question, in words."""
        names = dict.fromkeys(site["activation"] for site in self.plan.chosen)
        return ", ".join(names)

    # -- jobs -----------------------------------------------------------------------------

    def baseline_jobs(self) -> list[Job]:
        """Return the script's own runs."""
        request = self.request
        return [
            self._job(BASELINE, seed, factor)
            for seed in range(request.seeds)
            for factor in request.factors
        ]

    def variant_jobs(self) -> list[Job]:
        """Return the runs with other activations: all of a seed before those of the next."""
        request = self.request
        return [
            self._job(variant.label, seed, factor, self._swap(variant, seed))
            for seed in range(request.seeds)
            for variant in self.variants
            if variant.label not in self.dropped
            for factor in request.factors
        ]

    def _swap(self, variant: Variant, seed: int) -> tuple[str, dict[str, Any]]:
        targets, _ = targets_of(variant, self.plan.chosen)
        if self.request.initialise and not targets:
            targets = self.plan.chosen  # the same activation, initialised for it
        ids = {site["id"] for site in targets}
        rest = [s for s in (*self.plan.chosen, *self.plan.others) if s["id"] not in ids]
        settings = {
            "activation": variant.activation,
            "parameters": variant.parameters,
            "targets": [site["target"] for site in targets],
            "others": [site["target"] for site in rest],
            "initialise": self.request.initialise,
            "seed": seed,
        }
        return "swap_activation", settings

    def _job(
        self,
        variant: str,
        seed: int,
        factor: float,
        swap: tuple[str, dict[str, Any]] | None = None,
        *,
        look: bool = False,
    ) -> Job:
        request = self.request
        remedies: list[tuple[str, dict[str, Any]]] = [("override_seeds", {"seed": seed})]
        if factor != 1:
            remedies.append(("scale_learning_rate", {"factor": factor}))
        if swap is not None:
            remedies.append(swap)
        return Job(
            variant=variant,
            seed=seed,
            factor=factor,
            program=request.program,
            arguments=request.arguments,
            is_module=request.is_module,
            folder=request.folder,
            remedies=tuple(remedies),
            threads=self.threads,
            metric=request.metric,
            stop_after=_LOOK if look else None,
        )

    # -- what comes of them ------------------------------------------------------------------

    def begin(self, store: Store) -> None:
        """Write down what is to be done."""
        store.set("request", self.request.to_json())
        store.set("threads", self.threads)
        store.set("script", script_hash(self.request))
        self._keep_plan(store)

    def _keep_plan(self, store: Store) -> None:
        store.set("plan", asdict(self.plan))
        store.set("dropped", self.dropped)
        store.set("own", self.own)

    def resume(self, store: Store) -> list[Job]:
        """Take up an experiment again: return the jobs that can be begun at once.

        Raises
        ------
        ExperimentError
            If the script has changed since.
        """
        if store.get("script") != script_hash(self.request):
            raise ExperimentError(
                f"{self.request.program} has changed since {str(store.path)!r} was begun: "
                "its runs cannot be compared with new ones; start anew"
            )
        self.plan = Plan(**store.get("plan"))
        self.dropped = store.get("dropped")
        done = store.results()
        jobs = self.baseline_jobs()
        if store.get("settled"):
            jobs += self.variant_jobs()
        return [job for job in jobs if not _is_done(done.get(job.key))]

    def keep(self, store: Store, job: Job, finished: Finished) -> Iterable[Job]:
        """Store a run; the first complete one of the script's own settles what the others swap."""
        result = finished.result
        self._check_swap(job, result)
        recording = None
        if finished.recording is not None:
            folder = store.path.with_suffix(".runs")
            folder.mkdir(exist_ok=True)
            file = folder / f"{job.name}.halfwave"
            file.write_bytes(finished.recording)
            recording = str(file.relative_to(store.path.parent))
        store.add(
            job,
            result,
            recording=recording,
            printed=finished.printed,
            complained=finished.complained,
        )
        if job.variant != BASELINE or store.get("settled"):
            return ()
        if not result.good:
            return ()
        self._settle(store, result)
        done = store.results()
        return [job for job in self.variant_jobs() if not _is_done(done.get(job.key))]

    def _settle(self, store: Store, result: Result) -> None:
        """Plan again by a whole run: sites that came late are seen in it."""
        try:
            self.plan_by(result.measured["sites"])
        except ExperimentError as error:
            self.plan.notes.append(str(error))  # the look's plan stands
        self._keep_plan(store)
        store.set("settled", True)

    def _check_swap(self, job: Job, result: Result) -> None:
        """A run in which nothing was swapped is no run of its variant."""
        told = result.measured.get("remedies", {}).get("swap_activation")
        if result.good and told is not None and not told["sites"] and not told["initialised"]:
            result.state = "failed"
            result.error = (
                f"none of the sites to be swapped was met: this was no run of {job.variant}"
            )


def _is_done(result: Result | None) -> bool:
    """Whether there is no need to make the run again: a lost one may come out well elsewhere."""
    return result is not None and result.state in {"finished", "failed"}


def script_hash(request: Request) -> str:
    """Return what tells whether the script is still the same; "" for a module."""
    path = Path(request.folder or ".") / request.program
    if request.is_module or not path.is_file():
        return ""
    return hashlib.sha256(path.read_bytes()).hexdigest()
