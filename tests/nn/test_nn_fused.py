"""Blocks, and the forward and backward passes written by hand."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from nn_samples import RECORDS  # noqa: E402

import halfwave as hw  # noqa: E402
from halfwave.nn._calls import BLOCK  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def layouts(rows: int, columns: int) -> dict[str, torch.Tensor]:
    wide = torch.randn(rows, 2 * columns, generator=torch.Generator().manual_seed(0))
    return {
        "contiguous": wide[:, :columns].contiguous(),
        "transposed": wide[:, :columns].contiguous().T,
        "strided": wide[:, ::2],
        "expanded": wide[:, :1].expand(rows, columns),
        "channels last": wide.reshape(2, -1, 5, 4).to(memory_format=torch.channels_last),
    }


@pytest.mark.parametrize("layout", layouts(10, 4))
@pytest.mark.parametrize("name", ["bent_identity", "star_relu"])
def test_blocks_are_the_whole(name: str, layout: str) -> None:
    x = layouts(250, 1000)[layout]
    assert x.numel() > 3 * BLOCK * torch.get_num_threads()
    module = hw.nn.module_for(name)()
    values = dict(module.named_parameters())
    a, b = x.clone().requires_grad_(), x.clone().requires_grad_()
    g = torch.randn(x.shape)
    y, expected = module(a), RECORDS[name](b, **{k: v[0] for k, v in values.items()})
    assert torch.equal(y, expected)
    assert y.stride() == expected.stride()
    inputs = list(values.values())
    got = torch.autograd.grad(y, [a, *inputs], g)
    want = torch.autograd.grad(expected, [b, *inputs], g)
    assert torch.equal(got[0], want[0])
    for one, other in zip(got[1:], want[1:], strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-4)


def test_blocks_share_channels() -> None:
    x = torch.randn(64, 6, 700)
    module = hw.nn.SReLU(6)
    y = module(x)
    expected = torch.stack([hw.srelu(x[:, c]) for c in range(6)], 1)
    torch.testing.assert_close(y, expected)
    y.square().sum().backward()
    whole = {k: v.grad for k, v in module.named_parameters()}
    module.zero_grad()
    for part in x.split(1):  # too small for blocks
        module(part).square().sum().backward()
    for name, value in module.named_parameters():
        torch.testing.assert_close(value.grad, whole[name], rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("make", [hw.nn.BentIdentity, hw.nn.StarReLU], ids=lambda m: m.__name__)
def test_blocks_differentiate_twice_and_leave_transforms_alone(make: type[torch.nn.Module]) -> None:
    module = make().double()
    x = torch.linspace(-3, 3, 3 * BLOCK + 7, dtype=torch.float64)[:, None].requires_grad_()
    few = x.detach()[:: BLOCK // 2].clone().requires_grad_()

    def second(x: torch.Tensor) -> torch.Tensor:
        (slope,) = torch.autograd.grad(module(x).sum(), x, create_graph=True)
        return torch.autograd.grad(slope.square().sum(), x)[0]

    torch.testing.assert_close(second(x)[:: BLOCK // 2], second(few))
    module.requires_grad_(False)
    x = x.detach()
    y, slope = torch.func.jvp(module, (x,), (torch.ones_like(x),))
    torch.testing.assert_close(y, module(x))
    torch.testing.assert_close(torch.func.vmap(module)(x), y)
    torch.testing.assert_close(torch.func.grad(lambda x: module(x).sum())(x), slope)
    if list(module.parameters()):
        return  # a record with a tensor as a parameter takes torch.func.jvp alone
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(x, torch.ones_like(x))
        pushed = torch.autograd.forward_ad.unpack_dual(module(dual)).tangent
    torch.testing.assert_close(pushed, slope)


def test_a_gradient_for_the_parameter_alone() -> None:
    module, x = hw.nn.StarReLU(), torch.randn(5 * BLOCK)
    module.bias.requires_grad_(False)
    module(x).sum().backward()
    torch.testing.assert_close(
        module.scale.grad, x.relu().square().sum().reshape(1), rtol=1e-4, atol=0
    )
    assert module.bias.grad is None


def kept(module: torch.nn.Module, x: torch.Tensor) -> tuple[torch.Tensor, set[int]]:
    """The output, and the addresses of what is kept for the backward pass."""
    found: set[int] = set()

    def pack(t: torch.Tensor) -> torch.Tensor:
        found.add(t.untyped_storage().data_ptr())
        return t

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        y = module(x)
    return y, found


def test_squared_relu_keeps_its_output_alone() -> None:
    x = torch.randn(100, requires_grad=True)
    y, found = kept(hw.nn.SquaredReLU(), x)
    assert found == {y.untyped_storage().data_ptr()}
    special = torch.tensor([0.0, -0.0, -3.0, 3.0, float("inf"), float("-inf"), float("nan"), 1e-30])
    x = special.requires_grad_()
    y = hw.nn.SquaredReLU()(x)
    torch.testing.assert_close(y, hw.squared_relu(x.detach()), equal_nan=True)
    (slope,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    assert torch.equal(
        slope[:7].nan_to_num(9), torch.tensor([0, 0, 0, 6.0, torch.inf, 0, 9]).nan_to_num(9)
    )
    (bend,) = torch.autograd.grad(slope[:4].sum(), x)
    torch.testing.assert_close(bend[:4], torch.tensor([0.0, 0.0, 0.0, 2.0]))
    lost = torch.tensor([1e-30], requires_grad=True)
    hw.nn.SquaredReLU(accurate=True)(lost).backward()
    torch.testing.assert_close(lost.grad, torch.tensor([2e-30]))


def test_maxout_and_gates_keep_little() -> None:
    x = torch.randn(8, 12, requires_grad=True)
    storages = []

    def pack(t: torch.Tensor) -> torch.Tensor:
        storages.append((t.untyped_storage().data_ptr(), t.dtype))
        return t

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        hw.nn.Maxout(3)(x)
    assert [dtype for _, dtype in storages] == [torch.uint8]
    for made in (hw.nn.SwiGLU, hw.nn.GEGLU, hw.nn.ReGLU, hw.nn.SeGLU, hw.nn.BilinearGLU):
        _, found = kept(made(), x)
        assert found == {x.untyped_storage().data_ptr()}


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_maxout_among_equals_and_nan(size: int) -> None:
    x = torch.randint(0, 3, (40, 12, 5)).double()
    x[0, 0, 0] = torch.nan
    a, b = x.clone().requires_grad_(), x.clone().requires_grad_()
    y, expected = hw.nn.Maxout(size, dim=1)(a), hw.maxout(b, size=size, axis=1)
    torch.testing.assert_close(y, expected, equal_nan=True)
    torch.testing.assert_close(hw.nn.Maxout(size, dim=1)(x), expected.detach(), equal_nan=True)
    g = torch.randn(y.shape, dtype=torch.float64)
    (one,), (other,) = torch.autograd.grad(y, a, g), torch.autograd.grad(expected, b, g)
    torch.testing.assert_close(one[1:], other[1:])


def test_wrong_shapes_are_named() -> None:
    with pytest.raises(ValueError, match="groups of 5 do not fit into axis 1, which has 12"):
        hw.nn.Maxout(5)(torch.ones(2, 12))
    with pytest.raises(ValueError, match="even axis"):
        hw.nn.SwiGLU()(torch.ones(2, 3))
    with pytest.raises(ValueError, match="dim=2 is outside"):
        hw.nn.SwiGLU(dim=2)(torch.ones(2, 4))


def test_gumbel_softmax_draws_in_training_alone() -> None:
    module = hw.nn.GumbelSoftmax(tau=0.5)
    x = torch.randn(4, 5)
    assert not torch.equal(module(x), module(x))
    assert torch.equal(module.eval()(x), torch.softmax(x / 0.5, -1))
    hard = hw.nn.GumbelSoftmax(hard=True).eval()(x.requires_grad_())
    assert torch.equal(hard.detach().max(-1).indices, x.max(-1).indices)
    torch.testing.assert_close(hard.sum(-1), torch.ones(4))
    (hard * torch.arange(5)).sum().backward()
    assert x.grad is not None
    assert bool(x.grad.abs().sum() > 0)
