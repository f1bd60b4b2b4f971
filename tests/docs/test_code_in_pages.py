"""Every piece of code in the pages runs, and prints what the page says it prints."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from shutil import which

import pytest
from code_blocks import Block, blocks_of, commands_of, difference, pages, run_commands, run_programs
from code_blocks.finding import ROOT

PATH = os.pathsep.join([str(Path(sys.executable).parent), os.defpath])
BLOCKS = [block for page in pages() for block in blocks_of(page)]
RUN = [block for block in BLOCKS if block.not_run is None]
PROGRAMS = [block for block in RUN if block.language != "console"]
SHELL = [block for block in RUN if block.language == "console"]


def group(block: Block) -> str:
    """Programs that share a process to start from: making one takes longer than most of them."""
    folder = block.page.relative_to(ROOT).parent.name
    return folder if folder in {"activations", "rules"} else "others"


#: The programs of rules run elsewhere, watched.
GROUPS = sorted({group(block) for block in PROGRAMS} - {"rules"})


def test_there_is_code_to_run() -> None:
    assert len(PROGRAMS) > 200
    assert SHELL
    assert GROUPS == ["activations", "others"]


def test_what_is_not_run_is_rare_and_has_its_reason() -> None:
    left_out = [block for block in BLOCKS if block.not_run is not None]
    assert [block.place for block in left_out if len((block.not_run or "").split()) < 2] == []
    assert len(left_out) <= 0.05 * len(BLOCKS)


@pytest.mark.parametrize("name", GROUPS)
def test_programs_run(name: str) -> None:
    pytest.importorskip("torch")
    blocks = [block for block in PROGRAMS if group(block) == name]
    problems = run_programs(blocks)
    assert len(problems) == len(blocks)
    wrong = [f"{b.place}\n{p}" for b, p in zip(blocks, problems, strict=True) if p]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("block", SHELL, ids=lambda block: block.place)
def test_commands_print_what_the_page_says(block: Block) -> None:
    pytest.importorskip("torch")
    said = commands_of(block)
    for command, _ in said:
        if which(command.split()[0], path=PATH) is None:
            pytest.skip(f"{command.split()[0]} is not installed")
    done = run_commands(block)
    assert len(done) == len(said), done
    for (command, text), (code, printed) in zip(said, done, strict=True):
        if text:
            assert not difference(text, printed), f"$ {command}\n{difference(text, printed)}"
        else:
            assert code == 0, f"$ {command}\n{printed}"


@pytest.mark.parametrize(
    ("said", "printed"),
    [
        ("a b", "a  b"),
        ("loss 0.71 → 0.697", "loss 0.72 → 0.70"),
        ("units 3,000", "units 3,050"),
        ("took 5.5 s", "took 12 s"),
        ("ran halfwave-faces.1.halfwave", "ran halfwave-faces.22.halfwave"),
        ("first\n…\nlast", "first\nsecond\nthird\nlast"),
        ("…\nb\n…", "a\nb\nc\nd"),
        ("a\ncost  1%\n            more of it\nb", "a\ncost  2% and much\n         less\nb"),
        ("──── x", "── x"),
    ],
)
def test_what_may_differ(said: str, printed: str) -> None:
    assert not difference(said, printed)


@pytest.mark.parametrize(
    ("said", "printed"),
    [
        ("a b", "a c"),
        ("a", "a b"),
        ("a b", "a"),
        ("loss 0.71", "loss 0.9"),
        ("dead 52", "dead 16"),
        ("first\n…\nlast", "first\nsecond"),
        ("…\nb", "b c"),
        ("a\n…\na", "a"),
        ("1e-3", "1e-5"),
        ("-3", "3"),
    ],
)
def test_what_must_not_differ(said: str, printed: str) -> None:
    assert difference(said, printed)


def block_of(language: str, text: str, given: str = "") -> Block:
    return Block(ROOT / "page.md", 1, language, text, given)


def test_a_program_that_fails_is_found_and_harms_no_other() -> None:
    problems = run_programs(
        [
            block_of("python", "open('here', 'w').close()"),
            block_of("python", "import os\nassert not os.listdir()\n1 / 0"),
            block_of("python", "import warnings\nwarnings.warn('old')"),
            block_of("python", "import os\nos._exit(3)"),
            block_of("python", "raise SystemExit(2)"),
            block_of("pycon", ">>> 1 + 1\n3\n"),
            block_of("pycon", ">>> x + 1\n2\n", given="x = 1"),
            block_of("python", "print(x)", given="x = 1"),
        ]
    )
    expected = ["", "ZeroDivisionError", "UserWarning: old", "ended with 3", "ended with 2"]
    for problem, part in zip(problems, [*expected, "Expected:", "", ""], strict=True):
        assert (part in problem) if part else problem == ""


def test_commands_share_a_folder_and_leave_their_codes() -> None:
    block = block_of("console", '$ echo "one \\\n  two" > file\n$ cat file\nwhatever\n$ false\n')
    assert [command for command, _ in commands_of(block)] == [
        'echo "one \\\n  two" > file',
        "cat file",
        "false",
    ]
    codes = [code for code, _ in run_commands(block)]
    assert codes == [0, 0, 1]
    assert "one   two" in run_commands(block)[1][1]


def test_remarks_are_read_and_belong_to_code(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- given: import math -->\n```python\nmath.pi\n```\n\n"
        "<!-- not run: takes hours -->\n\n```console\n$ sleep 9999\n```\n\n```text\nx\n```\n"
    )
    first, second = blocks_of(page)
    assert (first.given, first.not_run, first.line) == ("import math", None, 3)
    assert (second.language, second.not_run) == ("console", "takes hours")
    page.write_text(
        "<!-- file: one.py -->\n```python\nprint(1)\n```\n\n"
        "<!-- file: two.py -->\n```python\nprint(2)\n```\n\n```console\n$ python one.py\n1\n```\n"
    )
    *_, commands = blocks_of(page)
    assert commands.files == {"one.py": "print(1)\n", "two.py": "print(2)\n"}
    assert run_commands(commands) == [(0, "1")]
    page.write_text("<!-- not run: of no use -->\n\nText.\n")
    with pytest.raises(ValueError, match=r"page.md:3: a remark stands before no code"):
        list(blocks_of(page))
