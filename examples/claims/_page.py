"""The page: what ReLU is, all claims at a glance, then a section each."""

from __future__ import annotations

import os
import platform
import posixpath
import re
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import halfwave
from halfwave.plotting import plot

from ._claim import Claim, Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._store import Result

__all__ = ["IMAGES", "made_with", "page_text", "write_page"]

#: Where the figures lie, seen from the page.
IMAGES = "images/relu"
_DOCS = Path(__file__).parents[2] / "docs"
_SIGN = {"holds": "**holds**", "depends": "**depends**", "does not hold": "**does not hold**"}

_ALTERNATIVE = "ReLU and its derivative for inputs from −5 to 5"

_START = """# What is said of ReLU, measured

<!-- made by `python examples/claims.py`; changes by hand are lost -->

**ReLU**, the rectified linear unit, is the function

```math
f(x) = \\max(0, x)
```

It passes what is positive and turns the rest into zero, as a half-wave rectifier does to a current. In a neural network it
stands behind a layer of weighted sums and decides, unit by unit, what the next layer gets to see. Without such a function
between them, any number of layers would be worth no more than one ([claim 3](#3-not-linear)).

![{alternative}]({images}/relu.svg)

```python
import halfwave as hw

hw.relu(-2.0), hw.relu(3.0)  # (0.0, 3.0)
hw.relu.derivative(-2.0), hw.relu.derivative(3.0)  # (0.0, 1.0)
```

Articles on ReLU repeat the same sentences. Some are right, some are half right, some are wrong. This page says each of them
once, measures it on small real data, and gives a verdict: it **holds**, it **depends** (on what is said there), or it
**does not hold**. Each verdict is decided by the program from what it measured, and the figures in the text are put in by
the same program: run it, and you get your own. What is small here may come out otherwise on a large network; where that is
known, it is said.
"""

_WORDS = """
A few words that come up: a **unit** is one output of a layer, a "neuron". It is **closed** on an input where its slope is
(almost) zero, and **dead** when it is closed on every input. A **seed** fixes what is drawn at random (first weights, order
of the examples); an experiment is repeated with several of them, and a range such as 0.12 (0.10 to 0.14), or ± 0.02, is the
95 % interval of the mean over seeds. Where the interval of a difference has zero in it, the page says **tie**.
"""


def write_page(
    out: Path, claims: Sequence[Claim], results: dict[str, Result], *, quick: bool
) -> Path:
    """Write ``relu.md`` and the figure it begins with; return where it is."""
    run = Run(out / IMAGES)
    with run.figure("relu", _ALTERNATIVE, figsize=(6.4, 3.2)) as (_, axes):
        plot("relu", derivative=True, ax=axes)
    page = out / "relu.md"
    page.write_text(page_text(claims, results, out, quick=quick), encoding="utf-8")
    return page


def page_text(
    claims: Sequence[Claim], results: dict[str, Result], out: Path, *, quick: bool
) -> str:
    """Return the page, with links as they are in the folder that it is for."""
    done = [claim for claim in claims if claim.name in results]
    parts = [_START.format(images=IMAGES, alternative=_ALTERNATIVE).strip()]
    if quick:
        parts.append(
            "> Made with `--quick`: fewer seeds and shorter trainings than the page needs. It shows"
            " that the experiments run; the verdicts may differ."
        )
    parts += [_overview(done, results), _WORDS.strip()]
    parts += [_section(claim, results[claim.name]) for claim in done]
    parts.append(_how(claims, results, quick=quick))
    return _relinked("\n\n".join(parts) + "\n", out)


def _overview(claims: Sequence[Claim], results: dict[str, Result]) -> str:
    lines = ["| | What is said | Verdict | What decides |", "|---:|---|---|---|"]
    for claim in claims:
        verdict = results[claim.name].verdict
        said = f"[{claim.said}](#{_anchor(claim)})"
        cells = (str(claim.number), said, _SIGN[verdict.holds], verdict.decides)
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines)


