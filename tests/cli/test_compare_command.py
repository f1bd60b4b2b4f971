"""``halfwave compare`` on the command line."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from command_line import HALFWAVE, run

if TYPE_CHECKING:
    from pathlib import Path

_SCRIPT = """
import sys
import torch
from torch import nn
import halfwave

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 3))
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
x = torch.randn(128, 6)
y = x[:, :3].argmax(1)
for step in range(int(sys.argv[1])):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
with torch.no_grad():
    right = (net(x).argmax(1) == y).float().mean().item()
print(f"acc: {right:.3f}")
halfwave.log_metric("right", right)
"""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["train.py"], "name the activations to try"),
        (["--with", "reluu", "train.py"], "no activation is called 'reluu'"),
        (["--with", "gelu", "--seeds", "0", "train.py"], "--seeds 0: give a whole number"),
        (["--with", "gelu", "nowhere.py"], "no such file: 'nowhere.py'"),
        (["--with", "gelu"], "name a script to run"),
        (["--with", "gelu", "--lr-factors", "1,x", "train.py"], "'x' is not a number above 0"),
        (["--with", "gelu", "--metric", "(", "train.py"], "--metric '('"),
        (["--with", "gelu", "--on", "mars", "train.py"], "--on 'mars' is none of"),
        (["--with", "gelu", "-o", "x.db", "train.py"], "ends in .sqlite"),
        (["--resume", "train.py"], "is no results file"),
        (["a.halfwave", "b.halfwave"], "no such file: 'a.halfwave'"),
        (["a.halfwave", "b.halfwave", "--json"], "options come first: halfwave compare --json a."),
        (["a.halfwave", "train.py"], "'train.py' is neither a recording (.halfwave) nor results"),
        (["--with", "gelu", "-o", "no/x.sqlite", "train.py"], "there is no folder no"),
        (["--with", "gelu", "--html", "no/x.html", "train.py"], "there is no folder no"),
        (["--with", "gelu", "--html", "train.py", "train.py"], "--html 'train.py' exists already"),
        (
            ["--with", "gelu", "-o", "x.sqlite", "--html", "./x.sqlite", "train.py"],
            "is where the results are",
        ),
    ],
)
def test_bad_input_is_one_line_at_once(tmp_path, words, says) -> None:
    (tmp_path / "train.py").write_text("print('it ran')")
    done = run(tmp_path, "compare", *words)
    assert done.code == 2
    assert done.out == []
    assert len(done.errors) == 1
    assert says in done.errors[0]
    assert [path.name for path in tmp_path.iterdir()] == ["train.py"]


@pytest.mark.parametrize(
    ("script", "options", "says"),
    [
        (
            "import torch\nraise ValueError('no data')",
            [],
            "failed after 0 steps: ValueError: no data",
        ),
        ("print(1)", [], "ended without importing torch"),
        ("import torch\ntorch.relu(torch.ones(3))", [], "never called backward"),
        (
            _SCRIPT,
            ["--at", "encoder.*"],
            "--at 'encoder.*' matches none of the sites: 1 (relu",
        ),
        (_SCRIPT, ["--with", "glu", "--at", "1"], ""),
    ],
)
def test_a_script_that_will_not_do_is_one_line(tmp_path, script, options, says) -> None:
    pytest.importorskip("torch")
    (tmp_path / "train.py").write_text(script)
    given = options if "--with" in options else ["--with", "gelu", *options]
    if not says:
        says = "cannot stand in the place of relu"
    done = run(tmp_path, "compare", *given, "train.py", "100000")
    assert done.code == 2
    assert len(done.errors) == 1
    assert says in done.errors[0]
    assert not list(tmp_path.glob("halfwave-*"))


def test_a_file_that_holds_something_else_is_one_line(tmp_path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.sqlite")) as base, base:
        base.execute("CREATE TABLE orders (number INTEGER)")
    for words in (["other.sqlite"], ["--resume", "other.sqlite"]):
        done = run(tmp_path, "compare", *words)
        assert (done.code, len(done.errors)) == (2, 1)
        assert "'other.sqlite' is no results file" in done.errors[0]


def test_a_script_that_fails_costs_no_old_results(tmp_path) -> None:
    pytest.importorskip("torch")
    (tmp_path / "train.py").write_text("raise SystemExit(3)")
    (tmp_path / "r.sqlite").write_text("old results")
    done = run(tmp_path, "compare", "--with", "gelu", "-f", "-o", "r.sqlite", "train.py")
    assert (done.code, len(done.errors)) == (2, 1)
    assert "train.py failed after 0 steps: exit code 3" in done.errors[0]
    assert (tmp_path / "r.sqlite").read_text() == "old results"


def test_a_script_that_is_killed_is_one_line(tmp_path) -> None:
    pytest.importorskip("torch")
    (tmp_path / "train.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    done = run(tmp_path, "compare", "--with", "gelu", "train.py")
    assert (done.code, len(done.errors)) == (2, 1)
    assert "did not get through its first steps: killed by SIGKILL" in done.errors[0]


def _interrupt_after_the_first(folder: Path, *words: str) -> int:
    process = subprocess.Popen(
        [*HALFWAVE, "compare", *words],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if ": own seed" in line:
            process.send_signal(signal.SIGINT)
            break
    rest = process.stderr.read()
    code = process.wait(120)
    process.stderr.close()
    assert "go on with halfwave compare --resume r.sqlite" in rest
    return code


def _rows(folder: Path) -> dict[tuple[str, int], dict]:
    with closing(sqlite3.connect(folder / "r.sqlite")) as base:
        rows = base.execute("SELECT variant, seed, result FROM runs").fetchall()
    return {(variant, seed): json.loads(result) for variant, seed, result in rows}


def test_interrupted_resumed_and_equal_bit_for_bit(tmp_path) -> None:
    pytest.importorskip("torch")
    (tmp_path / "train.py").write_text(_SCRIPT)
    words = ("--with", "tanh", "--seeds", "1", "--jobs", "1", "-o", "r.sqlite", "train.py", "30")
    assert _interrupt_after_the_first(tmp_path, *words) == 130
    assert 1 <= len(_rows(tmp_path)) < 2

    done = run(tmp_path, "compare", "--json", "--resume", "r.sqlite")
    assert done.code == 0
    found = json.loads(done.out[-1])
    own, tanh = found["activations"]
    assert (own["activation"], own["own"], own["runs"]) == ("relu", True, 1)
    assert (tanh["activation"], tanh["runs"], tanh["verdict"]) == ("tanh", 1, "one seed")
    assert found["judged_by"] == "right"
    assert tanh["metrics"]["right"]["difference"]["n"] == 1
    assert any("torch.manual_seed" in note for note in found["notes"])
    rows = _rows(tmp_path)
    swapped = [site["activation"] for site in rows["tanh", 0]["measured"]["sites"]]
    assert swapped
    assert set(swapped) == {"tanh"}

    with closing(sqlite3.connect(tmp_path / "r.sqlite")) as base, base:
        base.execute("DELETE FROM runs WHERE variant = 'tanh'")
    assert run(tmp_path, "compare", "--quiet", "--resume", "r.sqlite").code == 0
    again = _rows(tmp_path)["tanh", 0]["measured"]["fingerprint"]
    assert again == rows["tanh", 0]["measured"]["fingerprint"]

    shown = run(tmp_path, "compare", "--html", "page.html", "r.sqlite")
    text = "\n".join(shown.out)
    assert "relu (own)" in text
    assert "right" in text
    page = (tmp_path / "page.html").read_text()
    assert "default-src &#39;none&#39;" in page
    assert "<script" not in page

    files = sorted(str(path.relative_to(tmp_path)) for path in (tmp_path / "r.runs").iterdir())
    assert [name.rpartition("/")[2] for name in files] == [
        "baseline-s0.halfwave",
        "tanh-s0.halfwave",
    ]
    again = run(tmp_path, "compare", "--html", "page.html", "--resume", "r.sqlite")
    assert (again.code, len(again.errors)) == (2, 1)  # told before anything runs
    assert "--html 'page.html' exists already" in again.errors[0]
    paged = run(tmp_path, "compare", "--html", "other.html", *files)
    assert (paged.code, len(paged.errors)) == (2, 1)
    assert "--html is for results" in paged.errors[0]

    side = run(tmp_path, "compare", "--json", *files)
    first, second = json.loads(side.out[-1])["recordings"]
    assert (first["activations"], second["activations"]) == ("relu", "tanh")
