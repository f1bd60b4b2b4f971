"""``halfwave report``: pages, formats and pictures, and what it refuses."""

from __future__ import annotations

import json
import os
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from halfwave.cli import _files
from halfwave.cli._group import parse
from halfwave.recording import LOSS_SAMPLE, Loss, RunInfo, Writer


@pytest.fixture
def here(tmp_path, monkeypatch):
    losses = np.zeros(40, LOSS_SAMPLE)
    losses["first_step"] = losses["last_step"] = np.arange(40)
    losses["count"] = 1
    for name in ("mean", "min", "max", "last"):
        losses[name] = np.where(np.arange(40) < 30, 1.0, np.nan)
    losses["nonfinite"] = np.arange(40) >= 30
    info = RunInfo("train.py", state="finished", torch="2.4", steps=40, sampled=40)
    loss = Loss(0, "train.py", 3, "my_objective.backward()", losses, 1.0, None, 30)
    with Writer(tmp_path / "run.halfwave") as writer:
        writer.write(info=info, losses=[loss])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _made(here):
    return sorted(path.name for path in here.iterdir() if path.name != "run.halfwave")


def test_the_page_is_written_and_named(here, capfd):
    assert parse(["report", "run.halfwave", "--html", "page.html"]) == 0
    out, err = capfd.readouterr()
    assert out == ""
    assert err == "saved page.html\n"
    assert _made(here) == ["page.html"]
    assert "</html>" in (here / "page.html").read_text("utf-8")
    mask = os.umask(0)
    os.umask(mask)
    assert (here / "page.html").stat().st_mode & 0o777 == 0o666 & ~mask


def test_a_format_goes_to_stdout_alone(here, capfd):
    for form, check in (
        ("json", json.loads),
        ("sarif", json.loads),
        ("junit", lambda text: ET.fromstring(text.encode())),  # noqa: S314 - our own
        ("markdown", lambda text: text.index("# halfwave")),
        ("github", lambda text: text.index("::error")),
        ("text", lambda text: text.index("non-finite")),
    ):
        assert parse(["report", "run.halfwave", "--format", form]) == 0
        out, err = capfd.readouterr()
        check(out)
        assert err == ""


def test_json_is_the_format_json(here, capfd):
    parse(["report", "run.halfwave", "--json"])
    short = capfd.readouterr().out
    parse(["report", "run.halfwave", "--format", "json"])
    assert capfd.readouterr().out == short


def test_a_page_and_a_format_at_once(here, capfd):
    assert parse(["report", "run.halfwave", "--html", "p.html", "--format", "json"]) == 0
    out, err = capfd.readouterr()
    json.loads(out)
    assert err == "saved p.html\n"


@pytest.mark.parametrize("form", ["text", "markdown", "sarif", "junit", "github", "json"])
def test_a_format_goes_to_a_file(here, capfd, form):
    assert parse(["report", "run.halfwave", "--format", form, "-o", "report.out"]) == 0
    assert capfd.readouterr() == ("", "saved report.out\n")
    assert "\x1b" not in (here / "report.out").read_text("utf-8")


def test_a_picture_is_drawn(here, capfd):
    assert parse(["report", "run.halfwave", "--plot", "loss", "-o", "loss.svg"]) == 0
    assert "<svg" in (here / "loss.svg").read_text("utf-8")
    assert capfd.readouterr() == ("", "saved loss.svg\n")


def test_the_exit_code_is_that_of_fail_on(here, capfd):
    for words in (["--quiet"], ["--html", "p.html"], ["--format", "github"]):
        assert parse(["report", "run.halfwave", "--fail-on", "error", *words]) == 10
    capfd.readouterr()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--plot", "loss"], "--plot loss needs a file: -o loss.png, .svg or .pdf"),
        (["--plot", "lost", "-o", "x.png"], "there is no picture 'lost'; there are gradient-flow"),
        (["--plot", "loss", "-o", "x.gif"], "end it in .png, .svg, .pdf"),
        (["--plot", "heat-map", "-o", "x.png"], "no site was seen in this recording"),
        (["--plot", "loss", "-o", "x.png", "--site", "a"], "leave out the site 'a'"),
        (["--plot", "loss", "-o", "x.png", "--format", "json"], "exclude each other"),
        (["--site", "a"], "--site is for --plot"),
        (["--json", "--format", "sarif"], "--json and --format sarif exclude each other"),
        (["--html", "taken"], "--html 'taken' exists already: give another name, or -f"),
        (["--html", "folder"], "--html 'folder' is a folder: name a file in it"),
        (["--html", "no/page.html"], "there is no folder no"),
        (["--format", "json", "-o", "x", "--html", "x"], "--html and -o name the same file 'x'"),
        (["--format", "yaml"], "'yaml' is not one of"),
    ],
)
def test_what_does_not_go_is_one_line(here, capfd, words, message):
    (here / "taken").write_text("mine")
    (here / "folder").mkdir()
    assert parse(["report", "run.halfwave", *words]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1
    assert _made(here) == ["folder", "taken"]
    assert (here / "taken").read_text() == "mine"


def test_force_overwrites(here, capfd):
    (here / "page.html").write_text("old")
    assert parse(["report", "run.halfwave", "--html", "page.html", "-f"]) == 0
    assert "</html>" in (here / "page.html").read_text("utf-8")


def test_a_file_that_fails_leaves_the_old_one(here, monkeypatch):
    (here / "page.html").write_text("old")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_files.os, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        _files.write_text(here / "page.html", "new")
    assert (here / "page.html").read_text() == "old"
    assert _made(here) == ["page.html"]


def test_a_missing_library_is_told_before_anything_is_read(here, capfd, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for words in (["report", "none.halfwave", "--html", "x.html"], ["live", "none.halfwave"]):
        assert parse(words) == 2
        assert "pip install 'halfwave[html]'" in capfd.readouterr().err


def test_live_refuses_what_is_no_recording(here, capfd):
    (here / "x").write_text("x")
    assert parse(["live", "x"]) == 2
    assert "not a recording" in capfd.readouterr().err


def test_the_source_is_left_out_on_request(here, capfd):
    parse(["report", "run.halfwave", "--html", "a.html"])
    parse(["report", "run.halfwave", "--html", "b.html", "--no-source"])
    quoted, bare = (
        (here / name).read_text("utf-8").split("<script>")[0] for name in ("a.html", "b.html")
    )
    assert "my_objective.backward()" in quoted
    assert "my_objective.backward()" not in bare
