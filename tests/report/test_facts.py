"""What every kind of report says of a run."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report_samples import make_recording, make_site

from halfwave.recording.model import Unobserved
from halfwave.report.facts import labels_of, not_observed, went_well

SOFTMAX = "softmax inside scaled_dot_product_attention"
FUSED = "computed in one fused kernel"


def said(*items: Unobserved) -> list[str]:
    recording = replace(make_recording([make_site(0, "act")]), unobserved=items)
    return not_observed(recording, labels_of(recording))


def test_what_the_blocks_of_a_network_share_is_one_line() -> None:
    where = "/lib/hf (new)/sdpa.py:193"
    blocks = [
        Unobserved(SOFTMAX, f"{where} (blocks.{number}.attn)", FUSED, count=13)
        for number in range(24)
    ]
    modules = "blocks.0.attn, blocks.1.attn, blocks.2.attn and 21 more"
    assert said(*blocks, Unobserved(SOFTMAX, "/lib/other.py:3 (pool)", FUSED)) == [
        f"{SOFTMAX}, sdpa.py:193 ({modules}) (312 times): {FUSED}",
        f"{SOFTMAX}, other.py:3 (pool): {FUSED}",
    ]


@pytest.mark.parametrize(
    ("item", "line"),
    [
        (Unobserved("gates", "/lib/hf (new)/a.py:1", "fused"), "gates, a.py:1: fused"),
        (Unobserved("gates", "", "fused", "--eager", 2), "gates (2 times): fused (--eager)"),
        (Unobserved("gates", "(odd)", "fused"), "gates, (odd): fused"),
    ],
)
def test_what_stands_nowhere_or_in_no_module(item: Unobserved, line: str) -> None:
    assert said(item) == [line]


@pytest.mark.parametrize(
    ("changes", "good"),
    [
        ({}, True),
        ({"state": "running"}, True),
        ({"state": "failed"}, False),
        ({"watching_ended": "the watcher was switched off"}, False),
        ({"sampled": 0}, False),
    ],
)
def test_a_run_is_a_good_one_where_it_was_seen(changes: dict[str, str], good: bool) -> None:
    recording = make_recording([make_site(0, "act")])
    assert went_well(replace(recording, info=replace(recording.info, **changes))) == good
    assert not went_well(replace(recording, sites=()))
