"""Merging the figures of many steps in one go gives what merging them one by one gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from observed import watched

from halfwave import kernels
from halfwave.observe import Options, account, figures, waiting

if TYPE_CHECKING:
    from torch import Tensor

    from halfwave.recording import Site


def _run(steps: int, *, widths: bool) -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(2, 5, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(7), nn.Tanh())
    model(torch.zeros(1, 2, 6, 6))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9)
    for step in range(steps):
        batch = 3 + (step % 4 if widths else 0)
        optimizer.zero_grad()
        loss = (model(torch.randn(batch, 2, 6, 6)) - step % 3).pow(2).mean()
        if step % 7 != 5:
            loss.backward()
        optimizer.step()


@pytest.mark.parametrize("widths", [False, True], ids=["equal batches", "batches that differ"])
def test_in_one_go_or_one_by_one(widths: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    options = Options(budget=None, every=1, dense=3)
    tallied = watched(lambda: _run(60, widths=widths), options=options).sites
    _no_tallies(monkeypatch)
    together = watched(lambda: _run(60, widths=widths), options=options).sites
    monkeypatch.setattr(waiting.Waiting, "_absorb_together", lambda *_: False)
    apart = watched(lambda: _run(60, widths=widths), options=options).sites
    for one, two, other in zip(tallied, together, apart, strict=True):
        _same(one, other)
        _same(two, other)


class _Odd(torch.nn.Module):
    """Units anywhere, gradients that lie oddly, several calls a step, a width that changes."""

    def __init__(self) -> None:
        super().__init__()
        self.first = torch.nn.Conv2d(2, 6, 3)
        self.gated = torch.nn.Linear(6 * 16, 8)
        self.cell, self.last = torch.nn.Linear(4, 4), torch.nn.Linear(4, 3)
        self.narrow, self.wide = torch.nn.Linear(4, 2), torch.nn.Linear(4, 5)

    def forward(self, x: Tensor, step: int) -> Tensor:
        y = self.first(x.to(memory_format=torch.channels_last)).relu()
        y = torch.nn.functional.glu(self.gated(y.flatten(1)))
        for _ in range(3):
            y = self._cell(y)
        other = torch.sigmoid((self.narrow if step % 5 else self.wide)(y))
        return torch.nn.functional.elu(self.last(y)).sum() + other.sum()

    def _cell(self, y: Tensor) -> Tensor:
        return torch.tanh(self.cell(y))


def _odd(steps: int) -> None:
    torch.manual_seed(0)
    model = _Odd()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for step in range(steps):
        optimizer.zero_grad()
        for part in torch.randn(2, 3 + step % 2, 2, 6, 6):
            model(part, step).backward()
        optimizer.step()
        if step % 10 == 9:
            with torch.no_grad():
                model(torch.randn(3, 2, 6, 6), step)


def test_an_odd_program_gives_the_same_in_any_way(monkeypatch: pytest.MonkeyPatch) -> None:
    options = Options(budget=None, every=1, dense=3)
    taken: list[kernels.Tally] = []
    add = account.SiteAccount.add_tally

    def spy(self: account.SiteAccount, tally: kernels.Tally) -> None:
        taken.append(tally)
        add(self, tally)

    monkeypatch.setattr(account.SiteAccount, "add_tally", spy)
    tallied = watched(lambda: _odd(50), options=options).sites
    assert bool(taken) == kernels.Tally.is_supported()
    taken.clear()
    _no_tallies(monkeypatch)
    waiting = watched(lambda: _odd(50), options=options).sites
    assert not taken
    assert {"relu", "glu", "tanh", "elu", "sigmoid"} <= {site.activation for site in tallied}
    for one, other in zip(tallied, waiting, strict=True):
        assert (one.activation, one.units, one.calls) == (
            other.activation,
            other.units,
            other.calls,
        )
        _same(one, other)


def test_sites_for_which_there_is_no_room_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    options = Options(budget=None, every=1, dense=3)
    whole = watched(lambda: _run(40, widths=False), options=options).sites
    monkeypatch.setattr(figures.TallyRoom.__init__, "__defaults__", (6,))
    made: list[int] = []
    tally = kernels.Tally

    class Spy(tally):
        def __init__(self, units: int, *args: Any) -> None:
            made.append(units)
            super().__init__(units, *args)

    monkeypatch.setattr(kernels, "Tally", Spy)
    tight = watched(lambda: _run(40, widths=False), options=options).sites
    assert made == ([5] if tally.is_supported() else [])  # seven do not fit
    for one, other in zip(whole, tight, strict=True):
        _same(one, other)


def _no_tallies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels.Tally, "is_supported", lambda: False)


def _same(one: Site, other: Site) -> None:
    for name in one.samples.dtype.names or ():
        np.testing.assert_allclose(one.samples[name], other.samples[name], rtol=1e-6, err_msg=name)
    assert one.training is not None
    assert other.training is not None
    for name in one.training.__slots__:
        np.testing.assert_allclose(
            getattr(one.training, name), getattr(other.training, name), rtol=1e-9, err_msg=name
        )
    if one.heat is None or other.heat is None:
        assert one.heat is other.heat
        return
    assert np.array_equal(one.heat.share, other.heat.share)
    assert np.array_equal(one.heat.last_step, other.heat.last_step)


def test_what_waits_is_stored_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    from halfwave.observe import windows

    taken: list[int] = []
    absorb = windows.Windows.absorb

    def count(self: windows.Windows) -> None:
        taken.append(self._unmerged)
        absorb(self)

    monkeypatch.setattr(windows.Windows, "absorb", count)
    sites = watched(
        lambda: _run(60, widths=False), options=Options(budget=None, every=1, dense=3)
    ).sites
    relu = [s.training for s in sites if s.activation == "relu" and s.training is not None]
    assert sum(int(one.inputs[0]) for one in relu) == 60 * 3 + 1  # one call made the lazy layer
    assert max(taken) <= windows._STEPS_WAITING
    taken.clear()
    monkeypatch.setattr(windows, "_UNITS_WAITING", 1)
    _no_tallies(monkeypatch)
    watched(lambda: _run(30, widths=False), options=Options(budget=None, every=1, dense=3))
    assert max(taken) == 1
