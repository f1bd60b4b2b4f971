"""Updates written by hand: whether the gradients that they use are cleared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from observed import watched

from halfwave.diagnose import diagnose
from halfwave.recording import HAND_WRITTEN, Optimizer

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    Parameters = list[Tensor]

_STEPS = 6


def _by_data(parameters: Parameters) -> None:
    for p in parameters:
        assert p.grad is not None
        p.data -= 0.05 * p.grad.data


def _without_gradients(parameters: Parameters) -> None:
    with torch.no_grad():
        for p in parameters:
            assert p.grad is not None
            p -= 0.05 * p.grad  # noqa: PLW2901 – in place


def _zero(parameters: Parameters) -> None:
    for p in parameters:
        assert p.grad is not None
        p.grad.zero_()


def _drop(parameters: Parameters) -> None:
    for p in parameters:
        p.grad = None


def _slow(parameters: Parameters) -> None:
    """Have the gradient itself carry the momentum."""
    for p in parameters:
        assert p.grad is not None
        p.grad.mul_(0.9)


def _leave(_: Parameters) -> None:
    pass


def _trained(
    update: Callable[[Parameters], None], clear: Callable[[Parameters], None], batches: int = 1
) -> list[Optimizer]:
    w1, w2 = (torch.randn(shape).mul_(0.3).requires_grad_() for shape in ((4, 6), (6, 1)))

    def program() -> None:
        for _ in range(_STEPS):
            for _ in range(batches):
                x = torch.randn(16, 4)
                (torch.relu(x @ w1) @ w2 - x[:, :1]).pow(2).mean().backward()
            update([w1, w2])
            clear([w1, w2])

    recording = watched(program)
    findings = diagnose(recording, select=["missing-zero-grad"])
    assert len(findings) == (clear is _leave)
    return list(recording.optimizers)


@pytest.mark.parametrize("update", [_by_data, _without_gradients])
@pytest.mark.parametrize(
    ("clear", "stale"), [(_zero, 0), (_drop, 0), (_slow, 0), (_leave, _STEPS - 1)]
)
def test_what_is_left_over_is_seen(
    update: Callable[[Parameters], None], clear: Callable[[Parameters], None], stale: int
) -> None:
    (found,) = _trained(update, clear)
    assert (found.name, found.parameters) == (HAND_WRITTEN, 2)
    assert (found.checked, found.stale) == (_STEPS - 1, stale)


def test_several_batches_an_update_are_no_fault() -> None:
    (found,) = _trained(_by_data, _zero, batches=3)
    assert (found.checked, found.stale) == (_STEPS - 1, 0)


def test_nothing_is_said_of_a_program_that_changes_nothing() -> None:
    w = torch.ones(3, requires_grad=True)

    def program() -> None:
        for _ in range(4):
            (torch.relu(w) ** 2).sum().backward()

    assert not watched(program).optimizers


def test_an_optimizer_of_torchs_is_told_as_itself() -> None:
    w = torch.ones(3, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)

    def program() -> None:
        for _ in range(4):
            (torch.relu(w) ** 2).sum().backward()
            optimizer.step()

    assert [each.name for each in watched(program).optimizers] == ["SGD"]
