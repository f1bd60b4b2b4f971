"""Make docs/accuracy.md: errors of halfwave beside those of torch, JAX, SciPy and plain NumPy.

python benchmarks/accuracy/make_accuracy.py            # write docs/accuracy.md
python benchmarks/accuracy/make_accuracy.py FILE       # write there instead
"""

from __future__ import annotations

import math
import sys
from importlib.metadata import version
from pathlib import Path

from errors import ROOT, WHO, errors, measured

HEAD = """# Accuracy

The worst errors found, in units in the last place (ULP), as *value / derivative*; half a unit is a
correctly rounded result. The exact numbers are the tables in `tests/activations/golden`, made with
mpmath; the derivative of torch and JAX is that of their automatic differentiation.

**lost** means that the result is 0, infinite or nan where the exact one is a normal number (or the
other way round). A dash stands where somebody has no such function, or none that can be called with
our default parameters.

Counted are finite inputs for which the input and the exact result are normal numbers. Next to a
root other than 0 a relative error means nothing, so the points within a quarter of the root are
left out here; there an absolute bound is tested. "NumPy" is the usual way to write the function by
hand (`halfwave/bench/plain_numpy.py`), "SciPy" what its special functions give.

Made by `python benchmarks/accuracy/make_accuracy.py` with {versions}.
"""

TABLES = (
    ("float32, all finite inputs", "float32", 0.0, math.inf),
    ("float32, 0.001 ≤ |x| ≤ 20", "float32", 1e-3, 20.0),
    ("float64, all finite inputs", "float64", 0.0, math.inf),
    ("float64, 0.001 ≤ |x| ≤ 20", "float64", 1e-3, 20.0),
)


def main(file):
    """Measure, and write the page."""
    built = ("torch", "jax", "scipy", "numpy", "mpmath")
    said = ", ".join(f"{name} {version(name).partition('+')[0]}" for name in built)
    parts = [HEAD.format(versions=said)]
    for title, dtype, low, high in TABLES:
        head = " | ".join(["function", *WHO])
        rows = [f"## {title}", "", f"| {head} |", "|---" * (len(WHO) + 1) + "|"]
        for record in measured():
            found = errors(record, dtype, low, high)
            cells = [" / ".join(map(shown, found[who])) if who in found else "–" for who in WHO]
            rows.append(f"| [{record.name}](activations/{record.name}.md) | {' | '.join(cells)} |")
        parts.append("\n".join(rows) + "\n")
    file.write_text("\n".join(parts), "utf-8")


def shown(error):
    """Return an error with two or three digits."""
    if error is None:
        return "–"
    if math.isinf(error):
        return "**lost**"
    return f"{error:.2f}" if error < 100 else f"{error:.1e}"


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "accuracy.md")
