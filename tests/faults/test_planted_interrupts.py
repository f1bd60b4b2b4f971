"""A signal whose handler raises comes in any function of ours: the program gets its exception."""

from __future__ import annotations

import contextlib
import io
import signal

import pytest
import torch
from planting import Call, called, with_interrupt
from programs_to_break import PROGRAMS, fingerprint_of

import halfwave
from halfwave.observe.private import mode_stack, pop_mode

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="no such signal here")


class OutOfTimeError(RuntimeError):
    """The program's own, of a kind that torch raises too."""


_NOT_CALLED = "it was not called"
#: What handlers raise, in turn: what is built in, and what is not.
_RAISED = (OutOfTimeError, TimeoutError)


@pytest.fixture(autouse=True)
def _alarm():
    turns = iter(range(10_000))

    def out_of_time(number, frame):
        raise _RAISED[next(turns) % 2]

    before = signal.signal(signal.SIGALRM, out_of_time)
    yield
    signal.signal(signal.SIGALRM, before)


def _watched(name):
    run = halfwave.watch(every=1)

    def program() -> None:
        run.start()
        fingerprint_of(name)
        run.stop()

    return run, program


def _targets(name: str) -> list[Call]:
    for _ in range(2):  # the first fills caches, which are not filled again
        calls, _ = called(_watched(name)[1])
    return sorted(call for call in calls if "<locals>.<" not in call[2])


def _complaints(name: str, target: Call) -> list[str]:
    """What is not as it should be; that the function was not called again is told, too."""
    said = io.StringIO()
    run, program = _watched(name)
    wrong = ["it did not reach the program"]
    with contextlib.redirect_stderr(said):
        try:
            if not with_interrupt(program, target):
                wrong = [_NOT_CALLED]
        except _RAISED:
            wrong = []
        except BaseException as error:  # noqa: BLE001 - whatever it is
            wrong = [f"another error reached the program: {error!r}"]
        finally:
            torch.set_grad_enabled(True)  # torch's own `no_grad` may be left half entered
            run.stop()
    if len(lines := said.getvalue().splitlines()) > 1:
        wrong.append(f"said {lines}")
    while mode_stack():
        pop_mode()
        wrong.append("a mode is left")
    return wrong


@pytest.mark.parametrize("part", range(2))
@pytest.mark.parametrize("name", PROGRAMS)
def test_it_reaches_the_program_wherever_it_comes(name, part):
    first = next(iter(PROGRAMS))
    seen = [] if name == first else _targets(first)
    targets = [target for target in _targets(name) if target not in seen]
    assert len(targets) > (200 if name == first else 5)
    found = {target: _complaints(name, target) for target in targets[part::2]}
    missed = [target for target, complaints in found.items() if complaints == [_NOT_CALLED]]
    assert len(missed) < len(found) / 10
    wrong = [f"{at}: {told}" for at, told in found.items() if told and at not in missed]
    assert not wrong, "\n".join(wrong)
