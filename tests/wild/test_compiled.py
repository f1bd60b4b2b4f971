"""torch.compile: what is compiled stays so, bit for bit; --eager-samples looks inside."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from halfwave.recording import Recording, read

_PROGRAM = Path(__file__).with_name("compiled.py")
_CHECK = (str(Path(sys.executable).with_name("halfwave")), "check", "--quiet", "--every", "2")
# inductor needs a compiler for C++
_INDUCTOR = ["inductor", "reduce-overhead"] if shutil.which("g++") else []
_PARTS = ["aot", "step", "encoder", *_INDUCTOR]

Results = dict[str, tuple[str, dict[str, int]]]


def _results(folder: Path, *words: str) -> Results:
    done = subprocess.run(
        [*words, str(_PROGRAM), *_PARTS],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines: list[Any] = [json.loads(line) for line in done.stdout.splitlines()]
    return {name: (weights, counts) for name, weights, counts in lines}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return _results(tmp_path_factory.mktemp("plain"), sys.executable)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, Recording]:
    folder = tmp_path_factory.mktemp("watched")
    return _results(folder, *_CHECK, "-o", "a.halfwave"), read(folder / "a.halfwave")


@pytest.fixture(scope="module")
def eager(tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, Recording]:
    folder = tmp_path_factory.mktemp("eager")
    words = (*_CHECK, "--eager-samples", "-o", "a.halfwave")
    return _results(folder, *words), read(folder / "a.halfwave")


@pytest.mark.parametrize("part", _PARTS)
def test_weights_and_graphs_are_those_of_the_plain_run(
    part: str, plain: Results, watched: tuple[Results, Recording]
) -> None:
    weights, counts = plain[part]
    seen_weights, seen_counts = watched[0][part]
    assert seen_weights == weights
    for name in ("unique_graphs", "calls_captured", "breaks"):
        assert seen_counts.get(name) == counts.get(name), name
    # torch's own helpers around a hook of ours may be passed over, none is added
    assert seen_counts.get("total", 0) <= counts.get("total", 0)
    assert counts["unique_graphs"] > 0


def test_what_is_compiled_is_named_and_the_rest_is_watched(
    watched: tuple[Results, Recording],
) -> None:
    recording = watched[1]
    assert recording.info.watching_ended is None
    assert recording.info.altered is None
    notes = [note for note in recording.unobserved if "torch.compile" in note.what]
    assert {Path(note.where.rpartition(":")[0]).name for note in notes} == {"compiled.py"}
    assert all("--eager-samples" in note.option for note in notes)
    # its own losses are computed outside, and all of its steps are told by the losses
    sources = {loss.source: int(loss.samples["count"].sum()) for loss in recording.losses}
    assert sources["loss.backward()"] == 16
    assert sources["nn.functional.cross_entropy(model(x), y).backward()"] == 16 * (
        1 + len(_INDUCTOR)
    )
    measured = [p for p in recording.parameters if (p.samples["grad_norm"] > 0).any()]
    assert len(measured) >= 6


def test_eager_samples_see_the_sites_and_cause_no_compilation(
    plain: Results, eager: tuple[Results, Recording]
) -> None:
    results, recording = eager
    assert recording.info.watching_ended is None
    seen = {(site.activation, site.units) for site in recording.sites if site.training}
    assert {("relu", 16), ("gelu", 16)} <= seen
    assert all(site.statistics is not None for site in recording.sites)
    assert not [note for note in recording.unobserved if "torch.compile" in note.what]
    assert recording.info.altered is not None
    assert "--eager-samples" in recording.info.altered
    for part, (_, counts) in results.items():
        for name in ("unique_graphs", "calls_captured", "breaks"):
            assert counts.get(name, 0) <= plain[part][1].get(name, 0), (part, name)
    assert results["aot"][1]["unique_graphs"] > 0  # unwatched steps stay compiled


def test_a_stance_of_the_programs_own_is_left_alone() -> None:
    import torch

    from halfwave.observe import private

    with torch.compiler.set_stance("fail_on_recompile"):
        assert private.run_uncompiled() is None
    back = private.run_uncompiled()
    assert back is not None
    assert private.run_uncompiled() is None
    back()
    again = private.run_uncompiled()
    assert again is not None
    again()
