"""The activations that mix the elements of a list, in plain Python: one text a record."""

from __future__ import annotations

from typing import Final

__all__ = ["PROGRAMS"]

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
_SELU: Final = """
def selu(v):
    return 1.0507009873554805 * (v if v > 0 else 1.6732632423543772 * math.expm1(v))
"""
_HALVES: Final = '''
def halves(x):
    """The first half and the second half of a list of even length."""
    middle = len(x) // 2
    return x[:middle], x[middle:]
'''
_GROUPS: Final = '''
def groups(x, size):
    """Neighbours, so many at a time."""
    return [x[start:start + size] for start in range(0, len(x), size)]
'''


def _gated(name: str, product: str, *helpers: str) -> str:
    before = "\n".join([*helpers, _HALVES])
    return f'''{before}

def {name}(x):
    """The first half of the list, gated by the second half."""
    values, gates = halves(x)
    return [{product} for a, b in zip(values, gates)]
'''


def _grouped(name: str, said: str, body: str) -> str:
    return f'''{_GROUPS}

def {name}(x, size=2):
    """{said}"""
    return {body}
'''


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
    "softmax_one": '''
def softmax_one(x):
    """Shares of one, some of which goes to nobody."""
    largest = max(0.0, *x)
    z = [math.exp(v - largest) for v in x]
    total = math.exp(-largest) + sum(z)
    return [v / total for v in z]
''',
    "taylor_softmax": '''
def taylor_softmax(x):
    """Softmax with 1 + x + x*x/2 in the place of exp(x)."""
    z = [1.0 + v + 0.5 * v * v for v in x]
    total = sum(z)
    return [v / total for v in z]
''',
    "sparsemax": '''
def sparsemax(x):
    """Shares of one, many of them exactly 0: what is above a threshold."""
    total, threshold = 0.0, 0.0
    for count, v in enumerate(sorted(x, reverse=True), start=1):
        total += v
        if 1.0 + count * v > total:
            threshold = (total - 1.0) / count
    return [max(0.0, v - threshold) for v in x]
''',
    "entmax15": '''
def entmax15(x):
    """Between softmax and sparsemax: squares of what is above a threshold."""
    largest = max(x)
    z = [0.5 * (v - largest) for v in x]
    total, squares, threshold = 0.0, 0.0, 0.0
    for count, v in enumerate(sorted(z, reverse=True), start=1):
        total += v
        squares += v * v
        mean = total / count
        room = (1.0 - (squares - count * mean * mean)) / count
        edge = mean - math.sqrt(max(0.0, room))
        if edge <= v:
            threshold = edge
    return [max(0.0, v - threshold) ** 2 for v in z]
''',
    "squash": '''
def squash(x):
    """The vector in its own direction, with a length below one."""
    square = sum(v * v for v in x)
    factor = math.sqrt(square) / (1.0 + square)
    return [v * factor for v in x]
''',
    "glu": _gated("glu", "a * sigmoid(b)", _SIGMOID),
    "gtu": _gated("gtu", "math.tanh(a) * sigmoid(b)", _SIGMOID),
    "bilinear": _gated("bilinear", "a * b"),
    "reglu": _gated("reglu", "a * max(0.0, b)"),
    "geglu": _gated("geglu", "a * b * 0.5 * math.erfc(-b / math.sqrt(2.0))"),
    "swiglu": _gated("swiglu", "a * b * sigmoid(b)", _SIGMOID),
    "seglu": _gated("seglu", "a * selu(b)", _SELU),
    "maxout": _grouped("maxout", "The largest of each group.", "[max(g) for g in groups(x, size)]"),
    "mean_pooling": _grouped(
        "mean_pooling", "The mean of each group.", "[sum(g) / size for g in groups(x, size)]"
    ),
    "groupsort": _grouped(
        "groupsort",
        "The elements of each group in ascending order.",
        "[v for g in groups(x, size) for v in sorted(g)]",
    ),
    "lwta": _grouped(
        "lwta",
        "The largest of each group stays, the first one of equals; the others become 0.",
        "[v if i == g.index(max(g)) else 0.0 for g in groups(x, size) for i, v in enumerate(g)]",
    ),
    "crelu": '''
def crelu(x):
    """The positive parts, then the negative parts without their sign."""
    return [max(0.0, v) for v in x] + [max(0.0, -v) for v in x]
''',
    "bipolar_relu": '''
def bipolar_relu(x):
    """ReLU for the first, third … element, and its reflection for the others."""
    return [max(0.0, v) if i % 2 == 0 else min(0.0, v) for i, v in enumerate(x)]
''',
}
