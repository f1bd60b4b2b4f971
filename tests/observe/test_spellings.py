"""Every spelling of an activation is one hidden site."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from observed import train_with, watched
from torch import Tensor, nn

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
    "(t + t.abs()) / 2",
    "0.5 * (torch.abs(t) + t)",
    "torch.ops.aten.relu(t)",
    "(lambda z: z.relu())(t)",
    "functools.partial(F.relu, inplace=False)(t)",
    "{'act': torch.relu}['act'](t)",
    "nn.Sequential(nn.Identity(), nn.ReLU())(t)",
]

_OTHERS = {
    "nn.LeakyReLU(0.1)(t)": "leaky_relu",
    "F.leaky_relu_(t, 0.2)": "leaky_relu",
    "torch.maximum(t, 0.2 * t)": "leaky_relu",
    "torch.max(t * 0.01, t)": "leaky_relu",
    "torch.where(t > 0, t, torch.exp(t) - 1)": "elu",
    "torch.where(t > 0, t, 1.5 * torch.expm1(t))": "elu",
    "torch.where(t < 0, 0.5 * (t.exp() - 1), t)": "elu",
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
    (site,) = watched(train_with, names["apply"]).sites
    assert (site.activation, site.units, site.role) == (activation, 6, "hidden")
    assert (site.file, site.line, site.calls, site.unit_dim) == ("<spelling>", 4, 3, 1)


@pytest.mark.parametrize(
    "spelling",
    [
        "torch.maximum(t, 2 * t)",
        "torch.maximum(t, 0.2 * u)",
        "torch.maximum(t, -0.2 * t)",
        "(t + t.abs()) / 3",
        "(t + u.abs()) / 2",
        "(t - t.abs()) / 2",
        "torch.where(t > 0, t, torch.exp(u) - 1)",
        "torch.where(t > 0, t, torch.exp(t) - 2)",
        "torch.where(t > 0, t, -torch.expm1(t) * 1)",
    ],
)
def test_what_looks_like_one_is_none(spelling: str) -> None:
    names: dict[str, Any] = {"torch": torch}
    exec(f"def apply(t):\n    u = t * 3\n    return {spelling}\n", names)  # noqa: S102 – as above
    assert watched(train_with, names["apply"]).sites == ()


@pytest.mark.parametrize(
    ("make", "shape", "dim"),
    [
        (nn.Softmax, (4, 6), 1),
        (nn.LogSoftmax, (2, 4, 6), 0),
        (nn.Softmin, (2, 2, 4, 6), 1),
    ],
)
@pytest.mark.filterwarnings("ignore:Implicit dimension choice")
def test_a_dimension_that_torch_chooses_is_told(
    make: Any, shape: tuple[int, ...], dim: int
) -> None:
    layer, act = nn.Linear(6, 6), make()
    recording = watched(lambda: act(layer(torch.ones(shape))).sum())
    assert [site.parameters for site in recording.sites] == [{"dim": dim}]


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
    (site,) = watched(train_with, model).sites
    assert (site.activation, site.units, site.calls) == ("relu", 6, 3)
    (site,) = watched(train_with, _fresh_gelu).sites
    assert (site.activation, site.units, site.calls) == ("gelu", 6, 3)


def test_a_mask_that_is_assigned_is_a_relu() -> None:
    def apply(t: Tensor) -> Tensor:
        t = t * 1
        t[t < 0] = 0
        return t

    (site,) = watched(train_with, apply).sites
    assert (site.activation, site.units, site.role, site.inplace) == ("relu", 6, "hidden", True)
