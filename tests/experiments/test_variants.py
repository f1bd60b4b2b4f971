"""What --with and --at mean, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from halfwave.experiments.experiment import Request
from halfwave.experiments.variants import (
    ExperimentError,
    Variant,
    choose_sites,
    read_variants,
    targets_of,
)


def _site(number: int, activation: str, role: str = "hidden", **more: Any) -> dict[str, Any]:
    path = more.pop("path", f"encoder.{number}")
    return {
        "id": number,
        "path": path,
        "file": "/home/me/train.py",
        "line": 10 + number,
        "activation": activation,
        "parameters": {},
        "role": role,
        "target": {"key": {"path": f"model.{path}"}},
        **more,
    }


_SITES = [
    _site(0, "relu"),
    _site(1, "leaky_relu", parameters={"negative_slope": 0.1}),
    _site(2, "glu", path="gate"),
    _site(3, "softmax", path="mix"),
    _site(4, "tanh", "output", path="head"),
    _site(5, "tanh", path="rnn", target=None),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("relu, gelu", [("relu", {}), ("gelu", {})]),
        (
            "leaky_relu:negative_slope=0.1,SiLU",
            [("leaky_relu", {"negative_slope": 0.1}), ("silu", {})],
        ),
        (
            "hardtanh:min_val=-2,max_val=2,tanh",
            [("hardtanh", {"min_val": -2, "max_val": 2}), ("tanh", {})],
        ),
        ("swish,silu", [("silu", {})]),
    ],
)
def test_reads_activations(text, expected) -> None:
    found = read_variants([text])
    assert [(v.activation, v.parameters) for v in found] == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("reluu", "no activation is called 'reluu'; the nearest are 'relu'"),
        ("leaky_relu:slope=1", "has no parameter 'slope'"),
        ("elu:alpha=x", "alpha='x' is not a number"),
        ("elu:alpha", "write elu:name=value"),
        ("elu:alpha=-1", "outside its domain"),
        (" , ", "names no activation"),
    ],
)
def test_refuses_activations(text, says) -> None:
    with pytest.raises(ExperimentError, match=says):
        read_variants([text])


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ((), [0, 1, 2]),
        (("encoder.*",), [0, 1]),
        (("model.encoder.1",), [1]),
        (("train.py:1[23]",), [2, 3]),
        (("head", "gate"), [2, 4]),
    ],
)
def test_chooses_sites(patterns, expected) -> None:
    assert [s["id"] for s in choose_sites(_SITES, patterns, "train.py")] == expected


@pytest.mark.parametrize(
    ("sites", "patterns", "says"),
    [
        (_SITES, ("decoder.*",), r"--at 'decoder.\*' matches none of the sites: encoder.0 \(relu"),
        (_SITES[4:5], (), r"no hidden activation; name others with --at: head \(tanh, output"),
        (_SITES[5:], (), "no activation that can be swapped was seen"),
        ([], (), "no activation was seen in the first steps of train.py"),
    ],
)
def test_refuses_sites(sites, patterns, says) -> None:
    with pytest.raises(ExperimentError, match=says):
        choose_sites(sites, patterns, "train.py")


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        (Variant("gelu"), [0, 1]),
        (Variant("relu"), [1]),
        (Variant("leaky_relu", {"negative_slope": 0.1}), [0]),
        (Variant("leaky_relu"), [0, 1]),
        (Variant("swiglu"), [2]),
    ],
)
def test_only_sites_that_change_and_fit(variant, expected) -> None:
    chosen = choose_sites(_SITES, (), "train.py")
    assert [s["id"] for s in targets_of(variant, chosen)[0]] == expected


def test_says_why_there_is_nothing_to_swap() -> None:
    assert "cannot stand in the place of relu" in targets_of(Variant("glu"), _SITES[:1])[1]
    assert "it is the baseline" in targets_of(Variant("relu"), _SITES[:1])[1]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"seeds": 0}, "--seeds 0: give a whole number from 1 on"),
        ({"factors": (1.0, -3.0)}, "--lr-factors -3: give numbers above 0"),
        ({"metric": "acc: ("}, "--metric 'acc: \\('"),
        ({"metric": "(a)(b)"}, "has 2 groups"),
    ],
)
def test_refuses_requests(wrong, says) -> None:
    with pytest.raises(ExperimentError, match=says):
        Request("train.py", activations=("gelu",), **wrong).check()


def test_a_request_comes_back_from_json() -> None:
    request = Request("a.py", ("--x",), activations=("gelu", "elu:alpha=2"), factors=(0.3, 1.0))
    assert Request.from_json(request.to_json()) == request
