"""A tally's figures are those of the looks, whatever the tensor; what it cannot read it says."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from implementations import IMPLEMENTATIONS, INF, implementation, plain

from halfwave.kernels import DONE, FULL, NOT_HERE, Tally
from halfwave.observe.layout import layout_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

pytestmark = pytest.mark.skipif(
    not Tally.is_supported(), reason="no native core here, or a torch that does not tell"
)

CLOSED = ((-INF, -1.0), (0.25, 0.5))
SHAPES = [
    ((13, 70), -1),
    ((13, 70), -2),
    ((4, 9, 33), -1),
    ((4, 9, 33), -2),
    ((5, 6, 3, 4), -3),
    ((2, 3, 17, 4), -2),
    ((7, 3, 5), -3),
    ((300,), -1),
]


@pytest.fixture(params=[name for name in IMPLEMENTATIONS if name != "torch"])
def _in_every_set(request: pytest.FixtureRequest) -> Iterator[Any]:
    yield from implementation(request.param)


def _views(shape: tuple[int, ...], dtype: torch.dtype) -> Iterator[Tensor]:
    torch.manual_seed(len(shape))
    values = torch.randn(shape).mul_(2).to(dtype)
    yield values
    yield torch.stack([values, values], -1)[..., 0]  # every second element of its memory
    if values.dim() == 4:
        yield values.to(memory_format=torch.channels_last)
    odd = values.clone()
    odd.view(-1)[0], odd.view(-1)[-1] = float("nan"), INF
    yield odd


@pytest.mark.usefixtures("_in_every_set")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
@pytest.mark.parametrize(("shape", "axis"), SHAPES)
def test_as_plain_numpy(shape: tuple[int, ...], axis: int, dtype: torch.dtype) -> None:
    layout = layout_of(shape, axis)
    unit_dim, sample_dim = layout.dims
    for values in _views(shape, dtype):
        tally = Tally(layout.units, axis, CLOSED)
        out = values.tanh()
        if tally.before(values) == NOT_HERE:  # the caller copies what lies oddly
            values = values.contiguous()  # noqa: PLW2901
            assert tally.before(values) == DONE
        if tally.after(out, 7) == NOT_HERE:
            assert tally.after(out.contiguous(), 7) == DONE
        wanted = plain.output_statistics(layout.view(out), unit_dim)
        opened = plain.open_statistics(layout.view(values), unit_dim, CLOSED, sample_dim)
        np.testing.assert_allclose(tally.output[:5], wanted[:5], rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(tally.output[5], wanted[5], rtol=1e-6)
        np.testing.assert_array_equal(tally.open, opened)
        assert tally.steps.inputs[0] == layout.inputs
        assert tally.steps.closed_units[0] == (opened[0] == 0).sum()


@pytest.mark.usefixtures("_in_every_set")
@pytest.mark.parametrize(("shape", "axis"), SHAPES)
def test_a_rectifier_and_its_gradient(shape: tuple[int, ...], axis: int) -> None:
    layout = layout_of(shape, axis)
    unit_dim, sample_dim = layout.dims
    given, gradient = torch.randn(shape), torch.randn(shape).relu()
    tally = Tally(layout.units, axis, ())
    for step in (3, 3, 4):
        assert tally.rectified(given.clone().requires_grad_().relu(), step) == DONE
    assert tally.gradient(gradient, 3, 4.0) == DONE
    assert tally.gradient(gradient, 2, 1.0) == DONE  # of a step that was not seen
    steps = tally.steps
    out = plain.output_statistics(layout.view(given.relu()), unit_dim)
    opened = plain.open_statistics(layout.view(given), unit_dim, ((-INF, 0.0),), sample_dim)
    grad = plain.gradient_statistics(layout.view(gradient), unit_dim)
    assert steps.step.tolist() == [3, 4]
    assert steps.inputs.tolist() == [2 * layout.inputs, layout.inputs]
    np.testing.assert_allclose(tally.output[:5], 3 * out[:5], rtol=1e-6)
    np.testing.assert_allclose(steps.output[:, :5], np.outer((2, 1), out[:5].sum(1)), rtol=1e-6)
    np.testing.assert_allclose(steps.output[:, 5], out[5].max(), rtol=1e-6)
    np.testing.assert_array_equal(tally.opened, np.outer((2, 1), opened[0]))
    np.testing.assert_allclose(tally.grad, grad / [[4], [1]], rtol=1e-6)
    np.testing.assert_allclose(steps.grad[0], (grad / [[4], [1]]).sum(1), rtol=1e-6)
    assert steps.grad_elements.tolist() == [given.numel(), 0]
    ever = opened[0] > 0
    first, last, inputs = tally.times
    assert set(first[ever]) <= {3}
    assert set(last[ever]) <= {4}
    assert set(inputs[ever]) <= {3 * layout.inputs}
    assert set(first[~ever]) <= {-1}


@pytest.mark.usefixtures("_in_every_set")
@pytest.mark.parametrize(("shape", "axis"), SHAPES)
def test_a_rectifier_of_what_is_not_finite(shape: tuple[int, ...], axis: int) -> None:
    layout = layout_of(shape, axis)
    unit_dim, sample_dim = layout.dims
    tally, outputs = Tally(layout.units, axis, ()), []
    for step in range(3):
        out = torch.randn(shape).relu()
        if step != 1:
            out.view(-1)[step::7] = float("nan")
            out.view(-1)[-1 - step] = INF
        assert tally.rectified(out, step) == DONE
        assert tally.end() == step + 1  # asked for in between, it goes on all the same
        outputs.append(out)
    wanted = [plain.output_statistics(layout.view(out), unit_dim) for out in outputs]
    opened = [
        plain.open_statistics(layout.view(out), unit_dim, ((-INF, 0.0),), sample_dim)
        for out in outputs
    ]
    np.testing.assert_allclose(tally.output[:5], sum(wanted)[:5], rtol=1e-6)
    np.testing.assert_allclose(tally.output[5], np.max(wanted, 0)[5], rtol=1e-6)
    np.testing.assert_array_equal(tally.open, sum(opened))
    np.testing.assert_allclose(
        tally.steps.output[:, :5], [one[:5].sum(1) for one in wanted], rtol=1e-6
    )
    np.testing.assert_array_equal(tally.steps.open, [one.sum(1) for one in opened])


def test_when_units_were_open() -> None:
    tally = Tally(3, -1, ())
    for step, row in enumerate(([1.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 1.0, 0.0], [0.0] * 3)):
        tally.rectified(torch.tensor([row, row]), 10 + step)
    assert tally.end() == 4
    assert tally.times.tolist() == [[10, 11, -1], [10, 12, -1], [2, 6, -1]]
    assert tally.steps.closed_units.tolist() == [2, 2, 2, 3]
    tally.clear()
    assert tally.end() == 0
    assert not tally.output.any()
    assert (tally.times == -1).all()


def test_it_is_full() -> None:
    tally, x = Tally(2, -1, ((-INF, 0.0),), steps=2), torch.ones(1, 2)
    assert [tally.rectified(x, step) for step in (1, 2, 2, 3)] == [DONE, DONE, DONE, FULL]
    assert tally.before(x) == DONE
    assert tally.after(x, 3) == FULL
    tally.clear()
    assert tally.after(x, 3) == DONE  # what was seen before it has not been lost
    assert tally.opened.tolist() == [[1, 1]]
    assert tally.rectified(x, 3) == FULL  # another kind of activation


def test_a_gated_activation_halves_its_units() -> None:
    tally, x = Tally(2, -1, ()), torch.ones(3, 4)
    assert tally.before(x) == NOT_HERE
    assert tally.after(torch.nn.functional.glu(x), 1) == DONE
    assert not tally.open.any()
    assert tally.before(torch.ones(5, 2)) == DONE
    assert tally.after(torch.ones(3, 2), 1) == DONE  # of other samples: nothing is known
    assert not tally.open.any()


def test_a_look_keeps_the_memory_that_it_writes_to() -> None:
    tally = Tally(7, -1, ())
    memory = weakref.ref(tally._totals)
    look = tally.rectified
    del tally
    gc.collect()
    assert memory() is not None
    assert look(torch.ones(2, 7), 1) == DONE
    del look
    assert memory() is None


class _Subclass(torch.Tensor):
    pass


ODD = {
    "on no device": lambda: torch.empty(3, 4, device="meta"),
    "of integers": lambda: torch.ones(3, 4, dtype=torch.int32),
    "of complex numbers": lambda: torch.ones(3, 4, dtype=torch.complex64),
    "sparse": lambda: torch.eye(4).to_sparse(),
    "nested": lambda: torch.nested.nested_tensor([torch.ones(2, 4), torch.ones(1, 4)]),
    "empty": lambda: torch.ones(0, 4),
    "of another width": lambda: torch.ones(3, 5),
    "scalar": lambda: torch.tensor(1.0),
    "a subclass": lambda: torch.ones(3, 4).as_subclass(_Subclass),
    "quantized": lambda: torch.quantize_per_tensor(torch.ones(3, 4), 0.1, 0, torch.qint8),
    "with signs to be turned": lambda: torch.ones(3, 4, dtype=torch.complex64).conj().imag,
    "no tensor": lambda: [1.0],
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ODD)
def test_what_cannot_be_read(kind: str) -> None:
    tally, odd = Tally(4, -1, ((-INF, 0.0),)), ODD[kind]()
    assert tally.rectified(odd, 1) == NOT_HERE
    assert tally.after(odd, 1) == NOT_HERE
    assert tally.before(odd) == NOT_HERE
    assert tally.end() == 0
    assert tally.rectified(torch.ones(3, 4), 1) == DONE
    assert tally.gradient(odd, 1, 1.0) == NOT_HERE
    assert tally.steps.grad_elements.tolist() == [0]


def test_two_threads_at_one_tally() -> None:
    tally, failed = Tally(64, -1, (), steps=4), list[BaseException]()
    large, small = torch.rand(1 << 14, 64), torch.rand(3, 64)

    def look(values: Tensor) -> None:
        try:
            for step in range(300):
                if tally.rectified(values, step) == FULL:
                    tally.clear()
                tally.gradient(values, step, 1.0)
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=look, args=(values,)) for values in (large, small, large)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert tally.end() <= 4
