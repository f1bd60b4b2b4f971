"""One table over all records: every activation has a module, and it computes the record."""

from __future__ import annotations

import copy
import inspect
import pickle

import pytest

torch = pytest.importorskip("torch")

from nn_samples import ARGUMENTS, EVERY, RECORDS, make, points  # noqa: E402

import halfwave as hw  # noqa: E402

# torch's own forward mode and compiler warn of torch.jit
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

LEARNT = [n for n in EVERY if any(p.learnable for p in RECORDS[n].parameters)]
#: what torch's own kernel does not have: accurate=True does
NOT_TWICE = {"hardsigmoid"}
NOT_VMAPPED = {"rrelu"}
#: one for each way in which a module is made
SAMPLES = [
    "gelu",
    "mish",
    "bent_identity",
    "star_relu",
    "squared_relu",
    "absolute",
    "swiglu",
    "maxout",
]
SAMPLES = [name for name in SAMPLES if name in RECORDS]


def accurate(name: str) -> torch.nn.Module:
    """The module that computes as the catalogue does; those without the option always do."""
    options = inspect.signature(hw.nn.module_for(name)).parameters
    wanted = {"accurate": True, "dtype": torch.float64}
    return make(name, **{key: value for key, value in wanted.items() if key in options})


@pytest.mark.parametrize("name", EVERY)
def test_is_a_class_of_the_room(name: str) -> None:
    made = hw.nn.module_for(name)
    assert made.__module__ == "halfwave.nn"
    assert getattr(hw.nn, made.__name__) is made
    assert made.__name__ in hw.nn.__all__
    assert made.__name__ in dir(hw.nn)
    assert made.record is RECORDS[name]
    twin = getattr(torch.nn, made.__name__, None)
    assert twin is None or issubclass(made, twin)  # torch's names mean what torch means
    assert RECORDS[name].summary in (made.__doc__ or "")
    assert inspect.signature(made).parameters.keys() >= ARGUMENTS.get(name, {}).keys()


