"""Recordings with their findings, and a terminal to show them on."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from report_samples import make_recording, make_site, make_statistics
from rich.console import Console

from halfwave.diagnose import Finding
from halfwave.recording.model import Recording, Unobserved
from halfwave.report import render_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@pytest.fixture
def healthy() -> Recording:
    """A small network without a fault."""
    sites = [make_site(0, "features.1"), make_site(1, "features.4"), make_site(2, "head.act")]
    return make_recording(sites)


@pytest.fixture
def ill() -> Recording:
    """A network with dead units, a softmax, NaN, and things not observed."""
    nan = make_statistics(10, nonfinite=3)
    sites = [
        make_site(0, "encoder.blocks.0.mlp.act", units=1024, dead=1000),
        make_site(1, "encoder.blocks.1.mlp.act", units=1024),
        make_site(
            2,
            "encoder.blocks.1.attention.softmax_over_keys",
            activation="leaky_relu",
            file="/home/ada/project/lib/train.py",
        ),
        make_site(3, "head", activation="softmax", role="output", judged=False, training=nan),
        make_site(4, "forward()", units=None, training=None),
    ]
    recording = make_recording(sites)
    return replace(
        recording,
        info=replace(
            recording.info, state="failed", exit_code=1, error="ValueError: no such batch"
        ),
        unobserved=(
            Unobserved("softmax inside scaled_dot_product_attention", "model.py:31", "it is fused"),
            Unobserved(
                "compiled graph", "", "its code is generated", "run with TORCHDYNAMO_DISABLE=1", 3
            ),
        ),
    )


@pytest.fixture
def findings() -> tuple[Finding, ...]:
    """An error with a consequence, and a note; flat, as ``diagnose`` gives them."""
    effect = Finding("loss-not-decreasing", "warning", "the loss does not fall", cause="dead-units")
    return (
        Finding(
            "dead-units",
            "error",
            "1,000 of 1,024 units are dead",
            ("encoder.blocks.0.mlp.act",),
            "/home/ada/project/train.py:10",
            {"dead": 1000, "units": 1024, "dead_share": 0.9766, "gradient": 1.25e-7, "step": "7–9"},
            "A unit that is closed on every input passes no gradient: its weights can't change.",
            "Lower the learning rate (0.1), or use a leaky ReLU in train.py:10.",
            0.95,
            (effect,),
        ),
        effect,
        Finding("dying-units", "info", "the share of closed units grows", confidence=0.5),
    )


@pytest.fixture
def show() -> Callable[..., str]:
    """Render to a string, as a terminal of the given width would get it."""

    def render(
        recording: Recording,
        findings: Sequence[Finding] = (),
        *,
        width: int = 100,
        encoding: str = "utf-8",
        colour: bool = False,
        all_sites: bool = False,
        command: str | None = "halfwave report halfwave-train.4711.halfwave",
    ) -> str:
        raw = io.BytesIO()
        file = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
        console = Console(
            file=file,
            width=width,
            force_terminal=colour,
            color_system="truecolor" if colour else None,
            _environ={},
        )
        render_terminal(recording, findings, console=console, command=command, all_sites=all_sites)
        file.flush()
        return raw.getvalue().decode(encoding)

    return render
