"""Plain Python for the activations that mix the elements of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from halfwave.cards.formula import render

if TYPE_CHECKING:
    from halfwave.activations import Activation

__all__ = ["PROGRAMS", "list_program"]

_SOFTMAX: Final = '''
def softmax(x):
    """Shares of one; the largest score is taken off first, so that exp does not overflow."""
    largest = max(x)
    z = [math.exp(v - largest) for v in x]
    total = sum(z)
    return [v / total for v in z]
'''
_SIGMOID: Final = """
def sigmoid(v):
    z = math.exp(-abs(v))
    return (1.0 if v >= 0 else z) / (1.0 + z)
"""
_HALVES: Final = '''
def halves(x):
    """The first half and the second half of a list of even length."""
    middle = len(x) // 2
    return x[:middle], x[middle:]
'''


def _gated(name: str, gate: str, *helpers: str) -> str:
    return "\n\n".join(
        text.strip("\n")
        for text in (
            *helpers,
            _HALVES,
            f'''
def {name}(x):
    """One half of the list times the gate that the other half makes."""
    values, gates = halves(x)
    return [a * {gate} for a, b in zip(values, gates)]
''',
        )
    )


#: record -> its function of one list, its helpers first
PROGRAMS: Final[dict[str, str]] = {
    "softmax": _SOFTMAX,
    "softmin": f'''{_SOFTMAX}

def softmin(x):
    """Softmax of the negated scores."""
    return softmax([-v for v in x])
''',
    "log_softmax": '''
def log_softmax(x):
    """Logarithms of shares of one."""
    largest = max(x)
    total = sum(math.exp(v - largest) for v in x)
    return [v - largest - math.log(total) for v in x]
''',
    "gumbel_softmax": f'''{_SOFTMAX}

def gumbel_softmax(x, tau=1.0, noise=0.0):
    """Softmax of scores with noise, divided by a temperature."""
    return softmax([(v + noise) / tau for v in x])
''',
    "glu": _gated("glu", "sigmoid(b)", _SIGMOID),
}

_INPUTS: Final = "[-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0]"


def list_program(record: Activation) -> str:
    """Return a program with a record's function of one list of numbers.

    Raises
    ------
    ValueError
        If nobody has written it.
    """
    if record.name not in PROGRAMS:
        raise ValueError(f"nobody has written {record.name} in plain Python yet")
    text = PROGRAMS[record.name].strip("\n").replace("\n\n\n\n", "\n\n\n")
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
