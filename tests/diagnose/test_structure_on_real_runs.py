"""The example of a rule's page, watched as it runs, makes the rule speak; its fix does not."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[2] / "docs" / "rules"
NAMES = [
    "bad-initial-scale",
    "bad-inputs",
    "batch-norm-on-one",
    "blocked-outputs",
    "constant-labels",
    "deep-saturating-stack",
    "inputs-not-normalised",
    "loss-independent-of-parameters",
    "loss-output-mismatch",
    "mse-on-class-labels",
    "no-nonlinearity",
    "output-range-mismatch",
    "relu-before-loss",
    "repeated-activation",
    "shape-broadcast",
    "sigmoid-twice",
    "single-output-softmax",
    "softmax-twice",
    "targets-not-normalised",
]
#: Runs the programs of the pages, and prints what was found in each.
PROGRAM = """
import json, pathlib, re, sys, halfwave
found = {}
for path in map(pathlib.Path, sys.argv[1:]):
    found[path.stem] = []
    for text in re.findall(r"```python\\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL):
        with halfwave.watch(every=1) as run:  # whatever else the machine does
            exec(compile(text, "page.py", "exec"), {})
        found[path.stem].append({f.rule: f.severity for f in run.findings})
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def findings():
    pages = [str(PAGES / f"{name}.md") for name in NAMES]
    # one process for all: torch takes longer to import than they take to run
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *pages], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(find_spec("torch") is None, reason="the programs need torch")
@pytest.mark.parametrize("name", NAMES)
def test_example_is_found_and_its_fix_is_sound(findings, name):
    example, fix = findings[name]
    assert example.get(name) in {"error", "warning"}
    assert {rule: severity for rule, severity in fix.items() if severity != "info"} == {}
