"""Every spelling of an activation is one site, with its name, its units and its role."""

from __future__ import annotations

import linecache
from typing import TYPE_CHECKING, Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from observed import run_program, watched
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfwave.recording import Recording, Site

_RELU = [
    "nn.ReLU()(t)",
    "nn.ReLU(inplace=True)(t)",
    "F.relu(t)",
    "F.relu(t, inplace=True)",
    "F.relu_(t)",
    "torch.relu(t)",
    "torch.relu_(t)",
    "t.relu()",
    "t.relu_()",
    "t.clamp(min=0)",
    "t.clamp(0)",
    "t.clamp(0, None)",
    "t.clamp_(min=0)",
    "t.clamp_min(0)",
    "t.clamp_min_(0.0)",
    "torch.clamp(t, min=0.0)",
    "torch.clamp_min(t, 0)",
    "torch.clip(t, 0)",
    "torch.maximum(t, torch.zeros(6))",
    "torch.maximum(torch.zeros_like(t), t)",
    "torch.max(t, torch.tensor(0.0))",
    "torch.fmax(t, torch.zeros(1))",
    "torch.where(t > 0, t, torch.zeros_like(t))",
    "torch.where(t > 0, t, 0.0)",
    "torch.where(t < 0, 0.0, t)",
    "t * (t > 0)",
    "(t > 0) * t",
    "t * (t > 0).float()",
    "t.masked_fill(t < 0, 0)",
    "torch.ops.aten.relu(t)",
    "(lambda z: z.relu())(t)",
    "functools.partial(F.relu, inplace=False)(t)",
    "{'act': torch.relu}['act'](t)",
    "nn.Sequential(nn.Identity(), nn.ReLU())(t)",
]

_OTHERS = {
    "nn.LeakyReLU(0.1)(t)": "leaky_relu",
    "F.leaky_relu_(t, 0.2)": "leaky_relu",
    "nn.PReLU(6)(t)": "prelu",
    "nn.RReLU()(t)": "rrelu",
    "nn.ELU()(t)": "elu",
    "F.elu_(t)": "elu",
    "nn.SELU()(t)": "selu",
    "torch.celu(t, 0.5)": "celu",
    "nn.GELU()(t)": "gelu",
    "nn.GELU(approximate='tanh')(t)": "gelu_tanh",
    "nn.SiLU(inplace=True)(t)": "silu",
    "F.mish(t)": "mish",
    "torch.sigmoid(t)": "sigmoid",
    "t.sigmoid_()": "sigmoid",
    "torch.special.expit(t)": "sigmoid",
    "t.tanh()": "tanh",
    "torch.tanh_(t)": "tanh",
    "nn.Softplus()(t)": "softplus",
    "nn.Softsign()(t)": "softsign",
    "nn.ReLU6()(t)": "relu6",
    "F.relu6(t)": "relu6",
    "t.clamp(0, 6)": "relu6",
    "nn.Hardtanh()(t)": "hardtanh",
    "t.clamp(-1, 1)": "hardtanh",
    "nn.Hardsigmoid()(t)": "hardsigmoid",
    "nn.Hardswish()(t)": "hardswish",
    "nn.Hardshrink()(t)": "hardshrink",
    "nn.Softshrink()(t)": "softshrink",
    "nn.Tanhshrink()(t)": "tanhshrink",
    "nn.LogSigmoid()(t)": "logsigmoid",
    "nn.Threshold(0.1, 20.0)(t)": "threshold",
    "F.threshold(t, 0.0, 0.0)": "threshold",
    "nn.Softmax(dim=1)(t)": "softmax",
    "nn.Softmin(dim=1)(t)": "softmin",
    "torch.log_softmax(t, 1)": "log_softmax",
}


def _train(apply: Callable[[Tensor], Tensor]) -> None:
    torch.manual_seed(0)
    first, last = nn.Linear(4, 6), nn.Linear(6, 1)
    optimizer = torch.optim.SGD([*first.parameters(), *last.parameters()], lr=0.01)
    for _ in range(3):
        loss = last(apply(first(torch.randn(5, 4)))).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


