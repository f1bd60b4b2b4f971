"""Activations of the catalogue in a watched program: one site each, under their own name."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from observed import fingerprint, watched  # noqa: E402

import halfwave as hw  # noqa: E402

_MADE = [
    ("squared_relu", hw.nn.SquaredReLU, {}, 8),  # a kernel of our own
    ("relu_n", lambda: hw.nn.ReLUN(2.5), {"n": 2.5}, 8),  # torch's kernel for something else
    ("bent_identity", hw.nn.BentIdentity, {}, 8),  # the record's arithmetic
    ("snake", hw.nn.Snake, {}, 8),  # learnt parameters
    ("tanh", lambda: hw.nn.Tanh(accurate=True), {}, 8),  # torch has it, computed otherwise
    ("leaky_relu", lambda: hw.nn.LeakyReLU(0.2), {"negative_slope": 0.2}, 8),
    ("swiglu", hw.nn.SwiGLU, {"axis": -1}, 4),  # halves its units
    ("mish", lambda: hw.mish, {}, 8),  # a function, not a module
]


def _train(activation: torch.nn.Module, batch: int = 16) -> torch.nn.Module:
    torch.manual_seed(0)
    first, last = torch.nn.Linear(4, 8), torch.nn.LazyLinear(2)
    learnt = activation.parameters() if isinstance(activation, torch.nn.Module) else ()
    parameters = [*first.parameters(), *learnt]

    def network(x: torch.Tensor) -> torch.Tensor:
        return last(activation(first(x)))

    x = torch.randn(batch, 4)
    network(x)
    optimizer = torch.optim.SGD([*parameters, *last.parameters()], lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        network(x).square().mean().backward()
        optimizer.step()
    return torch.nn.ParameterList([*parameters, *last.parameters()])


@pytest.mark.parametrize(("name", "make", "parameters", "units"), _MADE)
def test_is_one_site_under_its_own_name(name, make, parameters, units) -> None:
    (site,) = watched(_train, make()).sites
    assert (site.activation, site.parameters, site.units) == (name, parameters, units)
    assert site.role == "hidden"
    assert site.training.grad_square.sum() > 0
    assert site.file == __file__


@pytest.mark.parametrize("name", ["bent_identity", "snake", "squared_relu"])
def test_a_large_tensor_computed_in_blocks_is_one_call(name) -> None:
    (site,) = watched(_train, hw.nn.module_for(name)(), 9000).sites
    assert site.training.inputs.max() == 3 * 9000 + 9000  # three steps and the first call


@pytest.mark.parametrize("name", ["bent_identity", "snake", "squared_relu", "swiglu"])
def test_watching_changes_no_bit(name) -> None:
    plain = fingerprint(_train(hw.nn.module_for(name)()).parameters())
    kept = {}
    watched(lambda: kept.update(seen=_train(hw.nn.module_for(name)())))
    assert fingerprint(kept["seen"].parameters()) == plain


def test_a_module_made_anew_at_each_call_is_one_site() -> None:
    recording = watched(_train, lambda x: hw.nn.SquaredReLU()(x))  # noqa: PLW0108 - it is the point
    assert [site.activation for site in recording.sites] == ["squared_relu"]
    assert not recording.unobserved


def test_modes_of_the_programs_own_see_one_call_and_change_nothing() -> None:
    seen = []

    class Mode(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            seen.append(getattr(func, "__name__", ""))
            return func(*args, **(kwargs or {}))

    x = torch.randn(5, 4)
    expected = hw.mish(x)
    with torch.device("cpu"), Mode():
        assert torch.equal(hw.mish(x), expected)
    assert seen.count("applied") == 1
