"""Recordings of several ranks become one: what adds, what stays, what is said of differences."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic_recording import difference, rich, samples, site, statistics

from halfwave.recording import (
    LOSS_SAMPLE,
    PARAMETER_SAMPLE,
    SITE_SAMPLE,
    Parameter,
    Recording,
    RecordingError,
    RunInfo,
    Site,
    UnitStatistics,
    Unobserved,
    merge_ranks,
)
from halfwave.recording.ranks.rows import one_series, pooled
from halfwave.recording.ranks.sites import merge_statistics


def _rank(number: int, size: int = 2, **changes: object) -> Recording:
    info = RunInfo("train.py", rank=number, world_size=size, state="finished", steps=9)
    return replace(Recording(info), **changes)


def _watched(opened: np.ndarray, steps: np.ndarray) -> tuple[UnitStatistics, np.ndarray]:
    """What a watcher counts of `opened`, shape (steps, inputs, units), bool."""
    inputs, units = opened.shape[1:]
    ever = opened.any(axis=1)  # (steps, units)
    first = np.where(ever.any(0), steps[ever.argmax(0)], -1)
    last = np.where(ever.any(0), steps[len(steps) - 1 - ever[::-1].argmax(0)], -1)
    # batches since the last one with an open input: as inputs of one step have no order
    run = np.array([inputs * int((steps > at).sum()) for at in last])
    rows = np.zeros(len(steps), SITE_SAMPLE)
    rows["first_step"] = rows["last_step"] = steps
    rows["inputs"], rows["elements"] = inputs, inputs * units
    rows["open"] = opened.mean(axis=(1, 2))
    rows["closed_units"] = (~ever).sum(1)
    flat = opened.reshape(-1, units)
    plain = {field.name: np.zeros(units) for field in fields(UnitStatistics)}
    found = UnitStatistics(
        **plain
        | {
            "inputs": np.full(units, len(flat)),
            "elements": np.full(units, float(len(flat))),
            "open_inputs": flat.sum(0),
            "open_elements": flat.sum(0).astype(float),
            "total": flat.sum(0) * 2.0,
            "absmax": flat.any(0) * 2.0,
            "first_open": first,
            "last_open": last,
            "closed_run": run,
        }
    )
    return found, rows


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), ranks=st.integers(2, 4), together=st.booleans())
def test_merged_totals_are_those_of_one_watcher_of_everything(seed, ranks, together):
    random = np.random.default_rng(seed)
    steps = np.arange(1, 13)
    opened = random.random((12, ranks, 5, 6)) < random.random(6) ** 3 / 3
    parts = []
    for rank in range(ranks):
        # every rank has watched steps of its own, unless they go together
        chosen = np.ones(12, bool) if together else random.random(12) < 0.7
        chosen[random.integers(12)] = True
        opened[~chosen, rank] = False
        parts.append((chosen, *_watched(opened[chosen, rank], steps[chosen])))
    merged = merge_statistics([s for _, s, _ in parts], [rows for *_, rows in parts])
    seen = np.stack([chosen for chosen, *_ in parts], axis=1)  # (steps, ranks)
    ever = opened.any(axis=(1, 2))
    never = ~ever.any(0)
    first = np.where(never, -1, steps[ever.argmax(0)])
    last = np.where(never, -1, steps[11 - ever[::-1].argmax(0)])
    assert (merged.inputs == 5 * seen.sum()).all()
    assert (merged.open_inputs == opened.sum(axis=(0, 1, 2))).all()
    assert (merged.absmax == np.where(never, 0.0, 2.0)).all()
    assert (merged.first_open == first).all()
    assert (merged.last_open == last).all()
    after = np.array([5 * seen[steps > at].sum() for at in last])
    assert (merged.closed_run == after).all()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), dtype=st.sampled_from([SITE_SAMPLE, LOSS_SAMPLE]))
def test_pooled_rows_keep_the_totals_and_stand_in_order(seed, dtype):
    random = np.random.default_rng(seed)
    series = []
    for number in range(3):
        rows = samples(dtype, int(random.integers(0, 20)), number)
        rows["first_step"] = np.sort(random.choice(200, len(rows), replace=False))
        rows["last_step"] = rows["first_step"] + random.integers(0, 4)
        series.append(rows)
    merged = pooled(series)
    (counted,) = {"inputs", "count"} & set(dtype.names)
    assert merged[counted].sum() == sum(rows[counted].sum() for rows in series)
    assert (np.diff(merged["first_step"]) >= 0).all()
    ends = [rows["last_step"].max() for rows in series if len(rows)]
    assert merged["last_step"].max(initial=-1) == max(ends, default=-1)


def test_rows_of_the_same_steps_are_weighted_by_what_they_saw():
    one, two = np.zeros(2, SITE_SAMPLE), np.zeros(1, SITE_SAMPLE)
    one["first_step"] = one["last_step"] = [3, 4]
    two["first_step"] = two["last_step"] = 4
    for rows, elements, mean, std in ((one, 10, 1.0, 0.0), (two, 30, 5.0, 0.0)):
        rows["elements"], rows["mean"], rows["std"] = elements, mean, std
        rows["absmax"] = mean
    merged = pooled([one, two])
    assert merged["first_step"].tolist() == [3, 4]
    assert merged["mean"].tolist() == [1.0, 4.0]
    assert merged["std"].tolist() == pytest.approx([0.0, np.sqrt(3.0)])
    assert merged["absmax"].tolist() == [1.0, 5.0]


def test_the_last_loss_is_the_mean_over_the_ranks():
    rows = [samples(LOSS_SAMPLE, 2, seed) for seed in (1, 2)]
    rows[0]["last"], rows[1]["last"] = [1.0, 2.0], [3.0, np.nan]
    merged = pooled(rows)
    assert merged["last"][0] == 2.0
    assert np.isnan(merged["last"][1])


def test_of_copies_each_step_is_kept_once():
    one, two = samples(PARAMETER_SAMPLE, 3, 1), samples(PARAMETER_SAMPLE, 3, 2)
    for rows, steps in ((one, [1, 2, 9]), (two, [2, 5, 9])):
        rows["first_step"] = rows["last_step"] = steps
    merged = one_series([one, two])
    assert merged["first_step"].tolist() == [1, 2, 5, 9]
    assert (
        merged["norm"].tobytes() == np.concatenate([one[:2], two[1:2], one[2:]])["norm"].tobytes()
    )


def _parameter(norms: list[float], **changes: object) -> Parameter:
    rows = np.zeros(len(norms), PARAMETER_SAMPLE)
    rows["first_step"] = rows["last_step"] = np.arange(len(norms))
    rows["samples"], rows["norm"], rows["grad_norm"], rows["update_ratio"] = 1, norms, norms, 0.1
    return Parameter(0, "fc.weight", (8, 4), samples=rows, first_norm=norms[0], **changes)


def test_squares_of_shards_add_and_copies_do_not():
    shards = [_parameter([n, 2 * n], local_shape=(4, 4)) for n in (3.0, 4.0)]
    (whole,) = merge_ranks([_rank(n, parameters=(p,)) for n, p in enumerate(shards)]).parameters
    assert whole.samples["norm"].tolist() == [5.0, 10.0]
    assert whole.samples["grad_norm"].tolist() == [5.0, 10.0]
    assert whole.samples["update_ratio"].tolist() == pytest.approx([0.1, 0.1])
    assert (whole.first_norm, whole.local_shape) == (5.0, None)
    copies = [_parameter([3.0, 6.0])] * 2
    merged = merge_ranks([_rank(n, parameters=(p,)) for n, p in enumerate(copies)])
    assert merged.parameters[0].samples["norm"].tolist() == [3.0, 6.0]
    assert merged.differences == ()


def test_copies_that_drift_apart_are_named():
    parts = [_parameter([3.0, 4.0, 5.0]), _parameter([3.0, 4.5, 6.0])]
    merged = merge_ranks([_rank(n, parameters=(p,)) for n, p in enumerate(parts)])
    (line,) = merged.differences
    assert line == (
        "fc.weight is not the same on all ranks: its norm at step 1 is 4 on rank 0 and 4.5 on "
        "rank 1"
    )


def test_steps_of_one_number_are_compared_where_all_ranks_made_as_many():
    """With uneven inputs one goes on alone: its third step is not the other's."""
    parts = [_parameter([3.0, 4.0, 5.0]), _parameter([3.0, 4.5, 6.0])]
    ranks = [_rank(number, parameters=(each,)) for number, each in enumerate(parts)]
    ranks[1] = replace(ranks[1], info=replace(ranks[1].info, steps=12))
    (line,) = merge_ranks(ranks).differences
    assert line == "rank 0 made 9 steps; rank 1 made 12 steps"