@pytest.mark.parametrize(
    ("spelling", "activation"), [*((text, "relu") for text in _RELU), *_OTHERS.items()]
)
def test_a_spelling_is_one_hidden_site(spelling: str, activation: str) -> None:
    before = "pass"
    if spelling.startswith("nn."):  # a module is made once, outside the training
        before, spelling = f"module = {spelling.removesuffix('(t)')}", "module(t)"
    source = f"import functools\n{before}\ndef apply(t):\n    return {spelling}\n"
    names: dict[str, Any] = {"torch": torch, "nn": nn, "F": F}
    exec(compile(source, "<spelling>", "exec"), names)  # noqa: S102 – from the table above
    (site,) = watched(_train, names["apply"]).sites
    assert (site.activation, site.units, site.role) == (activation, 6, "hidden")
    assert (site.file, site.line, site.calls, site.unit_dim) == ("<spelling>", 4, 3, 1)


def _fresh_gelu(t: Tensor) -> Tensor:
    return nn.GELU()(t)


def test_a_module_made_anew_at_every_call_is_one_site() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(6, 6)

        def forward(self, x: Tensor) -> Tensor:
            return nn.ReLU()(self.fc(x))

    model = Model()
    (site,) = watched(_train, model).sites
    assert (site.activation, site.units, site.calls) == ("relu", 6, 3)
    (site,) = watched(_train, _fresh_gelu).sites
    assert (site.activation, site.units, site.calls) == ("gelu", 6, 3)


def test_a_mask_that_is_assigned_is_a_relu() -> None:
    def apply(t: Tensor) -> Tensor:
        t = t * 1
        t[t < 0] = 0
        return t

    (site,) = watched(_train, apply).sites
    assert (site.activation, site.units, site.role, site.inplace) == ("relu", 6, "hidden", True)


_LINEAR, _CONV1, _CONV2, _CONV3 = (
    nn.Linear(4, 6),
    nn.Conv1d(2, 6, 3),
    nn.Conv2d(3, 6, 3),
    nn.Conv3d(1, 6, 3),
)
_UP1, _UP2 = nn.ConvTranspose1d(2, 6, 3), nn.ConvTranspose2d(3, 6, 2)
_FROZEN = nn.Linear(6, 7).requires_grad_(requires_grad=False)