@pytest.mark.parametrize("name", EVERY)
def test_value_and_gradient_are_the_records(name: str) -> None:
    record, module = RECORDS[name], accurate(name)
    x = points(record).requires_grad_()
    p = {k: v for k, v in module.record_parameters().items() if not hasattr(v, "grad")}
    y, expected = module(x), record(x.detach(), **p)
    torch.testing.assert_close(y, expected, rtol=1e-14, atol=0)
    g = torch.linspace(0.5, 1.5, y.numel(), dtype=torch.float64).reshape(y.shape)
    (slope,) = torch.autograd.grad(y, x, g)
    torch.testing.assert_close(slope, record.vjp(x.detach(), g, **p), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("name", EVERY)
def test_torchs_kernels_agree_with_the_record(name: str) -> None:
    record, module = RECORDS[name], make(name).double()
    x = points(record)
    torch.testing.assert_close(module(x), accurate(name)(x), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", EVERY)
def test_backward_twice(name: str) -> None:
    module = accurate(name) if name in NOT_TWICE else make(name).double()
    x = points(RECORDS[name]).requires_grad_()
    inputs = (x, *module.parameters())

    def call(x: torch.Tensor, *parameters: torch.Tensor) -> torch.Tensor:
        given = dict(zip(dict(module.named_parameters()), parameters, strict=True))
        return torch.func.functional_call(module, given, (x,))

    assert torch.autograd.gradcheck(call, inputs, atol=1e-5)
    assert torch.autograd.gradgradcheck(call, inputs, atol=1e-5)


@pytest.mark.parametrize("name", EVERY)
def test_vmap_and_grad(name: str) -> None:
    record = RECORDS[name]
    module = accurate(name) if name in NOT_VMAPPED else make(name).double()
    module.requires_grad_(False)
    x = points(record, (3, 2, 4))
    torch.testing.assert_close(torch.func.vmap(module)(x), torch.stack([module(s) for s in x]))

    def total(x: torch.Tensor) -> torch.Tensor:
        return (module(x) * torch.arange(1, 1 + module(x).numel()).reshape(module(x).shape)).sum()

    each = torch.func.vmap(torch.func.grad(total))(x)
    torch.testing.assert_close(each, torch.stack([torch.func.grad(total)(s) for s in x]))


@pytest.mark.parametrize("name", EVERY)
def test_state_pickle_copy_and_repr(name: str) -> None:
    module, x = make(name), points(RECORDS[name]).float()
    assert set(module.state_dict()) == {p.name for p in RECORDS[name].parameters if p.learnable}
    for twin in (pickle.loads(pickle.dumps(module)), copy.deepcopy(module)):  # noqa: S301 - our own bytes
        assert type(twin) is type(module)
        assert repr(twin) == repr(module)
        assert torch.equal(twin(x), module(x))
    assert repr(module).startswith(type(module).__name__ + "(")
    assert "\n" not in repr(module)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_keeps_dtype_and_meta_shape(name: str, dtype: torch.dtype) -> None:
    module, x = make(name).to(dtype), points(RECORDS[name]).to(dtype)
    y = module(x)
    assert y.dtype == dtype
    ghost = make(name).to(dtype).to("meta")(x.to("meta"))
    assert (ghost.shape, ghost.dtype) == (y.shape, dtype)


@pytest.mark.parametrize("name", EVERY)
def test_symbolic_trace(name: str) -> None:
    module, x = make(name), points(RECORDS[name]).float()
    traced = torch.fx.symbolic_trace(torch.nn.Sequential(module))
    assert torch.equal(traced(x), module(x))
    assert torch.equal(torch.fx.symbolic_trace(module)(x), module(x))


@pytest.mark.parametrize("name", LEARNT)
def test_learnt_parameters(name: str) -> None:
    made = hw.nn.module_for(name)
    module = made(3, dtype=torch.float64)
    shapes = {p.name: (1,) if p.one else (3,) for p in RECORDS[name].parameters if p.learnable}
    assert {key: tuple(p.shape) for key, p in module.named_parameters()} == shapes
    assert {p.dtype for p in module.parameters()} == {torch.float64}
    assert made(device="meta").to_empty(device="cpu") is not None
    x = points(RECORDS[name], (2, 3, 4))
    y = module(x)
    for channel in range(3):
        torch.testing.assert_close(y[:, channel], made(dtype=torch.float64)(x[:, channel]))
    y.square().sum().backward()
    assert all(p.grad is not None and p.grad.shape == p.shape for p in module.parameters())
    with torch.no_grad():
        before = {k: v.clone() for k, v in module.state_dict().items()}
        for p in module.parameters():
            p.add_(1.0)
    module.reset_parameters()
    torch.testing.assert_close(module.state_dict(), before)
    if issubclass(made, hw.nn.ActivationModule):
        with pytest.raises(ValueError, match=r"3 values, one a channel"):
            module(torch.ones(2, 4, dtype=torch.float64))
        with pytest.raises(ValueError, match="num_parameters must be"):
            made(0)


def test_soft_exponential_learns_also_from_its_start_at_zero() -> None:
    module, x = hw.nn.SoftExponential(dtype=torch.float64), torch.tensor([-2.0, 0.5, 3.0])
    module(x.double()).sum().backward()
    torch.testing.assert_close(module.alpha.grad, (x**2 / 2 + 1).sum().double().reshape(1))
    step = torch.tensor([1e-4, 0.0, -1e-4], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda a: hw.get("soft_exponential")(x.double(), alpha=a), step)


@pytest.mark.parametrize("name", SAMPLES)
def test_compiles_whole(name: str) -> None:
    module, x = make(name), points(RECORDS[name]).float().requires_grad_()
    compiled = torch.compile(module, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(x), module(x))
    (slope,) = torch.autograd.grad(compiled(x).sum(), x)
    torch.testing.assert_close(slope, torch.autograd.grad(module(x).sum(), x)[0])


@pytest.mark.parametrize("name", SAMPLES)
def test_exports(name: str) -> None:
    module, x = make(name), points(RECORDS[name]).float()
    program = torch.export.export(module, (x,))
    torch.testing.assert_close(program.module()(x), module(x))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["gelu", "squared_relu", "bent_identity", "star_relu"])
def test_onnx(name: str) -> None:
    pytest.importorskip("onnxscript")
    reference = pytest.importorskip("onnx.reference")
    module, x = make(name), points(RECORDS[name]).float()
    program = torch.onnx.export(module, (x,), dynamo=True, verbose=False)
    runner = reference.ReferenceEvaluator(program.model_proto)
    (y,) = runner.run(None, {program.model_proto.graph.input[0].name: x.numpy()})
    torch.testing.assert_close(torch.from_numpy(y), module(x).detach(), rtol=1e-5, atol=1e-6)


def test_a_wrong_argument_is_named() -> None:
    with pytest.raises(TypeError, match=r"SReLU: .*slope"):
        hw.nn.SReLU(slope=1)
    with pytest.raises(ValueError, match="outside its domain"):
        hw.nn.NaturalLogReLU(beta=-1.0)
    with pytest.raises(AttributeError, match="SquaredReLU"):
        hw.nn.SquareReLU  # noqa: B018
    with pytest.raises(AttributeError):
        hw.nn._SquaredReLU  # noqa: B018
    with pytest.raises(AttributeError, match="nearest"):
        hw.nn.module_for("relou")


def test_star_import_brings_the_classes() -> None:
    space: dict[str, object] = {}
    exec("from halfwave.nn import *", space)  # noqa: S102 - what a user may type
    assert space["SquaredReLU"] is hw.nn.SquaredReLU
    assert {made.__name__ for made in map(hw.nn.module_for, EVERY)} <= set(space)
