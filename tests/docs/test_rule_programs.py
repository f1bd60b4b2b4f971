"""A rule's page shows a program that makes it speak, and the same program without the fault."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from code_blocks import Block, blocks_of, run_programs

from halfwave.diagnose import rules

PAGES = Path(__file__).parents[2] / "docs" / "rules"

#: Runs a program, watched at every step: which are sampled depends on how busy the machine is.
#: Its names stay, as those of a script do.
WATCHED = """
with halfwave.watch(every=1) as run:
    exec(compile({text!r}, {place!r}, "exec"), names := {{"__name__": "__main__"}})
found = {{finding.rule: finding.severity for finding in run.findings}}
assert {expected}, found
"""


def watched(block: Block, expected: str) -> Block:
    text = WATCHED.format(text=block.text, place=block.place, expected=expected)
    return replace(block, text=text, given=f"import halfwave\n{block.given}")


@pytest.mark.parametrize("share", [0, 1])
def test_every_example_is_found_and_every_fix_is_sound(share: int) -> None:
    pytest.importorskip("torch")
    programs: list[Block] = []
    for name in sorted(rules())[share::2]:
        example, fix = blocks_of(PAGES / f"{name}.md")
        programs.append(watched(example, f"{name!r} in found"))
        programs.append(watched(fix, "{'error', 'warning'}.isdisjoint(found.values())"))
    problems = run_programs(programs)
    wrong = [f"{b.place}\n{p}" for b, p in zip(programs, problems, strict=True) if p]
    assert not wrong, "\n".join(wrong)