# Layouts of six (or seven) units; the batch is never as large as that.
_LAYOUTS: dict[str, tuple[Callable[[], Tensor], int, int]] = {
    "linear": (lambda: _LINEAR(torch.randn(5, 4)), 6, 1),
    "linear on a sequence": (lambda: _LINEAR(torch.randn(5, 3, 4)), 6, 2),
    "linear without a batch": (lambda: _LINEAR(torch.randn(4)), 6, 0),
    "linear, transposed": (lambda: _LINEAR(torch.randn(5, 3, 4)).transpose(1, 2), 6, 1),
    "weight first": (lambda: _LINEAR.weight @ torch.randn(4, 5), 6, 0),
    "matmul and bias": (
        lambda: torch.matmul(torch.randn(5, 3, 4), _LINEAR.weight.t()) + _LINEAR.bias,
        6,
        2,
    ),
    "einsum": (lambda: torch.einsum("btd,fd->btf", torch.randn(5, 3, 4), _LINEAR.weight), 6, 2),
    "conv1d": (lambda: _CONV1(torch.randn(5, 2, 8)), 6, 1),
    "conv1d without a batch": (lambda: _CONV1(torch.randn(2, 8)), 6, 0),
    "conv1d, transposed": (lambda: _UP1(torch.randn(5, 2, 8)), 6, 1),
    "conv2d": (lambda: _CONV2(torch.randn(5, 3, 8, 8)), 6, 1),
    "conv2d without a batch": (lambda: _CONV2(torch.randn(3, 8, 8)), 6, 0),
    "conv2d, channels last": (
        lambda: _CONV2(torch.randn(5, 3, 8, 8).contiguous(memory_format=torch.channels_last)),
        6,
        1,
    ),
    "conv2d, channels moved": (lambda: _CONV2(torch.randn(5, 3, 8, 8)).permute(0, 2, 3, 1), 6, 3),
    "conv2d, pooled": (lambda: F.max_pool2d(_CONV2(torch.randn(5, 3, 8, 8)), 2), 6, 1),
    "conv2d, tokens": (lambda: _CONV2(torch.randn(5, 3, 8, 8)).flatten(2).transpose(1, 2), 6, 2),
    "conv2d, transposed": (lambda: _UP2(torch.randn(5, 3, 4, 4)), 6, 1),
    "conv3d": (lambda: _CONV3(torch.randn(2, 1, 4, 4, 4)), 6, 1),
    "batch norm": (
        lambda: F.batch_norm(_CONV2(torch.randn(5, 3, 8, 8)), None, None, training=True),
        6,
        1,
    ),
    "group norm": (lambda: F.group_norm(_CONV2(torch.randn(5, 3, 8, 8)), 2), 6, 1),
    "instance norm": (lambda: F.instance_norm(_CONV2(torch.randn(5, 3, 8, 8))), 6, 1),
    "layer norm": (lambda: F.layer_norm(_LINEAR(torch.randn(5, 3, 4)), (6,)), 6, 2),
    "residual": (lambda: _LINEAR(torch.randn(5, 4)) + torch.randn(5, 6), 6, 1),
    "concatenated": (lambda: torch.cat([_LINEAR(torch.randn(5, 4))] * 2, 1), 12, 1),
    "sliced": (lambda: _LINEAR(torch.randn(5, 4))[:, 1:], 5, 1),
    "embedding bag": (
        lambda: F.embedding(torch.randint(0, 6, (5, 3)), _LINEAR.weight).mean(1),
        4,
        1,
    ),
    "frozen layer behind a trained one": (
        lambda: _FROZEN(torch.relu(_LINEAR(torch.randn(5, 4)))),
        7,
        1,
    ),
    "frozen layer on an input that is trained": (
        lambda: _FROZEN(torch.randn(5, 6, requires_grad=True)),
        7,
        1,
    ),
    "constant matrix behind a trained layer": (
        lambda: torch.relu(_LINEAR(torch.randn(5, 4))) @ torch.ones(6, 7),
        7,
        1,
    ),
    "spectral norm": (
        lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(4, 6))(torch.randn(5, 4)),
        6,
        1,
    ),
    "weight norm": (
        lambda: nn.utils.parametrizations.weight_norm(nn.Linear(4, 6))(torch.randn(5, 4)),
        6,
        1,
    ),
    "orthogonal weight": (
        lambda: nn.utils.parametrizations.orthogonal(nn.Linear(6, 6))(
            torch.relu(_LINEAR(torch.randn(5, 4)))
        ),
        6,
        1,
    ),
}


@pytest.mark.parametrize("name", _LAYOUTS)
def test_units_are_the_features_of_the_layer_before(name: str) -> None:
    make, units, dim = _LAYOUTS[name]

    def run() -> None:
        for _ in range(2):
            out = F.gelu(make())
            out.pow(2).mean().backward()

    (site,) = (site for site in watched(run).sites if site.activation == "gelu")
    assert (site.units, site.unit_dim) == (units, dim)


def _steps(loss: Callable[[], Tensor], *layers: nn.Module) -> Callable[[], None]:
    parameters = [p for layer in layers for p in layer.parameters()]

    def run() -> None:
        torch.manual_seed(0)
        optimizer = torch.optim.SGD(parameters, lr=0.01)
        for _ in range(3):
            optimizer.zero_grad()
            loss().backward()
            optimizer.step()

    return run


