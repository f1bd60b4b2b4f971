"""Plain Python for the activations that mix the elements of a list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from halfwave.cards.formula import render
from halfwave.cards.list_programs import PROGRAMS

if TYPE_CHECKING:
    from halfwave.activations import Activation

__all__ = ["list_program"]

_INPUTS: Final = "[-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0]"


def list_program(record: Activation) -> str:
    """Return a program with a record's function of one list of numbers.

    Raises
    ------
    ValueError
        If ``list_programs.py`` has none for it.
    """
    if record.name not in PROGRAMS:
        raise ValueError(
            f"{record.name} mixes elements and is not written in plain Python yet:"
            " add it to halfwave/cards/list_programs.py"
        )
    text = re.sub(r"\n{3,}", "\n\n\n", PROGRAMS[record.name].strip("\n"))
    formula = "\n".join(line.rstrip() for box in render(record.formula) for line in box.lines)
    head = f'"""{record.name}: plain Python, of one list.\n\n{formula}\n"""\n\n'
    head += "import math\n\n\n" if "math." in text else "\n"
    name = record.name
    return f"""{head}{text}


if __name__ == "__main__":
    inputs = {_INPUTS}
    outputs = {name}(inputs)
    print("inputs: ", inputs)
    print("outputs:", outputs)
"""
