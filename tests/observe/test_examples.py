"""How much the examples of a loss differ from each other, element by element."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

import halfwave
from halfwave.observe.around.examples import ExamplesWatch


def watched(*calls):
    watch = ExamplesWatch()
    for values in calls:
        watch.add(values)
    watch.absorb()
    return watch.figures()


@pytest.mark.parametrize(
    "shape", [(64,), (64, 3), (20, 3, 8, 8), (300, 2), (16, 100, 100), (9, 2, 3000)]
)
def test_the_deviation_of_each_element_over_the_examples(shape):
    generator = torch.Generator().manual_seed(0)
    offsets = 10 * torch.randn(shape[1:], generator=generator)
    calls = [offsets + 0.5 * torch.randn(shape, generator=generator) for _ in range(8)]
    figures = watched(*calls)
    assert figures["variation"] == pytest.approx(0.5, rel=0.15)
    assert figures["element_std"] == pytest.approx(0.5, rel=0.1)
    assert math.isnan(figures["element_entropy"])


def test_what_differs_from_call_to_call_counts_for_all_of_them_only():
    figures = watched(torch.zeros(16, 4), torch.ones(16, 4))
    assert figures["variation"] == 0
    assert figures["element_std"] == pytest.approx(0.5)
    assert figures["element_entropy"] == pytest.approx(math.log(2))


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_large_examples_in_any_layout(memory_format):
    values = torch.randn(12, 8, 40, 40, generator=torch.Generator().manual_seed(1))
    figures = watched(values.contiguous(memory_format=memory_format))
    assert figures["variation"] == pytest.approx(1.0, rel=0.15)


@pytest.mark.parametrize(
    "values",
    [torch.zeros(()), torch.zeros(3, 4), torch.zeros(0, 4), torch.full((16, 2), torch.nan)],
    ids=str,
)
def test_too_little_to_tell(values):
    assert all(map(math.isnan, watched(values).values()))


def test_a_recording_has_them_where_numbers_are_compared():
    torch.manual_seed(0)
    x, y = torch.randn(64, 4), torch.randn(64, 3)
    model = nn.Linear(4, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with halfwave.watch() as run:
        for _ in range(20):
            optimizer.zero_grad()
            nn.functional.mse_loss(model(x), y).backward()
            optimizer.step()
    (objective,) = run.recording.objectives
    spread = y.std(dim=0, correction=0).square().mean().sqrt().item()
    assert objective.target.element_std == pytest.approx(spread, rel=1e-6)
    assert objective.output.variation < objective.target.variation
