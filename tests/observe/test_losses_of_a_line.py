"""One line that calls backward may do so on behalf of several losses."""

from __future__ import annotations

import inspect
import sys
import threading
from typing import TYPE_CHECKING

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from observed import watched
from torch import Tensor, nn

from halfwave.observe.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType


def _fit(model: nn.Module, loss_of: Callable[[Tensor], Tensor], steps: int = 5) -> list[float]:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    values: list[float] = []
    for _ in range(steps):
        loss = loss_of(model(torch.randn(8, 4)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        values.append(float(loss.detach()))
    return values


def _net(outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, outputs))


@pytest.mark.parametrize("options", [Options(), Options(budget=None, every=1)], ids=str)
def test_a_function_that_trains_two_models_has_two_losses(options: Options) -> None:
    found: list[list[float]] = []

    def program() -> None:
        found.append(_fit(_net(4), lambda out: out.pow(2).mean(), 12))
        found.append(_fit(_net(3), lambda out: F.cross_entropy(out, torch.zeros(8).long()), 8))

    losses = watched(program, options=options).losses
    assert [(loss.file, loss.line) for loss in losses] == [(losses[0].file, losses[0].line)] * 2
    assert [(loss.first, loss.last) for loss in losses] == [
        (pytest.approx(values[0]), pytest.approx(values[-1])) for values in found
    ]
    assert [int(loss.samples["count"].sum()) for loss in losses] == [12, 8]


def test_what_scales_a_loss_makes_it_no_other() -> None:
    def scaled(out: Tensor) -> Tensor:
        loss = F.mse_loss(out, torch.zeros_like(out))
        return loss / 4 if torch.rand(()) < 0.5 else loss

    assert len(watched(lambda: _fit(_net(2), scaled, 20)).losses) == 1


def test_the_slopes_that_a_penalty_needs_are_no_loss() -> None:
    def penalised() -> None:
        net = _net(1)
        optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
        for _ in range(4):
            x = torch.randn(8, 4, requires_grad=True)
            out = net(x)
            (slope,) = torch.autograd.grad(out.sum(), x, create_graph=True)
            optimizer.zero_grad()
            ((slope.norm(dim=1) - 1) ** 2).mean().backward()
            optimizer.step()

    (loss,) = watched(penalised).losses
    assert "backward" in loss.source


def test_a_program_that_trains_by_slopes_alone_has_its_loss() -> None:
    def by_hand() -> None:
        net = _net(1)
        for _ in range(4):
            loss = net(torch.randn(8, 4)).pow(2).mean()
            slopes = torch.autograd.grad(loss, list(net.parameters()))
            with torch.no_grad():
                for parameter, slope in zip(net.parameters(), slopes, strict=True):
                    parameter.sub_(0.01 * slope)

    (loss,) = watched(by_hand).losses
    assert "autograd.grad" in loss.source


@pytest.fixture
def trainer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """An installed library that has the loop in it."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    source = f"import torch\n\n{inspect.getsource(_fit)}"
    (folder / "trainer_of_a_library.py").write_text(
        source.replace(": Callable[[Tensor], Tensor]", "").replace(": nn.Module", "")
    )
    monkeypatch.syspath_prepend(str(folder))
    import trainer_of_a_library

    monkeypatch.delitem(sys.modules, "trainer_of_a_library")
    return trainer_of_a_library


@pytest.mark.parametrize("options", [Options(), Options(budget=None, every=1)], ids=str)
def test_a_loss_of_a_librarys_loop_has_the_line_that_calls_the_library(
    options: Options, trainer: ModuleType
) -> None:
    def program() -> None:
        trainer._fit(_net(4), lambda out: out.pow(2).mean(), 12)
        trainer._fit(_net(4), lambda out: out.pow(2).mean(), 8)

    losses = watched(program, options=options).losses
    first = program.__code__.co_firstlineno
    assert [(loss.file, loss.line) for loss in losses] == [
        (__file__, first + 1),
        (__file__, first + 2),
    ]
    assert [int(loss.samples["count"].sum()) for loss in losses] == [12, 8]


def test_a_loss_that_no_line_of_the_programs_own_led_to_has_the_librarys(
    trainer: ModuleType,
) -> None:
    def program() -> None:
        arguments = _net(4), lambda out: out.pow(2).mean(), 12
        thread = threading.Thread(target=trainer._fit, args=arguments)
        thread.start()
        thread.join()

    (loss,) = watched(program).losses
    assert (loss.file, loss.source) == (trainer.__file__, "loss.backward()")