_A, _B, _C = nn.Linear(4, 6), nn.Linear(4, 6), nn.Linear(6, 1)
_SQUEEZE, _EXCITE, _CONV = nn.Conv2d(4, 2, 1), nn.Conv2d(2, 4, 1), nn.Conv2d(3, 4, 3)


def _batch() -> Tensor:
    return torch.randn(5, 4)


def _squeeze_excite() -> Tensor:
    x = _CONV(torch.randn(5, 3, 6, 6))
    weights = _EXCITE(F.mish(_SQUEEZE(x.mean((2, 3), keepdim=True))))
    return _A((x * torch.sigmoid(weights)).mean((2, 3))).pow(2).mean()


def _wavenet() -> Tensor:
    x = _batch()
    return _C(torch.tanh(_A(x)) * torch.sigmoid(_B(x))).pow(2).mean()


def _attention() -> Tensor:
    x = torch.randn(2, 5, 4)
    weights = torch.softmax(_A(x) @ _B(x).transpose(1, 2) / 6**0.5, -1)
    return (weights @ _A(x)).pow(2).mean()


def _graph_attention() -> Tensor:
    x = _batch()
    return (torch.softmax(_A(x) @ _B(x).T, -1) @ _A(x)).pow(2).mean()


def _labels() -> Tensor:
    return torch.ones(5, 1)


_ROLES: dict[str, tuple[Callable[[], Tensor], str, str]] = {
    "hidden": (lambda: _C(torch.relu(_A(_batch()))).pow(2).mean(), "relu", "hidden"),
    "hidden, penalised too": (
        lambda: (h := torch.relu(_A(_batch()))).abs().mean() + _C(h).pow(2).mean(),
        "relu",
        "hidden",
    ),
    "output of a binary classifier": (
        lambda: F.binary_cross_entropy(torch.sigmoid(_C(_A(_batch()))), _labels()),
        "sigmoid",
        "output",
    ),
    "output of a classifier": (
        lambda: F.nll_loss(F.log_softmax(_A(_batch()), 1), torch.zeros(5, dtype=torch.long)),
        "log_softmax",
        "output",
    ),
    "output compared by hand": (
        lambda: (torch.relu(_A(_batch())) - 1).pow(2).mean(),
        "relu",
        "output",
    ),
    "hinge": (lambda: torch.relu(1 - _C(_A(_batch()))).mean(), "relu", "loss"),
    "hinge in a difference": (
        lambda: torch.relu(1 - _C(_A(_batch()))).mean() - _A(_batch()).mean(),
        "relu",
        "loss",
    ),
    "squeeze and excite": (_squeeze_excite, "sigmoid", "gate"),
    "gated tanh": (_wavenet, "sigmoid", "gate"),
    "SwiGLU": (
        lambda: _C(F.silu(_A(x := _batch())) * _B(x)).pow(2).mean(),
        "silu",
        "gate",
    ),
    "scaled by a parameter": (
        lambda: _C(torch.relu(_A(_batch())) * _C.weight).pow(2).mean(),
        "relu",
        "hidden",
    ),
    "scaled by a constant": (
        lambda: _C(torch.relu(_A(_batch())) * torch.rand(6)).pow(2).mean(),
        "relu",
        "hidden",
    ),
    "attention": (_attention, "softmax", "attention"),
    "attention without a batch": (_graph_attention, "softmax", "attention"),
}


@pytest.mark.parametrize("name", _ROLES)
def test_a_role_comes_from_what_follows(name: str) -> None:
    loss, activation, role = _ROLES[name]
    recording = watched(_steps(loss, _A, _B, _C, _SQUEEZE, _EXCITE, _CONV))
    (site,) = (site for site in recording.sites if site.activation == activation)
    assert site.role == role


def _described(recording: Recording) -> list[tuple[Any, ...]]:
    return [(site.path, site.activation, site.units, site.role) for site in recording.sites]