def _site(open_inputs: list[int], **changes: object) -> Site:
    counts = np.array(open_inputs)
    seen = replace(
        statistics(len(counts)),
        inputs=np.full(len(counts), 1000),
        open_inputs=counts,
        nonfinite=np.zeros(len(counts)),
    )
    return site(0, len(counts), **{"path": "act", "training": seen, "role": "hidden"} | changes)


def test_units_of_layers_that_are_no_copies_stay_apart():
    begun = [_parameter([3.0]), _parameter([3.5])]
    parts = [_rank(n, parameters=(p,), sites=(_site([0, 9, 9, 9]),)) for n, p in enumerate(begun)]
    assert [s.path for s in merge_ranks(parts).sites] == ["act (rank 0)", "act (rank 1)"]
    # split for computing: 4 of 8 units on each rank
    shards = [_parameter([3.0], local_shape=(4, 4))] * 2
    parts = [_rank(n, parameters=(p,), sites=(_site([9] * 4),)) for n, p in enumerate(shards)]
    merged = merge_ranks(parts)
    assert [s.path for s in merged.sites] == ["act (rank 0)", "act (rank 1)"]
    assert merged.differences == (
        "act (train.py:10) has other units on each rank: they stay apart",
    )
    # split for storage: all 8 units on each rank
    parts = [_rank(n, parameters=(p,), sites=(_site([9] * 8),)) for n, p in enumerate(shards)]
    assert [s.path for s in merge_ranks(parts).sites] == ["act"]


