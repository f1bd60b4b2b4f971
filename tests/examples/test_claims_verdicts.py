"""The verdicts follow from what is measured: the same claims, given made-up measurements."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("matplotlib")
pytest.importorskip("skimage")
pytest.importorskip("sklearn")

import torch
from claims import (
    dead_units,
    exploding_gradients,
    leaky_relatives,
    output_layer,
    sparsity,
    three_kinds,
    zero_centred,
)
from claims._claim import Run

if TYPE_CHECKING:
    from pathlib import Path

    from claims._claim import Verdict


def verdict_of(module: Any, folder: Path, patch: pytest.MonkeyPatch, **fakes: Any) -> Verdict:
    for name, fake in fakes.items():
        patch.setattr(module, name, fake)
    return module.measure(Run(folder, quick=True))


@pytest.mark.parametrize(
    ("revived", "verdict"),
    [((), "holds"), ((1,), "depends"), ((1, 2), "depends"), ((0, 1), "does not hold")],
)
def test_dead_units(
    revived: tuple[int, ...], verdict: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def follow(_optimizer: str, seed: int, _epochs: int, **_case: float) -> Any:
        dead = torch.zeros(4, 3, 64, dtype=torch.bool)
        dead[1:, :, :10] = True
        for layer in revived:
            dead[2:, layer, :5] = False
        return dead, 0.9 + 0.01 * seed

    found = verdict_of(dead_units, tmp_path, monkeypatch, follow=follow)
    assert found.holds == verdict
    runs = 30
    assert found.numbers["died_first"] == 10 * runs
    assert found.numbers["back_first"] == (5 * runs if 0 in revived else 0)
    assert found.numbers["back_deeper"] == 5 * runs * len({1, 2} & set(revived))
    assert "a tie" in found.text


def test_a_network_cut_off_by_a_dead_layer_is_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def follow(_optimizer: str, _seed: int, _epochs: int, **case: float) -> Any:
        dead = torch.zeros(4, 3, 64, dtype=torch.bool)
        dead[:, 0, :10] = True
        dead[:, 2] = case.get("bias") == -3
        return dead, 0.9

    found = verdict_of(dead_units, tmp_path, monkeypatch, follow=follow)
    assert found.numbers["cut_off"] == 6
    assert found.numbers["died_first"] == 10 * 24
    assert found.numbers["died_deeper"] == 0


@pytest.mark.parametrize(
    ("zeros", "half", "verdict"),
    [(0.5, 1.0, "depends"), (0.5, 0.5, "holds"), (0.0, 1.0, "does not hold")],
)
def test_sparsity(
    zeros: float, half: float, verdict: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_digits(name: str, _seed: int, _steps: int, _penalty: float = 0.0) -> Any:
        share = zeros if name == "relu" else 0.0
        samples = {"zeros": np.full(9, share), "last_step": np.arange(9)}
        return [SimpleNamespace(samples=samples)] * 3, 0.9

    times = {"full": 1.0, "half": half, "half, sparse": 2.0, "1 %, sparse": 0.1}
    found = verdict_of(
        sparsity,
        tmp_path,
        monkeypatch,
        read_digits=read_digits,
        answers_to_faces=lambda *_: (0.9, [np.linspace(0, 1, 30), np.linspace(0.5, 1, 30)]),
        product_times=lambda _size: times,
    )
    assert found.holds == verdict
    # 64 × 64 multiplications with pixels, 64 × (64 + 64 + 10) with the outputs of ReLUs
    assert found.numbers["spared"] == pytest.approx(zeros * 138 / 202)
    assert found.numbers["silent_without"] == pytest.approx(1 / 30)


@pytest.mark.parametrize(
    ("mended", "verdict"),
    [((), "does not hold"), (("bias",), "depends"), (("bias", "rate"), "holds")],
)
def test_leaky_relatives(
    mended: tuple[str, ...], verdict: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def network(name: str, _seed: int, bias: float = 0.0, _shift: float = 0.0) -> Any:
        weights = [torch.nn.Parameter(torch.zeros(1))]
        return SimpleNamespace(name=name, bias=bias, parameters=lambda: weights, rate=1e-3)

    def train(model: Any, optimizer: Any, *_: Any, **__: Any) -> None:
        model.rate = optimizer.param_groups[0]["lr"]

    def accuracy(model: Any, *_: Any) -> float:
        ill = "bias" if model.bias else "rate" if model.rate > 0.01 else ""
        return 0.9 if not ill or (ill in mended and model.name != "ReLU") else 0.1

    found = verdict_of(
        leaky_relatives,
        tmp_path,
        monkeypatch,
        network=network,
        train=train,
        accuracy=accuracy,
        dead=lambda *_: 0.5,
        price=lambda _name: (1.0, 2.0, 3),
    )
    assert found.holds == verdict


@pytest.mark.parametrize(
    ("growth", "verdict"),
    [
        (lambda _name, scale: scale, "depends"),
        (lambda name, _scale: 2.0 if name == "relu" else 1.0, "holds"),
        (lambda _name, _scale: 1.0, "does not hold"),
    ],
)
def test_exploding_gradients(
    growth: Any, verdict: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = verdict_of(
        exploding_gradients,
        tmp_path,
        monkeypatch,
        first_gradient=lambda name, depth, scale, _seed: growth(name, scale) ** depth,
        read=lambda *_: (math.nan, math.inf),
    )
    assert found.holds == verdict
    assert found.numbers["factor_large"] == pytest.approx(growth("relu", 1.5))
    # a loss that is not a number counts as lost
    assert found.numbers["lost_clipped"] == 12


@pytest.mark.parametrize(
    ("plain", "with_norm", "verdict"),
    [(200, 100, "depends"), (200, 200, "holds"), (100, 100, "does not hold")],
)
def test_zero_centred(
    plain: int, with_norm: int, verdict: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def steps_to_goal(model: Any, *_: Any) -> int:
        normed = isinstance(model[1], torch.nn.Sequential)
        activation = model[1][1] if normed else model[1]
        centred = isinstance(activation, zero_centred.Less)
        return 100 if centred else with_norm if normed else plain

    found = verdict_of(
        zero_centred,
        tmp_path,
        monkeypatch,
        steps_to_goal=steps_to_goal,
        same_way=lambda *_: 0.5,
    )
    assert found.holds == verdict
    assert found.numbers["saved_ReLU"] == pytest.approx(1 - 100 / plain)


def test_a_pair_computes_the_same_before_training() -> None:
    x = torch.randn(50, 64, generator=torch.Generator().manual_seed(0))
    for name, normed in (("relu", False), ("relu", True), ("sigmoid", False)):
        plain, centred = zero_centred.pair(name, 0, normed=normed)
        assert torch.allclose(plain(x), centred(x), atol=1e-5)
        assert (plain[:2](x).mean() - centred[:2](x).mean()).item() == pytest.approx(
            zero_centred.MEANS[name], abs=1e-5
        )


@pytest.mark.parametrize(
    ("spoilt", "verdict"), [(0, "does not hold"), (1, "depends"), (3, "holds")]
)
def test_output_layer(
    spoilt: int, verdict: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = list(output_layer.TASKS.values())

    def fit(task: Any, seed: int, _steps: int, *, hidden: str, output: Any) -> Any:
        assert hidden in {"relu", "sigmoid", "identity"}
        y = task.load(seed).y_test
        right = torch.nn.functional.one_hot(y, 10).float() if task.outputs > 1 else y[:, None]
        if task.loss is output_layer.binary_loss:
            right = 4 * right - 2
        bad = output is output_layer.of_relu and kinds.index(task) < spoilt
        return torch.zeros_like(right) if bad else right

    found = verdict_of(output_layer, tmp_path, monkeypatch, fit=fit, dead_starts=lambda _many: 0.1)
    assert found.holds == verdict


def test_three_kinds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fit(kind: str, *_: Any) -> Any:
        return three_kinds.network(kind), 0.9

    blind = verdict_of(three_kinds, tmp_path, monkeypatch, fit=fit, changes=lambda *_: (1e-7, 1.0))
    assert blind.holds == "holds"
    seeing = verdict_of(three_kinds, tmp_path, monkeypatch, changes=lambda *_: (0.1, 1.0))
    assert seeing.holds == "does not hold"