def _section(claim: Claim, result: Result) -> str:
    verdict = result.verdict
    on = f" on {verdict.on}" if verdict.holds == "depends" and verdict.on else ""
    placed, rest = _with_places(result)
    return "\n\n".join(
        [
            f"## {_title(claim)}",
            f"> {claim.said}",
            f"Verdict: {_SIGN[verdict.holds]}{on}. {_sentence(verdict.decides)}",
            placed,
            *rest,
            f"Experiment: [`{_source(claim)}`](../{_source(claim)})",
        ]
    )


def _with_places(result: Result) -> tuple[str, list[str]]:
    """Put figures and tables where the text wants them; return those without a place apart."""
    verdict = result.verdict
    pieces: dict[str, str] = {}
    for name in verdict.figures:
        file = name if name.endswith((".svg", ".png")) else f"{name}.svg"
        pieces[file] = f"![{result.alternatives.get(file, name)}]({IMAGES}/{file})"
    for at, table in enumerate(verdict.tables, 1):
        pieces[f"table {at}"] = table.markdown()
    text = verdict.text.strip()
    wanted = re.findall(r"^\[\[(.+?)\]\]$", text, flags=re.MULTILINE)
    unknown = [place for place in wanted if place not in pieces]
    if unknown:
        raise ValueError(f"no figure or table for [[{unknown[0]}]]: there are {list(pieces)}")
    for place in wanted:
        text = text.replace(f"[[{place}]]", pieces[place])
    return text, [piece for place, piece in pieces.items() if place not in wanted]


def _how(claims: Sequence[Claim], results: dict[str, Result], *, quick: bool) -> str:
    made: dict[str, list[str]] = {}
    for claim in claims:
        if claim.name in results:
            made.setdefault(results[claim.name].made_with, []).append(str(claim.number))
    lines = [
        f"- {words}" + (f" (claims {', '.join(numbers)})" if len(made) > 1 else "")
        for words, numbers in made.items()
    ]
    missing = [claim.name for claim in claims if claim.name not in results]
    left_out = f"\n\nNot measured yet: {', '.join(missing)}." if missing else ""
    command = "python examples/claims.py" + (" --quick" if quick else "")
    return f"""## How this page was made

    {command}

writes this page with its figures and tables, from nothing but data that scikit-learn, scikit-image and Python bring along.
Single claims are measured again by their names, which are those of the files in [`examples/claims`](../examples/claims).
Seeds are fixed: on the same machine with the same versions everything comes out the same, except for times, which depend on
the machine and on what else it does. Other processors and versions round differently, which training amplifies: there, expect
the same verdicts, not the same digits. It was made with

{chr(10).join(lines)}{left_out}"""


def made_with() -> str:
    """Say what a result is made with: versions, and the kind of machine, not its name."""
    names = ("torch", "numpy", "scikit-learn", "scikit-image")
    versions = ", ".join(f"{name} {version(name).partition('+')[0]}" for name in names)
    return (
        f"halfwave {halfwave.__version__}, Python {platform.python_version()}, {versions};"
        f" {platform.system()} on {platform.machine() or 'an unknown processor'}, one thread"
    )


def _title(claim: Claim) -> str:
    words = claim.name.replace("-", " ")
    return f"{claim.number}. {words[0].upper()}{words[1:]}"


def _anchor(claim: Claim) -> str:
    return f"{claim.number}-{claim.name}"


def _source(claim: Claim) -> str:
    return f"examples/claims/{claim.name.replace('-', '_')}.py"


def _sentence(words: str) -> str:
    start = words[0].upper() + words[1:]
    return start if start.endswith((".", "!", "?")) else f"{start}."


def _relinked(text: str, out: Path) -> str:
    """Have relative links of the page lead to where they do from docs/, wherever it is written."""
    if out.resolve() == _DOCS:
        return text
    start = Path(os.path.relpath(_DOCS, out.resolve())).as_posix()
    link = re.compile(rf"\]\((?!https?:|#|{IMAGES}/)([^)]+)\)")
    return link.sub(lambda found: f"]({posixpath.normpath(f'{start}/{found[1]}')})", text)
