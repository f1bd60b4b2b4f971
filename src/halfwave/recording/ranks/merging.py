"""`merge_ranks`: the recordings of one distributed run to one."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from halfwave.recording.errors import RecordingError
from halfwave.recording.model import Cost, Recording, RunInfo, Unobserved

from . import differences, facts
from .grouping import paths_of, sites_together
from .keys import matched
from .parameters import merge_parameter
from .sites import merge_site

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.recording.facts import Breakdown, Layer, Objective

__all__ = ["merge_ranks"]

_WORST: Final = ("failed", "interrupted", "running", "finished")


def merge_ranks(recordings: Sequence[Recording]) -> Recording:
    """Merge the recordings of the ranks of one run.

    Parameters
    ----------
    recordings : sequence of Recording
        One a rank, in any order; they need not be complete.

    Returns
    -------
    Recording
        As of one run that saw all inputs: `ranks` has what was merged, and
        `differences` says where ranks differ. A single recording is given back
        as it is.

    Raises
    ------
    RecordingError
        They are not of one distributed run: one names no rank, two name the
        same one, or they ran different scripts.
    ValueError
        There is none.
    """
    if not recordings:
        raise ValueError("there is no recording to merge")
    if len(recordings) == 1:
        return recordings[0]
    recordings = _of_one_run(recordings)
    ranks = [recording.info.rank or 0 for recording in recordings]
    lines = differences.of_runs(recordings, ranks)

    by_parameter = matched([r.parameters for r in recordings], lambda p: p.name)
    groups = sites_together(recordings, by_parameter)
    merged = [merge_site([site for _, site in group]) for group in groups]
    lines += differences.of_sites(groups, merged, ranks)
    # where one has made more steps, steps of one number are not the same (uneven inputs, `join`)
    if len({recording.info.steps for recording in recordings}) == 1:
        lines += differences.of_parameters(by_parameter, ranks)
    sites = sorted(
        (
            replace(site, path=path, id=number)
            for number, (site, path) in enumerate(zip(merged, paths_of(groups, ranks), strict=True))
        ),
        key=lambda site: (site.order, site.id),
    )
    parameters = [merge_parameter([p for _, p in group]) for group in by_parameter]
    layers, objectives = _structure(recordings)
    return Recording(
        info=_info(recordings, ranks),
        sites=tuple(sites),
        parameters=tuple(replace(p, id=number) for number, p in enumerate(parameters)),
        losses=tuple(
            replace(facts.merge_loss([loss for _, loss in group]), id=number)
            for number, group in enumerate(
                matched([r.losses for r in recordings], lambda loss: (loss.file, loss.line))
            )
        ),
        rates=tuple(
            replace(group[0][1], id=number)
            for number, group in enumerate(
                matched([r.rates for r in recordings], lambda rate: (rate.optimizer, rate.group))
            )
        ),
        unobserved=_unobserved(recordings),
        layers=layers,
        objectives=objectives,
        optimizers=tuple(
            replace(facts.merge_optimizer([each for _, each in group]), id=number)
            for number, group in enumerate(
                matched([r.optimizers for r in recordings], lambda each: each.name)
            )
        ),
        switches=tuple(
            replace(facts.merge_switch([each for _, each in group]), id=number)
            for number, group in enumerate(
                matched([r.switches for r in recordings], lambda each: (each.name, each.kind))
            )
        ),
        breakdown=_breakdown(recordings),
        cost=_cost(recordings),
        path=recordings[0].path,
        ranks=tuple(recording.info for recording in recordings),
        differences=tuple(lines),
    )


def _of_one_run(recordings: Sequence[Recording]) -> list[Recording]:
    """Check that they belong together; return them by rank."""
    by_rank: dict[int, Recording] = {}
    first = recordings[0]
    for recording in recordings:
        info, name = recording.info, recording.path or "a recording"
        if info.rank is None:
            raise RecordingError(
                f"{name}: names no rank: only the ranks of one distributed run can be merged; "
                "give it alone"
            )
        if info.script != first.info.script:
            raise RecordingError(
                f"{name}: is of {info.script!r}, and {first.path or 'the first'} of "
                f"{first.info.script!r}: only the ranks of one run can be merged"
            )
        other = by_rank.setdefault(info.rank, recording)
        if other is not recording:
            raise RecordingError(
                f"{name}: is of rank {info.rank}, and so is {other.path or 'another'}: they are "
                "of different runs; give the files of one"
            )
    return [by_rank[rank] for rank in sorted(by_rank)]


def _structure(
    recordings: Sequence[Recording],
) -> tuple[tuple[Layer, ...], tuple[Objective, ...]]:
    """Merge layers and losses: links go by the numbers of the merged layers."""
    layers = matched([r.layers for r in recordings], lambda layer: (layer.name, layer.kind))
    numbers: list[dict[int, int]] = [{} for _ in recordings]
    for new, group in enumerate(layers):
        for which, layer in group:
            numbers[which][layer.id] = new
    merged = [
        replace(
            facts.merge_layer(
                [
                    replace(layer, links=facts.relinked(layer.links, numbers[which]))
                    for which, layer in group
                ]
            ),
            id=new,
        )
        for new, group in enumerate(layers)
    ]
    objectives = matched(
        [r.objectives for r in recordings], lambda each: (each.function, each.file, each.line)
    )
    return tuple(sorted(merged, key=lambda layer: (layer.order, layer.id))), tuple(
        replace(
            facts.merge_objective(
                [
                    replace(each, links=facts.relinked(each.links, numbers[which]))
                    for which, each in group
                ]
            ),
            id=new,
        )
        for new, group in enumerate(objectives)
    )


def _unobserved(recordings: Sequence[Recording]) -> tuple[Unobserved, ...]:
    groups = matched([r.unobserved for r in recordings], lambda each: (each.what, each.where))
    return tuple(
        replace(group[0][1], count=sum(each.count for _, each in group)) for group in groups
    )


def _breakdown(recordings: Sequence[Recording]) -> Breakdown | None:
    found = [r.breakdown for r in recordings if r.breakdown is not None]
    return min(found, key=lambda breakdown: (breakdown.step, not breakdown.exact), default=None)


def _cost(recordings: Sequence[Recording]) -> Cost:
    """That of the rank on which watching took the largest share: the others wait for it."""
    return max(
        (recording.cost for recording in recordings),
        key=lambda cost: -1.0 if cost.share is None or math.isnan(cost.share) else cost.share,
    )


def _info(recordings: Sequence[Recording], ranks: Sequence[int]) -> RunInfo:
    infos = [recording.info for recording in recordings]
    # of several that failed the first is the cause: the others lose their connection to it
    rank, worst = min(
        zip(ranks, infos, strict=True),
        key=lambda pair: (_WORST.index(pair[1].state), pair[1].ended or math.inf),
    )
    ended = [info.ended for info in infos if info.ended is not None]
    stopped = [
        f"rank {number}: {info.watching_ended}"
        for number, info in zip(ranks, infos, strict=True)
        if info.watching_ended
    ]
    return replace(
        infos[0],
        host=", ".join(dict.fromkeys(info.host for info in infos)),
        started=min(info.started for info in infos),
        ended=max(ended) if len(ended) == len(infos) else None,
        state=worst.state,
        exit_code=worst.exit_code,
        error=f"{worst.error} (rank {rank})" if worst.error else None,
        steps=max(info.steps for info in infos),
        backwards=max(info.backwards for info in infos),
        sampled=max(info.sampled for info in infos),
        watching_ended="; ".join(stopped) or None,
        rank=None,
        parent=None,
        world_size=max((info.world_size or 0 for info in infos), default=0) or len(infos),
        environment=next((info.environment for info in infos if info.environment), None),
        altered=next((info.altered for info in infos if info.altered), None),
    )
