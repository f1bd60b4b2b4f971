"""No memory, a clock that jumps, a recursion without end: as without us, and recorded."""

from __future__ import annotations

import gc
import itertools
import math
import time
import weakref

import pytest
import torch
from programs_to_break import fingerprint_of
from torch import nn

import halfwave
from halfwave.observe import capture, engine, ordinary, windows
from halfwave.report import as_json

PROGRAM = "optimizers_and_evaluation"


class Hungry(nn.Module):
    """Needs more memory than there is for a batch that is too large."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(4, 8), nn.Linear(8, 1)
        self.refs = []

    def forward(self, x):
        hidden = torch.relu(self.first(x))
        self.refs.append(weakref.ref(hidden))
        if len(x) > 8:
            torch.empty(1 << 50)  # a petabyte: the allocator refuses
        return self.last(hidden)


def _find_batch_size():
    """Halve the batch until it fits, as many programs do."""
    torch.manual_seed(0)
    net, size = Hungry(), 32
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    failures = 0
    for _ in range(6):
        try:
            loss = net(torch.randn(size, 4)).square().mean()
        except RuntimeError:
            failures += 1
            size //= 2
            continue
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    del loss
    gc.collect()
    alive = [ref() is not None for ref in net.refs]
    return failures, alive, [p.detach().sum().item() for p in net.parameters()]


def test_a_program_that_makes_do_with_less_memory_does_so_watched():
    plain = _find_batch_size()
    with halfwave.watch(every=1) as run:
        watched = _find_batch_size()
    assert watched == plain
    failures, alive, _ = watched
    assert failures == 2
    assert not any(alive)  # we keep no tensor of a step that failed, nor of any other
    assert run.recording.info.steps == 4
    assert run.recording.info.watching_ended is None


@pytest.mark.parametrize("error", [MemoryError("no room"), MemoryError(), RecursionError("deep")])
def test_an_error_of_the_programs_own_passes_through(error):
    class Breaks(nn.Module):
        def forward(self, x):
            raise error

    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), Breaks())
    with pytest.raises(type(error)) as caught, halfwave.watch(every=1) as run:
        net(torch.randn(3, 4))
    assert caught.value is error
    assert run.recording.info.state == "failed"
    assert run.recording.info.error.startswith(type(error).__name__)
    assert [site.activation for site in run.sites] == ["relu"]


def test_no_memory_for_our_own_figures(capsys, monkeypatch):
    def no_room(*_args, **_kwargs):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

    plain = fingerprint_of(PROGRAM)
    monkeypatch.setattr("halfwave.observe.figures.kernels.output_statistics", no_room)
    with halfwave.watch(every=1) as run:
        assert fingerprint_of(PROGRAM) == plain
    assert capsys.readouterr().err.count("CUDA out of memory") == 1
    assert "OutOfMemoryError" in run.recording.info.watching_ended


def _forward(real):
    """An hour goes by at every look."""
    hours = itertools.count(0, 3600.0)
    return lambda: real() + next(hours)


def _backward(real):
    """It is set back by an hour at every look."""
    hours = itertools.count(0, 3600.0)
    return lambda: real() - next(hours)


def _still(real):
    now = real()
    return lambda: now


def _to_and_fro(real):
    signs = itertools.cycle((1, -1))
    return lambda: real() + next(signs) * 1e9


@pytest.mark.parametrize("jump", [_forward, _backward, _still, _to_and_fro])
@pytest.mark.parametrize("every", [None, 1])
def test_a_clock_that_jumps(monkeypatch, jump, every, capsys):
    plain = fingerprint_of(PROGRAM)
    clock = jump(time.perf_counter)
    for module in (capture, engine, ordinary, windows):
        monkeypatch.setattr(module, "perf_counter", clock)
    monkeypatch.setattr(time, "time", jump(time.time))
    monkeypatch.setattr(time, "perf_counter", clock)
    with halfwave.watch(every=every) as run:
        for _ in range(8):  # beyond the steps that are watched whatever they take
            assert fingerprint_of(PROGRAM) == plain
    assert capsys.readouterr().err == ""
    recording = run.recording
    assert recording.info.watching_ended is None
    assert recording.info.sampled >= 10
    cost = recording.cost
    for seconds in (cost.run, cost.watching, cost.dense_run, cost.dense_watching):
        assert math.isfinite(seconds)
        assert seconds >= 0
    assert cost.share is None or 0 <= cost.share <= 1
    assert recording.info.ended >= recording.info.started
    assert as_json(recording, run.findings)
    run.report()
    printed = capsys.readouterr().out
    assert "-" not in printed.partition("watching took")[2].partition("%")[0]


def test_a_clock_that_was_set_back_puts_no_flush_off(monkeypatch):
    real, flushed = time.perf_counter, []

    def set_clock(clock):
        for module in (windows, ordinary):
            monkeypatch.setattr(module, "perf_counter", clock)

    set_clock(real)
    with halfwave.watch() as run:
        for _ in range(6):
            fingerprint_of("breaking_down")
        set_clock(lambda: real() - 1e6)
        fingerprint_of("breaking_down")
        set_clock(lambda: real() - 1e6 + 3600)  # an hour later
        monkeypatch.setattr(run._watcher._writer, "write", lambda **_: flushed.append(1))
        fingerprint_of("breaking_down")
        assert flushed
        monkeypatch.undo()
