"""clipped-gradients: gradients of one size in every step, and steps that change nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import recording_builders as make
import torch
from torch import nn

import halfwave
from halfwave.diagnose import diagnose
from halfwave.diagnose.clipping import _gradients, clipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

RULE = "clipped-gradients"
STEPS = 200
RANDOM = np.random.default_rng(0)
FLAT = 2.3 + 0.02 * RANDOM.standard_normal(STEPS)
#: What batches do to the norms of three parameters.
NORMS = np.exp(RANDOM.normal([0, -1, 1], 0.3, size=(STEPS, 3)))
TOGETHER = 1e-6 * NORMS / np.sqrt((NORMS**2).sum(axis=1, keepdims=True))
SHAPES = [(16, 16), (16,), (4, 16)]
BY_VALUE = 1e-7 * np.sqrt([np.prod(shape) for shape in SHAPES])[None, :].repeat(STEPS, axis=0)


def record(norms: Any, *, ratio: float = 1e-6, values: Any = FLAT, every: int = 1) -> Any:
    parameters = tuple(
        make.parameter(
            f"p{i}",
            order=i,
            shape=SHAPES[i],
            every=every,
            grad_norm=norms[::every, i],
            update_ratio=ratio,
        )
        for i in range(norms.shape[1])
    )
    return make.recording(parameters=parameters, losses=(make.loss(values),))


@pytest.mark.parametrize(
    ("norms", "how", "limit"),
    [
        (TOGETHER, "all", 1e-6),
        (np.full((STEPS, 3), 1e-5), "each", 1e-5),
        (BY_VALUE, "values", 1e-7),
        (BY_VALUE * [1, 1, 0.97], "values", 1e-7),  # some elements are smaller than the limit
        (NORMS, None, 0),
        (TOGETHER * np.linspace(1, 1.01, STEPS)[:, None], None, 0),
        # one batch, and weights that stay: all norms are the same without clipping
        (NORMS[:1].repeat(STEPS, axis=0), None, 0),
        (np.zeros((STEPS, 3)), None, 0),
        (TOGETHER[:, :1], None, 0),
    ],
)
def test_what_gradients_were_cut_to(norms: Any, how: str | None, limit: float) -> None:
    found = clipped(record(norms))
    if how is None:
        assert found is None
    else:
        assert found is not None
        assert (found.how, found.steps) == (how, STEPS)
        assert found.limit == pytest.approx(limit, rel=0.02)


def test_a_few_watched_steps_tell_nothing():
    assert clipped(record(TOGETHER, every=50)) is None


def test_parameters_of_one_name_are_two():
    made = record(TOGETHER)
    alike = tuple(replace(parameter, name="0.weight") for parameter in made.parameters)
    assert clipped(replace(made, parameters=alike)) == clipped(made)


def test_parameters_that_take_turns_are_not_mixed():
    made = record(NORMS)
    first, second, third = made.parameters
    turns = (
        replace(first, samples=first.samples[::2]),
        replace(second, samples=second.samples[1::2]),
        third,
    )
    found = _gradients(replace(made, parameters=turns))[0]
    assert found == pytest.approx(NORMS[::2, [0, 2]])


@pytest.mark.parametrize(
    ("ratio", "values", "severity"),
    [
        (1e-6, FLAT, "error"),
        (1e-4, FLAT, "warning"),
        (1e-3, FLAT, None),  # clipped in every step, to steps of a healthy size
        (1e-6, make.falling(), None),
    ],
)
def test_size_and_loss(ratio: float, values: Any, severity: str | None) -> None:
    found = diagnose(record(TOGETHER, ratio=ratio, values=values), select=[RULE])
    assert [finding.severity for finding in found] == ([severity] if severity else [])


def test_explains_what_looks_like_a_low_rate():
    causes = {finding.rule: finding.cause for finding in diagnose(record(TOGETHER * 1e4))}
    assert causes[RULE] == ""
    assert causes["learning-rate-too-low"] == RULE


def _by_norm(parameters: Iterable[Any]) -> None:
    nn.utils.clip_grad_norm_(parameters, 1e-5)


def _by_value(parameters: Iterable[Any]) -> None:
    nn.utils.clip_grad_value_(parameters, 1e-8)


def _each(parameters: Iterable[Any]) -> None:
    for parameter in parameters:
        nn.utils.clip_grad_norm_(parameter, 1e-5)


def _by_hand(parameters: Iterable[Any]) -> None:
    gradients = [parameter.grad for parameter in parameters]
    norm = torch.sqrt(sum((gradient**2).sum() for gradient in gradients))
    for gradient in gradients:
        gradient.mul_(1e-5 / norm)


def _rarely(parameters: Iterable[Any]) -> None:
    nn.utils.clip_grad_norm_(parameters, 1e3)


@pytest.mark.parametrize(
    ("clip", "how"),
    [
        (_by_norm, "all"),
        (_by_hand, "all"),
        (_each, "each"),
        (_by_value, "values"),
        (_rarely, None),
    ],
)
def test_what_is_seen(clip: Callable[[Iterable[Any]], None], how: str | None) -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 3))
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
    with halfwave.watch(every=1) as run:
        for _ in range(60):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(torch.randn(16, 8)), torch.arange(16) % 3).backward()
            clip(net.parameters())
            optimizer.step()
    found = clipped(run.recording)
    assert (found and found.how) == how
