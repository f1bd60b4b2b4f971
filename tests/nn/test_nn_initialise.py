"""init_: which activation counts for which layer, and whether the signal keeps its size."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

import halfwave as hw  # noqa: E402


def found(model: nn.Module, **options: object) -> dict[str, str]:
    return {entry.layer: entry.activation for entry in hw.nn.init_(model, **options)}


def deep(
    make: type[nn.Module], *arguments: float, width: int = 512, depth: int = 20
) -> nn.Sequential:
    blocks = [(nn.Linear(width, width), make(*arguments)) for _ in range(depth)]
    return nn.Sequential(*(m for block in blocks for m in block))


@pytest.mark.parametrize(
    "name", ["ReLU", "Tanh", "GELU", "SELU", "SiLU", "Sigmoid", "Softsign", "Absolute"]
)
def test_the_signal_keeps_its_size_through_twenty_layers(name: str) -> None:
    model = deep(getattr(hw.nn, name))
    hw.nn.init_(model, side="before", generator=torch.Generator().manual_seed(3))
    x = torch.randn(256, 512, generator=torch.Generator().manual_seed(4))
    with torch.no_grad():
        for layer in model:
            x = layer(x)
            if isinstance(layer, nn.Linear):
                size = float(x.square().mean())
                # with SiLU a deviation grows from layer to layer; a gain of 1 would give 1e-9
                assert 1 / 3 < size < 3, size


@pytest.mark.parametrize(("name", "arguments"), [("ReLU", ()), ("LeakyReLU", (0.3,))])
def test_fan_out_keeps_the_gradient(name: str, arguments: tuple[float, ...]) -> None:
    model = deep(getattr(nn, name), *arguments)
    hw.nn.init_(model, mode="fan_out", generator=torch.Generator().manual_seed(3))
    x = torch.randn(256, 512, generator=torch.Generator().manual_seed(4)).requires_grad_()
    y = model(x)
    g = torch.randn(y.shape, generator=torch.Generator().manual_seed(5))
    (slope,) = torch.autograd.grad(y, x, g)
    assert 1 / 3 < float(slope.square().mean()) < 3
    (entry,) = hw.nn.init_(nn.Sequential(nn.Linear(64, 256), nn.Tanh()), mode="fan_out")
    assert entry.std == pytest.approx(hw.gain("tanh", backward=True) / 16)


def test_weights_have_the_stated_deviation() -> None:
    layer = nn.Linear(400, 600)
    model = nn.Sequential(layer, nn.LeakyReLU(0.2))
    for distribution in ("normal", "uniform"):
        (entry,) = hw.nn.init_(model, distribution=distribution)
        assert entry.std == pytest.approx(math.sqrt(2 / 1.04 / 400))
        assert float(layer.weight.detach().std()) == pytest.approx(entry.std, rel=0.02)
        assert not layer.bias.any()
        assert entry.parameters == {"negative_slope": 0.2}
    assert float(layer.weight.detach().abs().max()) <= math.sqrt(3) * entry.std
    (entry,) = hw.nn.init_(model, mode="fan_avg")
    assert entry.std == pytest.approx(math.sqrt(2 / 1.04 / 500))
    layer.bias.data.fill_(1.0)
    hw.nn.init_(model, zero_bias=False)
    assert bool((layer.bias == 1).all())


def test_he_as_torch_does_it() -> None:
    ours, theirs = nn.Sequential(nn.Conv2d(8, 16, 3), nn.ReLU()), nn.Conv2d(8, 16, 3)
    hw.nn.init_(ours, generator=torch.Generator().manual_seed(1))
    nn.init.kaiming_normal_(
        theirs.weight, nonlinearity="relu", generator=torch.Generator().manual_seed(1)
    )
    torch.testing.assert_close(ours[0].weight, theirs.weight)


class Mixed(nn.Module):
    """Activations as modules, functions and methods, with other things between."""

    def __init__(self) -> None:
        super().__init__()
        self.act = nn.ReLU()  # registered first, used third
        self.conv = nn.Conv2d(3, 8, 3, groups=1)
        self.norm = nn.BatchNorm2d(8)
        self.grouped = nn.Conv2d(8, 8, 3, groups=4)
        self.up = nn.ConvTranspose2d(8, 4, 4, stride=2)
        self.one, self.two, self.three = nn.Linear(4, 5), nn.Linear(5, 5), nn.Linear(5, 5)
        self.squared = hw.nn.SquaredReLU()
        self.out = nn.Linear(5, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.leaky_relu(self.norm(self.conv(x)), 0.3)
        x = self.grouped(x).clamp(min=0)
        x = self.act(functional.dropout(self.up(x))).mean((2, 3))
        x = torch.tanh(self.one(x))
        x = x + self.squared(self.two(x.reshape(x.size(0), 5)))
        x = functional.gelu(self.three(x), approximate="tanh")
        return self.out(x)


def test_finds_modules_functions_and_methods() -> None:
    model = Mixed()
    assert found(model) == {
        "conv": "leaky_relu",
        "grouped": "relu",
        "up": "relu",
        "one": "tanh",
        "two": "squared_relu",
        "three": "gelu_tanh",
        "out": "",
    }
    assert found(model, side="before") == {
        "conv": "",
        "grouped": "leaky_relu",
        "up": "relu",
        "one": "relu",
        "two": "tanh",
        "three": "tanh",  # as near as the square, and first in the sum
        "out": "gelu_tanh",
    }
    entries = {entry.layer: entry for entry in hw.nn.init_(model)}
    assert entries["conv"].parameters == {"negative_slope": 0.3}
    assert entries["grouped"].std == pytest.approx(math.sqrt(2 / (2 * 9)))
    assert entries["up"].std == pytest.approx(math.sqrt(2 / (8 * 4)))  # 4 of 16 taps meet an input
    assert str(entries["one"]).startswith("one: tanh, gain 1.593, std ")
    assert "no activation" in str(entries["out"])


class Dynamic(nn.Module):
    """Cannot be traced: what it does depends on values."""

    def __init__(self, act: object) -> None:
        super().__init__()
        self.one, self.two, self.act = nn.Linear(4, 4), nn.Linear(4, 4), act
        self.inner = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.sum() > 0:
            return x
        return self.inner(self.two(self.act(self.one(x))))


def test_what_cannot_be_traced_is_said() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), Dynamic(functional.silu), nn.Linear(4, 4))
    entries = {entry.layer: entry for entry in hw.nn.init_(model)}
    assert {k: e.activation for k, e in entries.items()} == {
        "0": "relu",
        "2.one": "",
        "2.two": "",
        "2.inner.0": "tanh",
        "2.inner.2": "",
        "3": "",
    }
    assert "2 cannot be traced (TraceError" in entries["2.one"].note
    assert "activation=" in entries["2.one"].note
    assert entries["0"].note == entries["3"].note == ""
    told = {entry.layer: entry for entry in hw.nn.init_(model, activation="swish")}
    assert (told["2.one"].activation, told["3"].activation) == ("silu", "")


def test_the_only_activation_of_a_part_is_taken() -> None:
    model = Dynamic(nn.Tanh())
    entries = {entry.layer: entry for entry in hw.nn.init_(model)}
    assert (entries["one"].activation, entries["two"].activation) == ("tanh", "tanh")
    assert "only activation" in entries["one"].note


def test_torchs_transformer_layer() -> None:
    model = nn.TransformerEncoderLayer(16, 2, dim_feedforward=32, activation="gelu")
    before = model.self_attn.in_proj_weight.clone()
    entries = {entry.layer: entry for entry in hw.nn.init_(model)}
    assert entries["linear1"].activation == "gelu"
    assert "self_attn.out_proj" not in entries
    assert torch.equal(model.self_attn.in_proj_weight, before)


def test_gates_and_attention() -> None:
    class Gated(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gate, self.up, self.down = nn.Linear(4, 8), nn.Linear(4, 8), nn.Linear(8, 4)
            self.query, self.key = nn.Linear(4, 4), nn.Linear(4, 4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.down(functional.silu(self.gate(x)) * self.up(x))
            return torch.softmax(self.query(x) @ self.key(x).transpose(-1, -2), -1)

    entries = {entry.layer: entry for entry in hw.nn.init_(Gated())}
    assert entries["gate"].activation == "silu"
    assert entries["up"].activation == entries["down"].activation == ""
    assert entries["query"].gain == 1.0
    assert "no gain" in entries["query"].note


def test_what_is_left_alone() -> None:
    tied = nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(4, 4)), nn.ReLU())
    lazy = nn.Sequential(nn.LazyLinear(4), nn.ReLU())
    with torch.no_grad():
        before = tied[0].weight.clone()
    assert "parametrize" in hw.nn.init_(tied)[0].note
    assert torch.equal(tied[0].weight, before)
    (entry,) = hw.nn.init_(lazy)
    assert "left as it is; it is lazy" in str(entry)
    assert hw.nn.init_(nn.ReLU()) == []
    assert [e.gain for e in hw.nn.init_(nn.Linear(3, 2))] == [1.0]
    assert hw.nn.init_(nn.Sequential(nn.Embedding(3, 2), nn.LSTM(2, 2))) == []


def test_wrong_options() -> None:
    with pytest.raises(ValueError, match="mode must be one of 'fan_in'"):
        hw.nn.init_(nn.Linear(2, 2), mode="fan")
    with pytest.raises(ValueError, match="distribution"):
        hw.nn.init_(nn.Linear(2, 2), distribution="cauchy")
    with pytest.raises(TypeError, match="not Tensor"):
        hw.nn.init_(torch.ones(2))
