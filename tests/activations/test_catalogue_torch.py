"""torch: autograd twice, compile, func transforms, layouts, devices and dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import halfwave as hw
from halfwave.activations import all_activations, get

torch = pytest.importorskip("torch")

# torch's own forward mode and compiler warn of torch.jit
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

ELEMENTWISE = [name for name, record in all_activations().items() if not record.mixes]
EVERY = list(all_activations())
TOGETHER = 12  # records in one compiled function: a compiler that starts anew takes longest


def smooth_points(name: str) -> torch.Tensor:
    """Points away from the kinks."""
    x = torch.linspace(-7.3, 7.1, 24, dtype=torch.float64)
    for kink in get(name).kinks_at():
        x = torch.where((x - kink.at).abs() < 0.05, x + 0.11, x)
    return x


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_value_and_gradient_are_numpys_to_the_bit_or_nearly(name: str) -> None:
    record, x = get(name), np.linspace(-30, 30, 601)
    t = torch.tensor(x, requires_grad=True)
    y = record(t)
    (slope,) = torch.autograd.grad(y.sum(), t)
    np.testing.assert_allclose(y.detach().numpy(), record(x), rtol=2e-15, atol=1e-18)
    np.testing.assert_allclose(slope.numpy(), record.derivative(x), rtol=4e-15, atol=2e-16)
    np.testing.assert_array_equal(record.derivative(t.detach()).numpy(), slope.numpy())


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_backward_twice(name: str) -> None:
    record, x = get(name), smooth_points(name).requires_grad_()
    assert torch.autograd.gradcheck(record, x, atol=1e-5)
    assert torch.autograd.gradgradcheck(record, x, atol=1e-5)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_second_derivative_is_finite_far_out(name: str) -> None:
    x = torch.tensor([-1e4, -800.0, -90.0, 90.0, 800.0, 1e4], dtype=torch.float64)
    x.requires_grad_()
    slope = get(name).derivative(x)
    if not slope.requires_grad:  # a piecewise linear function: its slope is constant
        return
    (bend,) = torch.autograd.grad(slope.sum(), x, allow_unused=True)
    # where the slope itself is past the largest number, so may its slope be, but not nan
    assert bend is None or bool((bend.isfinite() | (slope.isinf() & ~bend.isnan())).all())


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_func_transforms(name: str) -> None:
    record, x = get(name), smooth_points(name)
    expected = record.derivative(x)
    torch.testing.assert_close(torch.func.vmap(torch.func.grad(record))(x), expected)
    torch.testing.assert_close(torch.func.vmap(record)(x.reshape(4, 6)), record(x).reshape(4, 6))
    _, pushed = torch.func.jvp(record, (x,), (torch.ones_like(x),))
    torch.testing.assert_close(pushed, expected)


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_narrow_types_are_the_float32_result_rounded(name: str, dtype: torch.dtype) -> None:
    record = get(name)
    x = torch.arange(-(2**15), 2**15, dtype=torch.int32).to(torch.int16).view(dtype)
    x = x[~x.isnan()]
    for call in (record, record.derivative):
        got, expected = call(x), call(x.float()).to(dtype)
        assert got.dtype == dtype
        different = (got != expected) & ~(got.isnan() & expected.isnan())
        assert not different.any(), x[different][:5]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_layouts_special_values_and_kinds(name: str) -> None:
    record = get(name)
    special = [0.0, -0.0, float("inf"), -float("inf"), float("nan"), 1e-40, -3.4e38, 0.7]
    x = torch.tensor(special * 8)
    for call in (record, record.derivative):
        whole = call(x)
        strided = call(torch.stack([x, x], 1)[:, 0])
        for got in (strided, torch.stack([call(v) for v in x])):
            assert torch.equal(got.view(torch.int32), whole.view(torch.int32))
        assert call(torch.zeros(0, 3)).shape == (0, 3)
        meta = call(torch.empty(2, 3, device="meta", dtype=torch.float16))
        assert (meta.device.type, meta.dtype, meta.shape) == ("meta", torch.float16, (2, 3))
    channels = torch.randn(2, 3, 4, 4).to(memory_format=torch.channels_last)
    torch.testing.assert_close(record(channels), record(channels.contiguous()), rtol=0, atol=0)


def test_integers_and_what_is_refused() -> None:
    assert hw.sigmoid(torch.arange(3)).dtype == torch.get_default_dtype()
    for wrong in (torch.tensor([True]), torch.tensor([1j])):
        with pytest.raises(TypeError, match="relu takes real numbers"):
            hw.relu(wrong)
    with pytest.raises(TypeError, match="out= is for NumPy"):
        hw.relu(torch.zeros(1), out=torch.zeros(1))


@pytest.mark.filterwarnings("ignore")  # torch calls most of these beta
@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda x: x.to_sparse(), r"sparse_coo: use x\.to_dense"),
        (lambda x: x.to_sparse_csr(), r"sparse_csr: use x\.to_dense"),
        (lambda x: torch.quantize_per_tensor(x, 0.1, 0, torch.quint8), r"use x\.dequantize"),
        (lambda x: torch.nested.nested_tensor([x[0], x[1, :1]]), r"layout=torch\.jagged"),
    ],
    ids=["sparse", "csr", "quantised", "nested"],
)
def test_tensors_that_are_not_plain_memory(make: Any, advice: str) -> None:
    x = make(torch.eye(2))
    for call in (hw.relu, hw.gelu, hw.relu.derivative):
        with pytest.raises(TypeError, match=advice):
            call(x)


@pytest.mark.parametrize("name", ["relu", "gelu"])
def test_float8(name: str) -> None:
    x = torch.tensor([-1.5, 0.5, 3.0]).to(torch.float8_e4m3fn)
    for call in (get(name), get(name).derivative):
        assert call(x).dtype == x.dtype
        assert torch.equal(call(x).float(), call(x.float()).to(x.dtype).float())


def test_the_result_may_be_changed_in_place() -> None:
    x = torch.randn(4, requires_grad=True)
    y = hw.silu(x)
    y += 1
    y.sum().backward()
    torch.testing.assert_close(x.grad, hw.silu.derivative(x.detach()))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_autocast(dtype: torch.dtype) -> None:
    x = torch.randn(3, 4, requires_grad=True)
    with torch.autocast("cpu", dtype=dtype):
        y = hw.gelu(x @ torch.randn(4, 4))
    assert y.dtype == dtype
    y.sum().backward()
    assert x.grad.isfinite().all()


def test_a_tensor_parameter_gets_its_gradient() -> None:
    x = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    weight = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64, requires_grad=True)

    def f(a: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        return hw.prelu(a, weight=w)

    assert torch.autograd.gradcheck(f, (x, weight))
    assert torch.autograd.gradgradcheck(f, (x, weight))
    mine = torch.autograd.grad(f(x, weight).sum(), weight)[0]
    theirs = torch.autograd.grad(torch.nn.functional.prelu(x, weight).sum(), weight)[0]
    torch.testing.assert_close(mine, theirs)
    detached = x.detach()
    by_func = torch.func.grad(lambda w: f(detached, w).sum())(weight.detach())
    torch.testing.assert_close(by_func, theirs)


@pytest.mark.parametrize("name", ["glu", "softmax"])
def test_func_transforms_of_mixing(name: str) -> None:
    record, x = get(name), torch.randn(2, 4, dtype=torch.float64)
    jacobian = torch.func.jacrev(record)(x[0])
    torch.testing.assert_close(torch.func.jacfwd(record)(x[0]), jacobian)
    torch.testing.assert_close(torch.func.vmap(record)(x), record(x))


@pytest.mark.parametrize("names", [["relu", "gelu", "elu"], ["silu", "leaky_relu", "softmax"]])
def test_compiles_without_a_graph_break(names: list[str]) -> None:
    records = [get(name) for name in names]

    def f(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        for record in records:
            x = record(x) + hw.relu.derivative(x, at_kink=0.5)
        return hw.prelu(x, weight=weight).sum()

    compiled = torch.compile(f, fullgraph=True, backend="aot_eager")
    x, weight = torch.randn(3, 4, requires_grad=True), torch.rand(4, requires_grad=True)
    wanted = torch.autograd.grad(f(x, weight), (x, weight))
    got = torch.autograd.grad(compiled(x, weight), (x, weight))
    torch.testing.assert_close(got, wanted)


@pytest.mark.parametrize("start", range(0, len(EVERY), TOGETHER))
def test_every_record_traces_without_a_graph_break(start: int) -> None:
    torch.compiler.reset()
    records = [get(name) for name in EVERY[start : start + TOGETHER]]
    x = torch.randn(2, 4, requires_grad=True)

    def all_of_them(x: torch.Tensor) -> list[torch.Tensor]:
        return [record(x) for record in records]

    compiled = torch.compile(all_of_them, fullgraph=True, backend="eager")
    for record, y in zip(records, compiled(x), strict=True):
        torch.testing.assert_close(y, record(x), msg=record.name)
        (got,) = torch.autograd.grad(y.sum(), x)
        wanted = record.vjp(x.detach(), torch.ones_like(y))
        torch.testing.assert_close(got, wanted, msg=record.name)


@pytest.mark.parametrize("how", ["plain", "no_grad", "inference_mode", "derivative", "func.grad"])
def test_compiles_where_nothing_asks_for_a_gradient(how: str) -> None:
    torch.compiler.reset()
    x, weight = torch.tensor([-30.0, -1.0, 0.0, 2.0]), torch.rand(4)
    calls = {"derivative": hw.silu.derivative, "func.grad": torch.func.grad(lambda a: f(a).sum())}

    def f(a: torch.Tensor) -> torch.Tensor:
        return hw.prelu(hw.gelu(a), weight=weight)

    with getattr(torch, how, torch.enable_grad)():
        call = calls.get(how, f)
        got = torch.compile(call, fullgraph=True, backend="aot_eager")(x)
        torch.testing.assert_close(got, call(x))


@pytest.mark.slow
def test_compiles_with_the_default_backend() -> None:
    torch.compiler.reset()
    x = torch.randn(3, 4, requires_grad=True)
    compiled = torch.compile(hw.gelu.__call__, fullgraph=True)
    y = compiled(x)
    torch.testing.assert_close(y, hw.gelu(x), rtol=1e-6, atol=0)
    (got,) = torch.autograd.grad(y.sum(), x)
    torch.testing.assert_close(got, hw.gelu.derivative(x.detach()), rtol=1e-6, atol=1e-7)


def test_where_torchs_own_functions_agree() -> None:
    """The same function as torch's, within its own error."""
    x = torch.linspace(-5, 5, 1001, dtype=torch.float64)
    for name, record in all_activations().items():
        path = record.elsewhere.functional
        parameters = {k: v for k, v in record.defaults.items() if k != "noise"}
        if not path or name in {"gumbel_softmax", "rrelu", "gelu_tanh"}:
            continue
        theirs = torch
        for part in path.split(".")[1:]:
            theirs = getattr(theirs, part)
        if record.mixes:
            got, wanted = record(x[:1000]), theirs(x[:1000], dim=-1)
        elif name == "prelu":
            got, wanted = record(x), theirs(x, torch.tensor([0.25], dtype=x.dtype))
        else:
            got, wanted = record(x), theirs(x, **parameters)
        torch.testing.assert_close(got, wanted, rtol=1e-6, atol=1e-12, msg=name)