def test_what_one_rank_alone_has_is_named():
    here, there = _site([9] * 10), _site([0] * 5 + [9] * 5)
    extra = _site([9] * 3, path="head.act", line=99)
    first = _rank(0, size=4, sites=(here, extra))
    second = _rank(1, size=4, sites=(there,))
    failed = replace(second.info, state="failed", error="ValueError: no", exit_code=1, steps=7)
    merged = merge_ranks([replace(second, info=failed), first])
    assert merged.differences == (
        "there is no recording of ranks 2 and 3 of 4",
        "rank 1 failed: ValueError: no",
        "rank 0 made 9 steps; rank 1 made 7 steps",
        "5 of 10 units of act (train.py:10) were closed throughout on rank 1, and open elsewhere",
        "head.act (train.py:99) was seen on rank 0 only",
    )
    assert (merged.info.state, merged.info.exit_code, merged.info.steps) == ("failed", 1, 9)
    assert merged.info.error == "ValueError: no (rank 1)"
    assert (merged.info.rank, merged.info.world_size) == (None, 4)
    assert [info.rank for info in merged.ranks] == [0, 1]
    assert [s.path for s in merged.sites] == ["act", "head.act"]


def test_links_go_by_the_numbers_of_the_merged_layers():
    full = rich()
    info = replace(full.info, rank=0, world_size=2, state="finished", error=None)
    other = replace(
        full,
        info=replace(info, rank=1),
        layers=tuple(replace(layer, id=layer.id + 50) for layer in full.layers[:1]),
        objectives=(),
        unobserved=(Unobserved("softmax", "model.py:31 (attn)", "fused", "--unfuse", 3),),
    )
    merged = merge_ranks([replace(full, info=info), other])
    names = {layer.id: layer.name for layer in merged.layers}
    assert sorted(names.values()) == ["fc", "out"]
    (out,) = [layer for layer in merged.layers if layer.name == "out"]
    (link,) = out.links
    assert names[link.source] == "fc"
    assert merged.unobserved[0].count == 7


def test_one_recording_is_left_as_it_is():
    recording = rich()
    assert not difference(merge_ranks([recording]), recording)


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (Recording(RunInfo("train.py"), path="b"), "b: names no rank"),
        (Recording(RunInfo("train.py", rank=0, world_size=2), path="b"), "b: is of rank 0, and so"),
        (Recording(RunInfo("x.py", rank=1, world_size=2), path="b"), "b: is of 'x.py'"),
    ],
)
def test_recordings_that_do_not_belong_together_are_refused(second, words):
    with pytest.raises(RecordingError, match=words):
        merge_ranks([replace(_rank(0), path="a"), second])
