"""softmax-over-batch: dimension 0, of several examples and several classes."""

from __future__ import annotations

import pytest
import recording_builders as make
import structure_builders as build

RULE = "softmax-over-batch"


def record(dim, *, shape=(32, 10), way=("log_softmax",), function="nll_loss", **changes):
    parameters = {} if dim is None else {"dim": dim}
    last = make.site(
        "out",
        activation=way[0],
        parameters=parameters,
        shape=shape,
        units=shape[-1],
        role="output",
    )
    changes = {"output": build.values(shape), "target": build.labels(shape=shape[:1]), **changes}
    return build.record(build.objective(function, way, **changes), sites=(last,))


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (record(0), True),
        (record(-2), True),
        (record(1), False),
        (record(-1), False),
        (record(None), False),  # not known
        (record(0, way=("softmax",), function="mse_loss", target=build.one_hot()), True),
        (record(0, way=("softmax", "mean")), True),
        (record(0, way=("softmax", "add")), False),  # attention, perhaps
        (record(0, shape=(32, 1)), False),  # a choice among candidates
        (record(0, shape=(1, 10)), False),
        (record(0, shape=(16, 16)), False),  # a contrastive loss
        (record(0, shape=(4, 8, 10)), False),
        (record(0, target=build.labels(shape=(10,))), False),  # one target a column
    ],
)
def test_table(made, said):
    assert build.severities(RULE, made) == ["error"] * said


def test_says_over_what():
    (finding,) = build.found(RULE, record(0))
    assert "over the 32 examples of a batch (dim 0), not over the 10 classes" in finding.title
    assert "dim=1" in finding.advice


def attention(dim, shape, *, target=(32,), role="attention"):
    site = make.site(
        "att", activation="softmax", parameters={"dim": dim}, shape=shape, role=role, units=None
    )
    objective = build.objective(output=build.values((32, 10)), target=build.labels(shape=target))
    return build.record(objective, sites=(site,))


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (attention(0, (32, 8, 8)), True),
        (attention(-3, (32, 8, 8)), True),
        (attention(0, (32, 4, 8, 8)), True),
        (attention(0, (32, 8, 1), role="hidden", target=(32, 1)), True),
        (attention(-1, (32, 8, 8)), False),
        (attention(1, (32, 8, 1)), False),
        (attention(0, (8, 32, 1)), False),  # time comes first
        (attention(0, (32, 32, 1)), False),  # it may
        (attention(0, (32, 8, 8), target=(32, 8)), False),  # a target each position
        (attention(0, (32, 8)), False),
        (attention(0, (1, 8, 8), target=(1,)), False),
    ],
)
def test_inside_the_network(made, said):
    assert build.severities(RULE, made) == ["warning"] * said


def test_says_where_it_is():
    (finding,) = build.found(RULE, attention(0, (32, 8, 8)))
    assert "softmax of att runs over the 32 examples of a batch: dimension 0 of 32×8×8" in (
        finding.title
    )
    assert "dim=-1" in finding.advice


@pytest.mark.parametrize(
    ("dim", "words"),
    [
        (0, "over the 12 time steps"),
        (-3, "over the 12 time steps"),
        (1, "over the 32 examples of a batch"),
        (2, None),
        (-1, None),
    ],
)
def test_before_a_ctc_loss_classes_come_last(dim, words):
    made = record(dim, shape=(12, 32, 7), function="ctc_loss", target=build.labels(shape=(32, 4)))
    titles = [finding.title for finding in build.found(RULE, made)]
    assert len(titles) == (words is not None)
    assert all(str(words) in title for title in titles)


def test_a_batch_that_comes_first_is_not_called_time():
    made = record(1, shape=(32, 20, 7), function="ctc_loss", target=build.labels(shape=(32, 4)))
    (finding,) = build.found(RULE, made)
    assert "over the 20 time steps (dim 1)" in finding.title
