"""The claims on what ReLU is, its derivative, descent, cost, depth and speed, measured quickly.

What a quick run shows of chance is not tested: that its words follow from its numbers is.
"""

from __future__ import annotations

import ast
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("skimage")
pytest.importorskip("sklearn")
pytest.importorskip("matplotlib")

import torch
from claims import derivative_at_zero, fewer_steps, gradient_descent, vanishing_gradients
from claims._claim import Run, Verdict
from claims._words import Interval, number
from claims_command import EXAMPLES

if TYPE_CHECKING:
    from pathlib import Path

    from claims._claim import Claim

FILES = sorted((EXAMPLES / "claims").glob("[!_]*.py"))


def quickly(module: Any, folder: Path) -> Verdict:
    torch.manual_seed(0)
    return module.CLAIM.measure(Run(folder, quick=True))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_claim_is_found_by_its_name(file: Path) -> None:
    claim: Claim = import_module(f"claims.{file.stem}").CLAIM
    assert claim.name.replace("-", "_") == file.stem
    assert claim.said.endswith((".", "…"))
    # a verdict is never written by hand: what it is is decided by a condition
    tree = ast.parse(file.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    verdicts = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "Verdict"]
    assert verdicts
    for call in verdicts:
        given = [*call.args[:1], *(k.value for k in call.keywords if k.arg == "holds")]
        assert given
        assert not isinstance(given[0], ast.Constant)


def test_claims_have_numbers_of_their_own() -> None:
    numbers = [import_module(f"claims.{file.stem}").CLAIM.number for file in FILES]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("name", ["one_function", "not_linear", "confusions"])
def test_quick_runs_say_what_they_measured(name: str, tmp_path: Path) -> None:
    verdict = quickly(import_module(f"claims.{name}"), tmp_path)
    assert {figure.name for figure in tmp_path.iterdir()} == set(verdict.figures)
    assert verdict.numbers
    assert not re.search(r"\bnan\b(?!`)|\{|None", verdict.text + verdict.decides)
    if name == "one_function":
        assert verdict.holds == "holds"
        assert verdict.numbers["differ"] == 0
        assert f"{verdict.numbers['inputs']:,}" in verdict.text
    if name == "not_linear":
        assert verdict.numbers["apart"] < 1e-9
        assert number(verdict.numbers["apart"], 1) in verdict.text
        assert verdict.numbers["left with relu"] < 0.5 * verdict.numbers["left without"]
    if name == "confusions":
        # those that are no matter of chance are refuted by a quick run, too
        assert int(verdict.decides.split()[0]) >= 6
        assert verdict.holds != "holds"


def test_gradients_by_hand_are_those_of_autograd(tmp_path: Path) -> None:
    verdict = quickly(gradient_descent, tmp_path)
    assert verdict.holds == "holds"
    assert verdict.numbers["worst"] < 1e-12
    assert verdict.numbers["last loss"] < 1e-3 * verdict.numbers["first loss"]
    # the code on the page runs, and gives what stands beside it
    code = verdict.text.partition("```python\n")[2].partition("```")[0]
    space: dict[str, Any] = {}
    exec(code.replace("−", "-"), space)  # noqa: S102 - the page's own example
    stated = re.search(r"^loss = .*# ([\d.]+)$", code, re.MULTILINE)
    assert stated is not None
    assert space["loss"] == float(stated[1])
    step = verdict.tables[0].rows[0]
    assert np.array(ast.literal_eval(step[-1].replace("−", "-"))) == pytest.approx(space["W"])


def test_a_wrong_derivative_would_be_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    backward = gradient_descent.backward

    def wrong(p: Any, f: Any) -> Any:
        return {**backward(p, f), "b": backward(p, f)["h"]}  # forgets the activation

    monkeypatch.setattr(gradient_descent, "backward", wrong)
    assert gradient_descent._by_hand(Run(tmp_path))[2] > 0.1


def test_the_slope_at_zero_is_the_one_that_is_asked_for() -> None:
    x = torch.tensor([-1.0, 0.0, 2.0], requires_grad=True)
    site = derivative_at_zero.ReLU(0.5)
    site(x).sum().backward()
    assert x.grad.tolist() == [0.0, 0.5, 1.0]
    assert (site.inputs, site.zeros) == (3, 1)


def test_where_no_input_is_zero_the_slope_there_changes_nothing(tmp_path: Path) -> None:
    runs = [
        derivative_at_zero._trained(Run(tmp_path, quick=True), "MLP", "float32", slope, 0)
        for slope in (0.0, 1.0)
    ]
    assert runs[0]["zeros"] == 0
    assert torch.equal(runs[0]["weights"], runs[1]["weights"])


def test_the_gradient_is_kept_by_the_right_start_only() -> None:
    def ratio(name: str, setting: str) -> float:
        model = vanishing_gradients.build(name, 20, setting, 0)
        return vanishing_gradients._ratio([vanishing_gradients.watched(model, 0)[0]])

    assert 0.1 < ratio("relu", "its own gain") < 10
    assert ratio("relu", "torch's default") < 1e-5
    assert ratio("sigmoid", "its own gain") < 1e-5
    assert ratio("relu", "default, batch norm") > 10


@pytest.mark.parametrize(
    ("losses", "goal", "step"),
    [
        ([1.0, 0.4, 0.2, 0.3], 0.25, 15),
        ([1.0, 0.5], 0.5, 10),
        ([1.0], 0.5, float("inf")),
        ([], 1, float("inf")),
    ],
)
def test_steps_to_a_goal(losses: list[float], goal: float, step: float) -> None:
    assert fewer_steps.reached(losses, goal) == step


def test_what_was_given_up_counts_as_a_lower_bound() -> None:
    task = fewer_steps.Task(fewer_steps._cnn, 0.1, 100)
    never = [float("inf")] * 3
    assert fewer_steps._versus(never, [50.0, 50.0, 50.0], task) == "at least 2.00"
    assert fewer_steps._ratio([50.0, 60.0, 40.0], [50.0, 60.0, 40.0], task) == Interval(1, 1, 1)
    assert fewer_steps._versus([50.0, 80.0, 40.0], [60.0, 60.0, 60.0], task).endswith("a tie")
