"""A tally's hooks look at gradients, leave what they cannot look at, and change nothing."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

import halfwave
from halfwave import kernels
from halfwave.kernels import Tally
from halfwave.observe.figures import SiteFigures
from halfwave.observe.private import function_modes, interpreters

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(
    not Tally.is_supported(), reason="no native core here, or a torch that does not tell"
)


class _Hooked:
    """A graph ``relu(x) · slope`` with a hook at the ReLU."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.x = torch.randn(8, 5, requires_grad=True)
        self.slope = torch.randn(8, 5)
        self.tally = Tally(5, -1, kernels.RECTIFIED)
        self.run: Any = kernels.gradients(function_modes, interpreters)
        self.left: list[tuple[Tensor, int]] = []

    def backward(self, otherwise: Callable[[Tensor, int], Any] | None = None) -> Tensor:
        out = self.x.relu()
        assert self.tally.rectified(out.detach(), 3) == kernels.DONE
        otherwise = otherwise or (lambda gradient, step: self.left.append((gradient, step)))
        node: Any = out.grad_fn
        node.register_prehook(self.tally.hook(self.run, otherwise, 3, 0))
        (gradient,) = torch.autograd.grad((out * self.slope).sum(), self.x)
        return gradient

    @property
    def expected(self) -> Tensor:
        return self.slope * (self.x.detach() > 0)


def test_it_looks_and_changes_nothing() -> None:
    hooked = _Hooked()
    assert torch.equal(hooked.backward(), hooked.expected)
    hooked.tally.end()
    squares = hooked.slope.double().pow(2).sum(0).numpy()
    np.testing.assert_allclose(hooked.tally.grad[0], squares)
    assert not hooked.left
    assert hooked.run.seconds > 0


class _Mode(TorchFunctionMode):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.seen.append(getattr(func, "__name__", str(func)))
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("why", ["scaled", "retired", "mode", "float8"])
def test_what_it_leaves(why: str) -> None:
    hooked = _Hooked()
    if why == "scaled":
        hooked.run.plain = False
    if why == "retired":
        hooked.tally.retire()
    if why == "float8":  # an unusual tensor: as its own hook is called with one
        hook = hooked.tally.hook(hooked.run, lambda *told: hooked.left.append(told), 3, 0)
        hooked.tally.rectified(torch.ones(8, 5), 3)
        assert hook((torch.ones(8, 5).to(torch.float8_e5m2),)) is None
    elif why == "mode":
        hook = hooked.tally.hook(hooked.run, lambda *told: hooked.left.append(told), 3, 0)
        gradients = (torch.ones(8, 5),)
        with _Mode() as mode:
            assert hook(gradients) is None
        assert not mode.seen
    else:
        assert torch.equal(hooked.backward(), hooked.expected)
    hooked.tally.end()
    assert not hooked.tally.grad.any()
    assert [step for _, step in hooked.left] == [3]


def test_a_transform_is_not_looked_into() -> None:
    hooked = _Hooked()
    hook = hooked.tally.hook(hooked.run, lambda *told: hooked.left.append(told), 3, 0)

    def under(row: Tensor) -> Tensor:
        hook((row,))
        return row

    torch.func.vmap(under)(torch.ones(8, 5))
    assert len(hooked.left) == 1


@pytest.mark.parametrize(("told", "left"), [((), 0), ((None,), 0), (None, 0), (("no tensor",), 1)])
def test_odd_calls(told: Any, left: int) -> None:
    hooked = _Hooked()
    hooked.tally.rectified(torch.ones(8, 5), 3)
    hook = hooked.tally.hook(hooked.run, lambda *told: hooked.left.append(told), 3, 0)
    assert hook(told) is None
    assert len(hooked.left) == left
    assert not hooked.tally.grad.any()


@pytest.mark.parametrize("error", [RecursionError, MemoryError])
def test_where_python_has_run_out_of_something_it_stays_inside(error: type[Exception]) -> None:
    hooked = _Hooked()
    hooked.run.plain = False

    def fails(_gradient: Tensor, _step: int) -> None:
        raise error

    assert torch.equal(hooked.backward(fails), hooked.expected)


def test_what_the_program_raises_reaches_it() -> None:
    hooked = _Hooked()
    hooked.run.plain = False

    def passes_on(_gradient: Tensor, _step: int) -> None:
        raise TimeoutError("of the program's")

    with pytest.raises(TimeoutError, match="of the program's"):
        hooked.backward(passes_on)


def test_hooks_are_made_of_what_belongs_together() -> None:
    hooked = _Hooked()
    with pytest.raises((TypeError, ValueError)):
        hooked.tally.hook(None, print, 3, 0)
    with pytest.raises((TypeError, ValueError)):
        hooked.tally.hook(hooked.run, print, 3, -1)


def test_nothing_of_a_run_is_kept_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[weakref.ref[SiteFigures]] = []
    init = SiteFigures.__init__

    def noted(figures: SiteFigures, *args: Any, **kwargs: Any) -> None:
        made.append(weakref.ref(figures))
        init(figures, *args, **kwargs)

    monkeypatch.setattr(SiteFigures, "__init__", noted)
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    run = halfwave.watch(every=1)
    with run:
        for _ in range(20):
            optimizer.zero_grad()
            net(torch.ones(2, 3)).sum().backward()
            optimizer.step()
    figures = made[0]()
    assert figures is not None
    assert figures.later is not None  # its hooks were the native ones
    del run, figures
    gc.collect()
    assert [one() for one in made] == [None]
