"""Make docs/kinks.md: what torch and JAX return at kinks, measured, beside what we return.

python docs/make_kinks.py            # write docs/kinks.md
python docs/make_kinks.py FILE       # write there instead
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

from halfwave.activations import all_activations
from halfwave.bench.kinks import at_kinks
from halfwave.cards.words import number

HEAD = """# Kinks

At a kink a function has no derivative, only a set of slopes between that of its left and that of
its right side (the subgradient). A program has to return one of them. Which one is no detail: an
input is exactly 0 more often than one thinks, after a bias of 0, a padding, or another ReLU, and
in float16 all the time.

This table has, for every kink at the default parameters, what halfwave returns and why, and what
automatic differentiation returns in torch {torch} and JAX {jax}: measured by `python
docs/make_kinks.py`, which makes this page. A dash stands where the library has no such function,
or none that can be called with the same parameters. **Bold** marks a library that returns
something else than we do. `record.derivative(x, at_kink=0.5)` returns what you choose instead.

| activation | x | halfwave | torch | JAX | why |
|---|---|---|---|---|---|
"""

PLAIN = """
The same functions put together from elementary ones do not always return the same:

| expression | x | torch | JAX |
|---|---|---|---|
"""


def main(file: Path) -> None:
    """Measure, and write the page."""
    lines = [
        f"| [{row.name}](activations/{row.name}.md) | {number(row.at)} | {number(row.ours)} |"
        f" {shown(row.torch, row.ours)} | {shown(row.jax, row.ours)} | {row.why} |"
        for row in at_kinks(all_activations().values())
    ]
    plain = [
        f"| `{row.name}` | {number(row.at)} | {shown(row.torch)} | {shown(row.jax)} |"
        for row in at_kinks(None)
    ]
    head = HEAD.format(torch=version("torch").partition("+")[0], jax=version("jax"))
    file.write_text(head + "\n".join(lines) + "\n" + PLAIN + "\n".join(plain) + "\n", "utf-8")


def shown(value: float | None, ours: float | None = None) -> str:
    """Return a number for the table, in bold where it is not ours."""
    if value is None:
        return "–"
    same = ours is None or abs(value - ours) <= 1e-6 * max(1.0, abs(ours))
    return number(value) if same else f"**{number(value)}**"


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("kinks.md"))
