"""The modules that torch has: bit for bit torch's, and the catalogue's on demand."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from nn_samples import ARGUMENTS, IN_TORCH, RECORDS, make, points  # noqa: E402

import halfwave as hw  # noqa: E402

TWINS = [n for n in IN_TORCH if n != "gelu_tanh"]


def torchs(name: str, **options: Any) -> torch.nn.Module:
    made = getattr(torch.nn, hw.nn.module_for(name).__name__)
    return made(**ARGUMENTS.get(name, {}), **options).eval()


def test_the_table_is_not_empty() -> None:
    assert len(IN_TORCH) >= 29


@pytest.mark.parametrize("name", TWINS)
def test_same_signature(name: str) -> None:
    ours = inspect.signature(hw.nn.module_for(name))
    theirs = inspect.signature(getattr(torch.nn, hw.nn.module_for(name).__name__))
    option = ours.parameters["accurate"]
    assert option.kind is inspect.Parameter.KEYWORD_ONLY
    assert option.default is False
    rest = [p for p in ours.parameters.values() if p.name != "accurate"]
    assert rest == list(theirs.parameters.values())


@pytest.mark.parametrize("name", TWINS)
def test_same_values_gradients_state_and_repr(name: str) -> None:
    ours, theirs = make(name), torchs(name)
    assert isinstance(ours, type(theirs))
    assert type(ours).forward is type(theirs).forward  # the very same code: no time lost
    assert repr(ours) == repr(theirs)
    assert ours.state_dict().keys() == theirs.state_dict().keys()
    theirs.load_state_dict(ours.state_dict())
    ours.load_state_dict(theirs.state_dict())
    special = torch.tensor([0.0, -0.0, 1e-40, float("inf"), float("-inf"), float("nan"), 1e30, 3.0])
    for x in (torch.randn(6, 8), special, torch.randn(5, 16)[:, ::2], torch.randn(0, 8)):
        results = []
        for module in (ours, theirs):
            leaf = x.clone().requires_grad_()
            y = module(leaf)
            y.sum().backward()
            results.append((y.detach(), leaf.grad))
        for one, other in zip(*results, strict=True):
            assert torch.equal(one.nan_to_num(7.0), other.nan_to_num(7.0))
            assert torch.equal(one.isnan(), other.isnan())


@pytest.mark.parametrize(
    "name", [n for n in TWINS if "inplace" in inspect.signature(hw.nn.module_for(n)).parameters]
)
def test_in_place_as_torch(name: str) -> None:
    x = torch.randn(7)
    expected, y = torchs(name)(x), x.clone()
    assert make(name, inplace=True)(y) is y
    assert torch.equal(y, expected)
    assert repr(make(name, inplace=True)) == repr(torchs(name, inplace=True))
    with pytest.raises(ValueError, match="in place"):
        make(name, inplace=True, accurate=True)


@pytest.mark.parametrize("name", IN_TORCH)
def test_accurate_is_the_record_to_the_bit(name: str) -> None:
    record, module = RECORDS[name], make(name, accurate=True)
    x = points(record).float()
    x[0, 0], x[0, 1] = 40.0, -40.0
    expected = record(x, **{k: v for k, v in module.record_parameters().items() if k != "weight"})
    assert torch.equal(module(x), expected)
    assert "accurate=True" in repr(module)
    assert isinstance(module, hw.nn.module_for(name))
    for twin in (pickle.loads(pickle.dumps(module)), copy.deepcopy(module)):  # noqa: S301 - our own bytes
        assert type(twin) is type(module)
        assert torch.equal(twin(x), expected)


def test_accurate_keeps_what_torch_loses() -> None:
    x = torch.tensor([-12.0])
    assert float(hw.nn.GELU()(x)) == 0
    assert float(hw.nn.GELU(accurate=True)(x)) == pytest.approx(-2.1317787e-32, rel=1e-6)
    assert isinstance(hw.nn.GELU(accurate=True), hw.nn.accurate.GELU)
    tanh = hw.nn.GELU("tanh", accurate=True)
    assert torch.equal(tanh(x), hw.gelu_tanh(x))


def test_accurate_rrelu_draws_in_training() -> None:
    module = hw.nn.RReLU(0.1, 0.9, accurate=True)
    y = module(torch.full((100,), -1.0))
    assert y.unique().numel() > 50
    assert torch.equal(module.eval()(torch.tensor([-1.0])), torch.tensor([-0.5]))


def test_accurate_needs_an_axis() -> None:
    with pytest.raises(ValueError, match="dim="):
        hw.nn.Softmax(accurate=True)


def test_subclasses_choose_by_their_base() -> None:
    class Mine(hw.nn.GELU):
        pass

    class Better(hw.nn.accurate.GELU):
        pass

    x = torch.tensor([-12.0])
    assert float(Mine()(x)) == 0
    assert float(Better()(x)) < 0
    with pytest.raises(TypeError, match=r"halfwave\.nn\.accurate"):
        Mine(accurate=True)


def test_scripts_as_torchs() -> None:
    with pytest.warns(DeprecationWarning, match=r"torch\.jit"):
        scripted = torch.jit.script(hw.nn.LeakyReLU(0.2))
    assert torch.equal(scripted(torch.tensor([-1.0])), torch.tensor([-0.2]))
