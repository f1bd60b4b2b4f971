"""Calls pass the native core's gate as they pass the one in Python."""

from __future__ import annotations

import gc
import threading
import warnings
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from torch.overrides import handle_torch_function

from halfwave.kernels import core
from halfwave.observe import mode as mode_module
from halfwave.observe.mode import WatchMode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

X = torch.tensor([-1.0, 2.0])


class Seen:
    """A handler that takes note of calls and makes them."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def __call__(self, run: Any, func: Any, args: Any, kwargs: Any) -> Any:
        self.calls.append((func, args, dict(kwargs)))
        return run(func, args, kwargs)


@pytest.fixture(name="on", params=["native", "python"])
def _on(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Put a mode on, with handlers; off again after the test."""
    if request.param == "python":
        monkeypatch.setattr(mode_module, "core", lambda: None)
    elif core() is None:
        pytest.skip("there is no native core")
    made: weakref.WeakSet[WatchMode] = weakref.WeakSet()

    def put_on(handlers: dict[Any, Any], fail: Callable[[Exception], None] | None = None) -> Any:
        mode = WatchMode(handlers, fail)
        assert ("__torch_function__" in vars(mode)) == (request.param == "native")
        mode.put_on()
        made.add(mode)
        return mode

    yield put_on
    for mode in made:
        mode.take_off()


def test_what_matters_is_handled_and_the_rest_passes(on: Any) -> None:
    seen = Seen()
    mode = on({torch.relu: seen, F.relu: seen, torch.add: seen, torch.Tensor.sum: seen})
    assert torch.relu(X).tolist() == [0.0, 2.0]
    assert torch.add(X, X, alpha=2).tolist() == [-3.0, 6.0]
    assert F.relu(X, inplace=False).tolist() == [0.0, 2.0]
    assert float(X.sum()) == 1.0
    assert torch.mul(X, 2).tolist() == [-2.0, 4.0]
    assert F.leaky_relu(X).tolist() == pytest.approx([-0.01, 2.0])
    assert [call[0] for call in seen.calls] == [torch.relu, torch.add, F.relu, torch.Tensor.sum]
    assert [call[2] for call in seen.calls] == [{}, {"alpha": 2}, {"inplace": False}, {}]
    assert mode.gate.calls >= 6
    calls, mode.gate.passive = len(seen.calls), True
    torch.relu(X)
    assert len(seen.calls) == calls


def test_other_threads_pass(on: Any) -> None:
    seen = Seen()
    mode = on({torch.relu: seen})

    def elsewhere() -> None:
        mode.put_on()
        torch.relu(X)
        mode.take_off()

    for watched, calls in ((mode.gate.thread, 0), (None, 1)):
        mode.gate.thread = watched
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        assert len(seen.calls) == calls


def test_what_the_program_has_put_in_the_place_of_a_function_runs_once(
    on: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[int] = []
    original, seen = F.relu, Seen()

    def mine(x: torch.Tensor) -> torch.Tensor:
        runs.append(1)
        return original(x)

    monkeypatch.setattr(F, "relu", mine)
    on({original: seen})
    assert F.relu(X).tolist() == [0.0, 2.0]
    assert runs == [1]
    assert len(seen.calls) == 1


def _warned(call: Callable[[], Any]) -> list[tuple[str, int, str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [(each.filename, each.lineno, str(each.message)) for each in caught]


@pytest.mark.parametrize("is_handled", [False, True])
def test_warnings_name_the_line_of_the_program(on: Any, *, is_handled: bool) -> None:
    def call() -> None:
        F.softmax(X)  # of which dimension: a warning of Python's
        torch.range(0, 2)  # deprecated: a warning of torch's core

    plain = _warned(call)
    assert len(plain) == 2
    assert {file for file, _, _ in plain} == {__file__}
    on(dict.fromkeys((F.softmax, torch.range), Seen()) if is_handled else {})
    assert _warned(call) == plain


def test_errors_are_those_of_torch_and_of_the_handler(on: Any) -> None:
    def fails(*_: Any) -> None:
        raise KeyError("mine")

    on({torch.relu: fails})
    with pytest.raises(KeyError, match="mine"):
        torch.relu(X)
    with pytest.raises(RuntimeError, match="must match the size"):
        torch.add(X, torch.ones(3))
    with pytest.raises(TypeError, match="alpha"):
        torch.mul(X, X, alpha=1)  # pyright: ignore[reportCallIssue]


def test_what_cannot_be_looked_up_is_told_and_passes(on: Any) -> None:
    class Odd:
        __hash__ = None  # type: ignore[assignment]

        def __call__(self, x: torch.Tensor) -> torch.Tensor:
            return x + 1

    failed: list[Exception] = []
    mode = on({}, failed.append)
    assert handle_torch_function(Odd(), (X,), X).tolist() == [0.0, 3.0]
    assert [type(error) for error in failed] == [TypeError]
    assert mode.present


def test_code_without_end_is_not_kept(on: Any) -> None:
    seen = Seen()
    on({F.relu: seen})
    codes: list[weakref.ref[Any]] = []
    for _ in range(10_050):
        code = compile("y = F.relu(X)", "<made>", "exec")
        codes.append(weakref.ref(code))
        exec(code, {"F": F, "X": X})  # noqa: S102 – ours
    assert len(seen.calls) == len(codes)
    del code
    gc.collect()
    assert sum(each() is not None for each in codes) <= 10_000


def test_a_mode_that_holds_itself_is_collected(on: Any) -> None:
    class Handlers(dict[Any, Any]):
        """One that can be referred to weakly."""

    handlers = Handlers()
    mode = on(handlers)
    handlers[torch.relu] = partial(lambda mode, run, *call: run(*call), mode)
    F.relu(X)
    mode.take_off()
    gone = weakref.ref(handlers)
    del handlers, mode
    gc.collect()
    assert gone() is None
