"""A step leaves the same in the recording whichever way it is taken note of."""

from __future__ import annotations

import threading
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from observed import watched
from torch import nn

from halfwave.observe import Options
from halfwave.observe.ordinary import OrdinarySteps

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfwave.recording import Recording

STEPS = 60
SOME, ALL = Options(budget=None, every=7, dense=3), Options(budget=None, every=1, dense=3)


def _parts() -> tuple[nn.Module, torch.Tensor]:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1)), torch.randn(16, 4)


def _simple() -> None:
    net, x = _parts()
    optimizer = torch.optim.SGD(net.parameters(), 0.01)
    for _ in range(STEPS):
        optimizer.zero_grad()
        net(x).pow(2).mean().backward()
        optimizer.step()


def _scheduled_and_accumulated() -> None:
    net, x = _parts()
    optimizer = torch.optim.AdamW(net.parameters(), 0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    for _ in range(STEPS):
        optimizer.zero_grad()
        (net(x[:8]).pow(2).mean() / 2).backward()
        (net(x[8:]).pow(2).mean() / 2).backward()
        optimizer.step()
        schedule.step()


def _two_optimizers() -> None:
    one, x = _parts()
    two = nn.Linear(4, 1)
    first, second = torch.optim.SGD(one.parameters(), 0.01), torch.optim.Adam(two.parameters())
    for step in range(STEPS):
        first.zero_grad()
        one(x).pow(2).mean().backward()
        first.step()
        if step % 2:
            second.zero_grad()
            torch.autograd.backward(two(x).pow(2).mean())
            second.step()


def _never_cleared() -> None:
    net, x = _parts()
    optimizer = torch.optim.SGD(net.parameters(), 1e-4)
    for _ in range(STEPS):
        net(x).pow(2).mean().backward()
        optimizer.step()


def _penalised_and_evaluated() -> None:
    net, x = _parts()
    optimizer = torch.optim.SGD(net.parameters(), 0.01)
    for step in range(STEPS):
        given = x.clone().requires_grad_()
        loss = net(given).pow(2).mean()
        (slope,) = torch.autograd.grad(loss, given, create_graph=True)
        optimizer.zero_grad()
        (loss + slope.pow(2).sum()).backward()
        optimizer.step()
        if step % 5 == 0:
            with torch.no_grad():
                net(x)


def _classified() -> None:
    net, x = _parts()
    net = nn.Sequential(*net, nn.Softplus(), nn.Linear(1, 3))
    optimizer = torch.optim.Adam(net.parameters(), 0.01)
    for step in range(STEPS):
        loss = nn.functional.cross_entropy(net(x), torch.arange(16) % 3)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step == STEPS - 8:  # another one joins in
            optimizer = torch.optim.SGD(net.parameters(), 0.01)


def _classified_with_closures() -> None:
    net, x = _parts()
    optimizer = torch.optim.SGD(net.parameters(), 0.01)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(net(x)[:, 0], x[:, 0])
        loss.backward()
        return loss

    for _ in range(STEPS):
        optimizer.step(closure)


def _diverging() -> None:
    net, x = _parts()
    optimizer = torch.optim.SGD(net.parameters(), 0.01)
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = net(x).pow(2).mean()
        (loss if step < 30 else (loss - loss.detach() - 1).log()).backward()
        optimizer.step()


def _closures() -> None:
    net, x = _parts()
    optimizer = torch.optim.LBFGS(net.parameters(), 0.1, max_iter=3)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = net(x).pow(2).mean()
        loss.backward()
        return loss

    for _ in range(STEPS):
        optimizer.step(closure)


def _scaled() -> None:
    net, x = _parts()
    optimizer = torch.optim.SGD(net.parameters(), 0.01)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = net(x).pow(2).mean()
        if step < 10:
            loss.backward()
            optimizer.step()
            continue
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()


def _in_another_thread_too() -> None:
    _simple()
    thread = threading.Thread(target=_simple)
    thread.start()
    thread.join()


def _under_a_default_device() -> None:
    with torch.device("cpu"):
        _simple()


PROGRAMS: list[Callable[[], None]] = [
    _simple,
    _scheduled_and_accumulated,
    _two_optimizers,
    _never_cleared,
    _penalised_and_evaluated,
    _classified,
    _classified_with_closures,
    _diverging,
    _closures,
    _scaled,
    _in_another_thread_too,
    _under_a_default_device,
]


@pytest.fixture(name="counts")
def _counts(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Count what was taken note of as ordinary."""
    counts = {"backwards": 0, "steps": 0}
    # not where a backward begins: a frame of ours would stand where the program's is looked for
    ended, stepped = OrdinarySteps.backward_ended, OrdinarySteps.stepped

    def one_ended(steps: OrdinarySteps) -> None:
        counts["backwards"] += 1
        ended(steps)

    def one_stepped(steps: OrdinarySteps, optimizer: Any) -> bool:
        done = stepped(steps, optimizer)
        counts["steps"] += done
        return done

    monkeypatch.setattr(OrdinarySteps, "backward_ended", one_ended)
    monkeypatch.setattr(OrdinarySteps, "stepped", one_stepped)
    return counts


def _told(recording: Recording) -> dict[str, Any]:
    """Return what is told of steps, those that are watched and those that are not."""
    sites = [(s.training, s.samples.tolist(), s.heat, s.calls) for s in recording.sites]
    return {
        "steps": (recording.info.steps, recording.info.backwards, recording.info.sampled),
        "losses": [(each.line, each.samples.tolist(), each.last) for each in recording.losses],
        "nonfinite": [each.first_nonfinite for each in recording.losses],
        "rates": [(each.optimizer, each.samples.tolist()) for each in recording.rates],
        "optimizers": [(o.name, o.steps, o.checked, o.stale) for o in recording.optimizers],
        "breakdown": recording.breakdown,
        "sites": [tuple(map(_plain, site)) for site in sites],
        "parameters": [(each.name, each.samples.tolist()) for each in recording.parameters],
        "objectives": [
            (each.call, each.training.tolist(), each.evaluation.tolist(), each.reached)
            for each in recording.objectives
        ],
    }


def _plain(found: Any) -> Any:
    return asdict(found) if is_dataclass(found) and not isinstance(found, type) else found


def _never(_: OrdinarySteps, *, on: bool) -> None:
    """Let no step be an ordinary one, whether the engine is on or not."""


@pytest.mark.parametrize("options", [SOME, ALL], ids=["some", "all"])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__[1:])
def test_one_way_or_the_other(
    program: Callable[[], None],
    options: Options,
    counts: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ordinary = _told(watched(program, options=options))
    if options is ALL and program in (_simple, _scheduled_and_accumulated, _classified):
        assert counts["steps"] > STEPS / 8
    if options is ALL and program in (_classified, _classified_with_closures):
        assert counts["backwards"] > STEPS / 8
    often = (_simple, _scheduled_and_accumulated, _two_optimizers, _classified, _diverging)
    if options is SOME and program in often:
        assert counts["backwards"] > STEPS / 8
        assert counts["steps"] > STEPS / 8
    before = dict(counts)
    monkeypatch.setattr(OrdinarySteps, "prepare", _never)
    np.testing.assert_equal(_told(watched(program, options=options)), ordinary)
    assert counts == before