def test_one_module_at_two_places_is_two_sites() -> None:
    recording = watched(run_program, "residual")
    relu = ("relu", 6, "hidden")
    paths = [f"layers.{block}.relu" for block in (0, 0, 1, 1)]
    assert _described(recording) == [(path, *relu) for path in paths]
    lines = [linecache.getline(site.file, site.line) for site in recording.sites]
    assert ["# first" in line for line in lines] == [True, False, True, False]
    assert ["# second" in line for line in lines] == [False, True, False, True]


def test_two_calls_on_one_line_are_two_sites() -> None:
    recording = watched(run_program, "gan")
    found = sorted(
        (s.source[:12], *row) for s, row in zip(recording.sites, _described(recording), strict=True)
    )
    real = [row for row in found if row[0].startswith("loss_d")]
    assert [row[1:] for row in real] == [
        ("D.1", "leaky_relu", 16, "hidden"),
        ("D.1", "leaky_relu", 16, "hidden"),
        ("D.3", "sigmoid", 1, "output"),
        ("D.3", "sigmoid", 1, "output"),
    ]
    assert recording.info.steps == 36


def test_a_transformer_shows_its_activations_and_names_what_is_hidden() -> None:
    recording = watched(run_program, "transformer")
    found = _described(recording)
    assert [row[1:] for row in found if row[1] in ("relu", "gelu")] == [
        ("relu", 12, "hidden"),
        ("relu", 12, "hidden"),
        ("gelu", 10, "hidden"),
    ]
    assert {row[0] for row in found if row[1] == "relu"} == {"encoder.layers.0", "encoder.layers.1"}
    assert sum(row[1] == "softmax" and row[3] == "attention" for row in found) == 2
    named = {(entry.what, entry.where.rpartition("(")[2]) for entry in recording.unobserved}
    fused = "softmax inside scaled_dot_product_attention"
    assert {(fused, f"encoder.layers.{n}.self_attn)") for n in (0, 1)} <= named
    assert any("TransformerEncoderLayer in evaluation" in what for what, _ in named)


def test_recurrent_layers_show_their_outputs_and_name_their_gates() -> None:
    recording = watched(run_program, "recurrent")
    found = {(site.call, site.activation, site.units) for site in recording.sites}
    assert {("nn.RNNCell", "tanh", 6), ("nn.RNNCell", "relu", 6), ("nn.RNN", "relu", 4)} <= found
    assert ("nn.RNN", "tanh", 8) in found
    named = {entry.what for entry in recording.unobserved}
    assert {f"gates inside nn.{kind}" for kind in ("LSTM", "GRU", "LSTMCell", "GRUCell")} <= named


def test_every_fold_has_its_model_named_alike() -> None:
    def make() -> nn.Sequential:
        return nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1))

    def run() -> None:
        for _ in range(4):
            model = make()
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            for _ in range(3):
                loss = model(_batch()).pow(2).mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()

    recording = watched(run)
    assert len(recording.sites) == 4
    assert all(site.path == "1" or site.path.endswith(".1") for site in recording.sites)


class _OwnMode(torch.overrides.TorchFunctionMode):
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return func(*args, **(kwargs or {}))


def test_a_mode_of_the_programs_own_does_not_hide_the_line() -> None:
    def apply(t: Tensor) -> Tensor:
        with _OwnMode():
            return torch.relu(t)  # here

    (site,) = watched(_train, apply).sites
    assert "# here" in linecache.getline(site.file, site.line)


def test_what_the_program_does_not_learn_from_is_no_hidden_site() -> None:
    def apply(t: Tensor) -> Tensor:
        torch.sigmoid(t.detach()).mean().item()
        torch.softmax(torch.randn(5, 6), 1)
        t.clamp(-2, -1)
        torch.max(0.9 * t, -0.1 * t)
        return torch.relu(t)

    judged: list[Site] = [site for site in watched(_train, apply).sites if site.units is not None]
    assert [site.activation for site in judged] == ["relu"]
