"""Some claims measured for real, though quickly: what comes out has the right sign and size."""

from __future__ import annotations

import math
import re
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("torch")
pytest.importorskip("matplotlib")
pytest.importorskip("skimage")
pytest.importorskip("sklearn")

import torch
from claims._claim import Run
from claims._words import percent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from claims._claim import Verdict


def relus_give_zeros_that_others_do_not(n: dict[str, float], verdict: Verdict) -> None:
    assert 0.25 < n["zeros_relu"] < 0.6
    assert n["zeros_l1"] > n["zeros_relu"] + 0.1
    assert n["zeros_smooth"] == 0
    assert n["zeros_gelu"] < 0.1
    # the first of four layers has pixels as inputs
    assert 0 < n["spared"] < n["zeros_relu"]
    assert n["silent_without"] > n["silent_with"] + 0.4


def dead_units_stay_dead_in_the_first_layer_only(n: dict[str, float], verdict: Verdict) -> None:
    assert n["died_first"] >= 20
    assert n["back_first"] == 0
    assert n["back_deeper"] > 0.05 * n["died_deeper"] > 0
    assert n["dead_fast"] > n["dead_healthy"] + 0.3
    assert n["accuracy_healthy"] > 0.8
    assert n["accuracy_fast"] < 0.3
    assert n["cost_of_most"] < n["cost_of_half"] - 0.1
    # watching from outside finds nothing that a count inside does not; a short run may hide some
    found = re.search(r"\*(\d+) of \d+ units of Sequential", verdict.text)
    assert found is not None
    assert 20 < int(found[1]) <= n["dead_in_one"]


def relatives_of_relu_mend_a_bad_start(n: dict[str, float], verdict: Verdict) -> None:
    assert n["dead_relu"] > 0.7
    assert n["dead_others"] == 0
    assert n["relu_start"] < 0.2
    assert n["least_gain_start"] > 0.05
    # a leaky unit keeps its input, too; maxout one byte an output
    assert n["memory_leaky"] == 2
    assert 1 < n["memory_maxout"] < 1.5
    assert n["parameters_maxout"] > 1.9


def gradients_grow_with_the_weights(n: dict[str, float], verdict: Verdict) -> None:
    assert n["factor_proper"] == pytest.approx(1, abs=0.07)
    assert n["factor_large"] == pytest.approx(1.5, abs=0.1)
    assert n["factor_none_large"] == pytest.approx(1.5, abs=0.1)
    assert n["lost_relu"] == n["runs"]
    assert n["lost_clipped"] == 0
    assert "`exploding-gradients`" in verdict.text


def never_negative_pulls_all_weights_one_way(n: dict[str, float], verdict: Verdict) -> None:
    assert n["same_one"] == 1
    assert n["same_relu"] > n["same_centred"] + 0.1
    assert n["same_norm"] == pytest.approx(n["same_centred"], abs=0.08)
    assert n["saved_ReLU"] > 0
    assert n["saved_sigmoid"] > 0


def a_relu_at_the_output_spoils_it(n: dict[str, float], verdict: Verdict) -> None:
    assert n["least_probability"] == 0.5
    assert n["gain in two classes"] > 0.1
    assert n["gain in a number"] > 0.05
    assert n["gain in many classes"] > 0.05
    assert 0.3 < n["zeros"] < 1
    assert verdict.holds == "holds"
    assert "`relu-before-loss`" in verdict.text


def units_are_blind_where_their_kind_says_so(n: dict[str, float], verdict: Verdict) -> None:
    assert verdict.holds == "holds"
    assert n["records"] == n["records_ridge"] + n["records_radial"] + n["records_folding"] > 100
    assert n["least_right"] > 0.8
    # far out a radial network gives one number in all directions, the others do not
    assert n["differ_radial"] == 0
    assert min(n["differ_ridge"], n["differ_folding"]) > 10
    assert n["certain_ridge"] > 0.95


CLAIMS: list[tuple[str, Callable[[dict[str, float], Verdict], None], tuple[str, ...]]] = [
    ("sparsity", relus_give_zeros_that_others_do_not,
     ("zeros_relu", "zeros_gelu", "zeros_l1", "spared", "silent_without")),
    ("dead_units", dead_units_stay_dead_in_the_first_layer_only,
     ("dead_healthy", "dead_fast", "accuracy_healthy", "accuracy_fast")),
    ("leaky_relatives", relatives_of_relu_mend_a_bad_start,
     ("dead_relu", "dead_others", "relu_start", "leak_momentum")),
    ("exploding_gradients", gradients_grow_with_the_weights, ()),
    ("zero_centred", never_negative_pulls_all_weights_one_way,
     ("same_one", "same_relu", "same_norm", "saved_ReLU", "saved_sigmoid")),
    ("output_layer", a_relu_at_the_output_spoils_it,
     ("zeros", "dead_starts", "many classes, right", "many classes, ReLU")),
    ("three_kinds", units_are_blind_where_their_kind_says_so, ("least_right",)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "check", "quoted"), CLAIMS, ids=[name for name, *_ in CLAIMS])
def test_a_claim_measured_quickly(
    name: str,
    check: Callable[[dict[str, float], Verdict], None],
    quoted: tuple[str, ...],
    tmp_path: Path,
) -> None:
    torch.manual_seed(0)
    run = Run(tmp_path, quick=True)
    verdict: Verdict = import_module(f"claims.{name}").CLAIM.measure(run)
    for file in verdict.figures:
        assert (tmp_path / file).stat().st_size > 5_000
        assert len(run.alternatives[file]) > 20
    the_text_is_whole(verdict)
    words = " ".join(verdict.text.split())
    assert not [key for key in quoted if percent(verdict.numbers[key]) not in words]
    check(verdict.numbers, verdict)


def the_text_is_whole(verdict: Verdict) -> None:
    assert all(math.isfinite(value) for value in verdict.numbers.values())
    assert verdict.decides
    # every figure and table has its place, and no number is left unwritten
    for place in (*verdict.figures, *(f"table {n + 1}" for n in range(len(verdict.tables)))):
        assert f"\n[[{place}]]\n" in verdict.text
    signs = ("nan", "None", "np.", "tensor(", "{", "}")
    assert not [sign for sign in signs if sign in verdict.text]
    assert all(table.rows for table in verdict.tables)
