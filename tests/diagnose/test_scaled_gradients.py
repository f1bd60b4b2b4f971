"""scaled-gradients: steps that a GradScaler knows nothing of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import recording_builders as make
import structure_builders as build
import torch
from torch import nn

import halfwave
from halfwave.diagnose import diagnose

if TYPE_CHECKING:
    from collections.abc import Callable

RULE = "scaled-gradients"


@pytest.mark.parametrize(
    ("scaled", "steps", "accuracy", "severity"),
    [
        (100, 100, 0.2, "error"),
        (100, 100, 0.95, "warning"),  # Adam hides it
        (2, 2, 0.2, None),
        (10, 100, 0.2, None),
        (0, 100, 0.2, None),
    ],
)
def test_steps(scaled, steps, accuracy, severity):
    optimizer = replace(make.optimizer(), scaled=scaled, steps=steps)
    made = build.objective(training=build.course(2.0, accuracy=accuracy))
    record = build.record(made, optimizers=(optimizer,))
    assert build.severities(RULE, record) == ([severity] if severity else [])


def test_explains_what_looks_like_a_high_rate():
    optimizer = replace(make.optimizer(), scaled=100, steps=100)
    weights = tuple(make.parameter(f"fc{i}.weight", update_ratio=0.5) for i in range(3))
    record = make.recording(
        optimizers=(optimizer,), parameters=weights, losses=(make.loss([2.3] * 200),)
    )
    causes = {finding.rule: finding.cause for finding in diagnose(record)}
    assert causes[RULE] == ""
    assert causes["learning-rate-too-high"] == RULE


def _plain(optimizer: Any, scaler: Any) -> None:
    del scaler
    optimizer.step()


def _by_the_scaler(optimizer: Any, scaler: Any) -> None:
    scaler.step(optimizer)
    scaler.update()


def _unscaled(optimizer: Any, scaler: Any) -> None:
    scaler.unscale_(optimizer)
    optimizer.step()
    scaler.update()


@pytest.mark.parametrize(
    ("step", "enabled", "scaled"),
    [
        (_plain, True, 5),
        (_by_the_scaler, True, 0),
        (_unscaled, True, 0),
        (_plain, False, 0),
    ],
)
def test_what_is_seen(step: Callable[[Any, Any], None], enabled: bool, scaled: int) -> None:
    net = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-9)
    scaler = torch.amp.GradScaler("cpu", enabled=enabled)
    with halfwave.watch(every=1) as run:
        for _ in range(5):
            optimizer.zero_grad()
            scaler.scale(net(torch.randn(8, 4)).pow(2).mean()).backward()
            step(optimizer, scaler)
    (found,) = run.recording.optimizers
    assert (found.scaled, found.steps) == (scaled, 5)
