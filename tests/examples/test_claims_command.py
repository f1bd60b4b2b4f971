"""The command that measures claims: what it keeps, goes on from, writes and refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("skimage")
pytest.importorskip("sklearn")
pytest.importorskip("matplotlib")

from claims._claim import Claim, Run, Table, Verdict
from claims_command import EXAMPLES, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

command = load()
calls: list[str] = []


def claim(name: str, number: int, does: Callable[[Run], None] = lambda _run: None) -> Claim:
    def measure(run: Run) -> Verdict:
        calls.append(name)
        does(run)
        with run.figure(name, "a line") as (_, axes):
            axes.plot([0, 1], [number, 2])
        return Verdict(
            "depends",
            decides=f"{number} | of {len(run.seeds(10, 3))}",
            on="the weather",
            text=f"Before.\n\n[[{name}.svg]]\n\nAfter, see [a rule](rules/dead-units.md).",
            tables=(run.table(("a", "b"), [(1, "x|y")]),),
            figures=(f"{name}.svg",),
            numbers={"number": number},
        )

    return Claim(name, number, f"What is said of {name}.", measure)


@pytest.fixture(autouse=True)
def no_calls() -> None:
    calls.clear()


def run(claims: list[Claim], out: Path, names: str = "", *, quick: bool = True) -> Any:
    wanted = [one for one in claims if not names or one.name in names.split()]
    return command.measure(claims, wanted, out, quick=quick)


def test_page_figures_and_results_are_written(tmp_path: Path) -> None:
    assert run([claim("a-thing", 1), claim("b", 2)], tmp_path) == 0
    page = (tmp_path / "relu.md").read_text(encoding="utf-8")
    assert (tmp_path / "images/relu/a-thing.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert "| 1 | [What is said of a-thing.](#1-a-thing) | **depends** | 1 \\| of 3 |" in page
    assert "\n## 1. A thing\n" in page
    assert "Verdict: **depends** on the weather. 1 | of 3." in page
    # the figure stands in its place, the table, which has none, at the end
    order = ["Before.", "![a line](images/relu/a-thing.svg)", "After", "| 1 | x\\|y |", "## 2. B"]
    assert [page.index(part) for part in order] == sorted(page.index(part) for part in order)
    assert json.loads((tmp_path / "relu/b.json").read_text("utf-8"))["verdict"]["on"]


def test_the_same_call_writes_the_same(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        assert run([claim("a", 1), claim("b", 2)], tmp_path / folder) == 0
    first, second = (
        {file.relative_to(tmp_path / folder): file.read_bytes() for file in files if file.is_file()}
        for folder in ("one", "two")
        for files in [sorted((tmp_path / folder).rglob("*"))]
    )
    assert len(first) == 6  # two figures and the first one, two results, the page
    assert first == second


def test_an_interrupted_call_goes_on_where_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_run: Run) -> None:
        raise KeyboardInterrupt

    assert run([claim("a", 1), claim("b", 2, interrupted), claim("c", 3)], tmp_path) == 130
    assert "1 of 3 claims are kept in" in capsys.readouterr().err
    assert not (tmp_path / "relu.md").exists()
    assert run([claim("a", 1), claim("b", 2), claim("c", 3)], tmp_path) == 0
    assert calls == ["a", "b", "b", "c"]
    assert "## 3. C" in (tmp_path / "relu.md").read_text(encoding="utf-8")
    # that call has come to its end: the next one measures everything again
    assert run([claim("a", 1), claim("b", 2), claim("c", 3)], tmp_path) == 0
    assert calls[4:] == ["a", "b", "c"]


def test_what_was_kept_of_a_quick_call_is_not_used_in_full(tmp_path: Path) -> None:
    def interrupted(_run: Run) -> None:
        raise KeyboardInterrupt

    assert run([claim("a", 1), claim("b", 2, interrupted)], tmp_path) == 130
    assert run([claim("a", 1), claim("b", 2)], tmp_path, quick=False) == 0
    assert calls == ["a", "b", "a", "b"]


def test_a_claim_that_fails_holds_none_of_the_others_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_run: Run) -> None:
        raise ZeroDivisionError

    claims = [claim("a", 1, fails), claim("b", 2)]
    assert run(claims, tmp_path) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err
    page = (tmp_path / "relu.md").read_text(encoding="utf-8")
    assert "## 2. B" in page
    assert "Not measured yet: a." in page
    # it is the one to be done when the call is made again
    calls.clear()
    assert run([claim("a", 1), claim("b", 2)], tmp_path) == 0
    assert calls == ["a"]


def test_named_claims_keep_the_results_of_the_others(tmp_path: Path) -> None:
    claims = [claim("a", 1), claim("b", 2)]
    assert run(claims, tmp_path) == 0
    page = (tmp_path / "relu.md").read_bytes()
    calls.clear()
    assert run(claims, tmp_path, "b") == 0
    assert calls == ["b"]
    assert (tmp_path / "relu.md").read_bytes() == page


def test_results_of_other_code_are_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claims = [claim("a", 1), claim("b", 2)]
    assert run(claims, tmp_path) == 0
    file = tmp_path / "relu/a.json"
    held = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**held, "fingerprint": "other"}), encoding="utf-8")
    assert run(claims, tmp_path, "b") == 0
    assert "a was measured with other code" in capsys.readouterr().err
    assert "## 1. A" not in (tmp_path / "relu.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"verdict": 1}', "\x00"])
def test_a_broken_result_counts_as_none(
    tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    claims = [claim("a", 1), claim("b", 2)]
    assert run(claims, tmp_path) == 0
    (tmp_path / "relu/a.json").write_text(content, encoding="utf-8")
    assert run(claims, tmp_path, "b") == 0
    assert "a.json can't be used" in capsys.readouterr().err


def test_links_lead_to_the_documentation_from_anywhere(tmp_path: Path) -> None:
    assert run([claim("a", 1)], tmp_path) == 0
    page = (tmp_path / "relu.md").read_text(encoding="utf-8")
    link = page.partition("[a rule](")[2].partition(")")[0]
    assert (tmp_path / link).resolve() == EXAMPLES.parent / "docs/rules/dead-units.md"
    assert (tmp_path / link).is_file()


def test_an_unknown_claim_gives_the_list() -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLES / "claims.py", "dead-unitz", "--quick"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("claims.py: no claim 'dead-unitz'; there are one-function")
    assert done.stderr.count("\n") == 1


def test_a_place_that_cannot_be_written_to_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert command.main(["one-function", "--quick", "--out", str(tmp_path / "file")]) == 2
    assert f"can't write to {tmp_path / 'file'}" in capsys.readouterr().err


def test_tables_are_aligned_by_what_they_hold() -> None:
    table = Table(("what", "figure"), (("a", "1.5"), ("b", "−2")), "Two figures")
    assert table.markdown().splitlines() == [
        "*Two figures*",
        "",
        "| what | figure |",
        "| --- | ---: |",
        "| a | 1.5 |",
        "| b | −2 |",
    ]
    with pytest.raises(ValueError, match="2 headers, but a row has 1"):
        Table(("a", "b"), (("c",),))
