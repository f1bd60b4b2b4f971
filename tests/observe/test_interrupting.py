"""A handler of a signal that raises while our code runs: the exception is the program's."""

from __future__ import annotations

import functools
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import torch

from halfwave._interrupting import is_the_programs
from halfwave.observe import Options, Watcher, engine
from halfwave.recording import RunInfo, Writer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="no such signal here")


class OutOfTimeError(Exception):
    """The program's own."""


def out_of_time(number: int, frame: Any) -> None:
    raise OutOfTimeError


class Limit:
    def out(self, number: int, frame: Any) -> None:
        raise TimeoutError

    def __call__(self, *given: Any) -> None:
        raise TimeoutError


@pytest.fixture(
    params=[
        out_of_time,
        Limit().out,
        Limit(),
        functools.partial(out_of_time),
        lambda *_: (_ for _ in ()).throw(OutOfTimeError),
    ]
)
def handler(request: pytest.FixtureRequest) -> Any:
    before = signal.signal(signal.SIGALRM, request.param)
    yield request.param
    signal.signal(signal.SIGALRM, before)


def caught(action: Callable[[], Any]) -> Exception:
    try:
        action()
    except Exception as error:  # noqa: BLE001 – any
        return error
    raise AssertionError


def test_handlers_of_every_kind(handler: Any) -> None:
    assert is_the_programs(caught(lambda: signal.raise_signal(signal.SIGALRM)))


def test_errors_of_ours_are_not_the_programs() -> None:
    assert not is_the_programs(caught(lambda: int("x")))
    assert not is_the_programs(caught(lambda: out_of_time(1, sys._getframe(1))))


def test_it_reaches_the_program_and_the_watching_ends(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    before = signal.signal(signal.SIGALRM, out_of_time)
    original = engine.Engine.step_begins
    calls: list[int] = []

    def interrupted(self: Any, *args: Any, **kwargs: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            signal.raise_signal(signal.SIGALRM)
        original(self, *args, **kwargs)

    monkeypatch.setattr(engine.Engine, "step_begins", interrupted)
    reached: list[bool] = []

    def program() -> None:
        net = torch.nn.Linear(3, 1)
        optimizer = torch.optim.SGD(net.parameters(), 0.1)
        for _ in range(5):
            optimizer.zero_grad()
            net(torch.ones(2, 3)).square().mean().backward()
            try:
                optimizer.step()
            except OutOfTimeError:
                reached.append(torch.is_grad_enabled())

    watcher = Watcher(Writer(None), RunInfo(script="test"), Options(budget=None, every=1))
    watcher.start()
    try:
        program()
    finally:
        watcher.stop()
        signal.signal(signal.SIGALRM, before)
    assert reached == [True]
    told = capfd.readouterr().err
    assert "the watching ended: the program raised OutOfTimeError in the middle of it" in told


ALARMS = """\
import signal, torch
class Timeout(Exception): pass
def handler(number, frame): raise Timeout
signal.signal(signal.SIGALRM, handler)
net = torch.nn.Sequential(
    *[m for _ in range(8) for m in (torch.nn.Linear(8, 8), torch.nn.ReLU())], torch.nn.Linear(8, 1)
)
optimizer = torch.optim.Adam(net.parameters(), 1e-3)
def step():
    loss = net(torch.randn(4, 8)).square().mean()
    with torch.no_grad():
        net(torch.randn(4, 8))
    optimizer.zero_grad(); loss.backward(); optimizer.step()
step()  # what torch imports then swallows exceptions
caught = 0
for attempt in range(30):
    signal.setitimer(signal.ITIMER_REAL, 0.004 + 0.0017 * attempt)
    try:
        while True:
            step()
    except Timeout:
        caught += 1
        torch.set_grad_enabled(True)  # torch's own no_grad may be left half entered
print(caught)
"""


@pytest.mark.parametrize("how", [[], ["--every", "1"]])
def test_a_training_with_a_time_limit(tmp_path: Path, how: list[str]) -> None:
    (tmp_path / "train.py").write_text(ALARMS)
    done = subprocess.run(
        [sys.executable, "-m", "halfwave", "check", "--quiet", *how, "train.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("30\n", 0), done.stderr
