"""How each primitive of a record is written in plain Python, for one number."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from halfwave.cards.folding import add, divide, is_number, multiply, negative, number

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["HELPERS", "PAIRS", "SIMPLER", "SPELLINGS", "call", "first"]

#: primitives that give two numbers for one of twice the precision: here one
#: number, and what the second one is then
PAIRS: Final = {
    "constant": 0.0,
    "gauss": 1.0,
    "multiply": 0.0,
    "parameter": 0.0,
    "quotient": 0.0,
    "two_product": 0.0,
    "two_sum": 0.0,
}

#: functions of records that are simple where the last digits do not count: their bodies
SIMPLER: Final = {
    "cloglog": "return -math.expm1(-math.exp(min(x, 7.0)))",
    "cloglog_derivative": """
if x > 7.0:
    return 0.0
return math.exp(x - math.exp(x))
""",
    "golu": """
if x < -7.0:
    return 0.0
return x * math.exp(-math.exp(-x))
""",
    "golu_derivative": """
if x < -7.0:
    return 0.0
return math.exp(-math.exp(-x)) * (1.0 + x * math.exp(-x))
""",
    "phish": """
gelu = 0.5 * x * math.erfc(-x / math.sqrt(2.0))
return x * math.tanh(gelu)
""",
    "phish_derivative": """
normal = 0.5 * math.erfc(-x / math.sqrt(2.0))
slope = normal + x * math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
t = math.tanh(x * normal)
return t + x * slope * (1.0 - t * t)
""",
    "dynamic_tanh": "return weight * math.tanh(alpha * x) + bias",
    "soft_exponential": """
if alpha == 0:
    return x
return math.expm1(alpha * x) / alpha + alpha
""",
    "soft_exponential_derivative": "return math.exp(alpha * x)",
    "wendland": """
share = min(abs(x) / radius, 1.0)
return (1.0 - share) ** 4 * (4.0 * share + 1.0)
""",
    "wendland_derivative": """
share = min(abs(x) / radius, 1.0)
fall = 20.0 * share * (1.0 - share) ** 3 / radius
return -fall if x > 0 else fall
""",
    "gelu": "return 0.5 * x * math.erfc(-x / math.sqrt(2.0))",
    "gelu_derivative": """
density = math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
return 0.5 * math.erfc(-x / math.sqrt(2.0)) + x * density
""",
    "pau": """
top = a0 + x * (a1 + x * (a2 + x * (a3 + x * (a4 + x * a5))))
return top / (1.0 + x * x * (b2 + x * x * b4))
""",
    "pau_derivative": """
top = a0 + x * (a1 + x * (a2 + x * (a3 + x * (a4 + x * a5))))
top_slope = a1 + x * (2.0 * a2 + x * (3.0 * a3 + x * (4.0 * a4 + x * 5.0 * a5)))
bottom = 1.0 + x * x * (b2 + x * x * b4)
bottom_slope = x * (2.0 * b2 + x * x * 4.0 * b4)
return (top_slope - top / bottom * bottom_slope) / bottom
""",
    "rational": """
top = a0 + x * (a1 + x * (a2 + x * a3))
return top / (b0 + b2 * x * x)
""",
    "rational_derivative": """
top = a0 + x * (a1 + x * (a2 + x * a3))
top_slope = a1 + x * (2.0 * a2 + x * 3.0 * a3)
bottom = b0 + b2 * x * x
return (top_slope - top / bottom * 2.0 * b2 * x) / bottom
""",
}

#: helpers that are better said otherwise in plain Python than in arrays
HELPERS: Final = {
    "mills": '''
def mills(x):
    """(1 - Phi(x)) / phi(x) of the normal distribution, for x >= 0."""
    if x < 25.0:
        return math.sqrt(0.5 * math.pi) * math.erfc(x / math.sqrt(2.0)) * math.exp(0.5 * x * x)
    return 1.0 / (x + 1.0 / (x + 2.0 / (x + 3.0 / (x + 4.0 / x))))
''',
    "tail_ratio": '''
def tail_ratio(x):
    """(1 - Phi(x)) * exp(x*x/2) of the normal distribution, for x >= 0."""
    if x < 25.0:
        return 0.5 * math.erfc(x / math.sqrt(2.0)) * math.exp(0.5 * x * x)
    ratio = 1.0 / (x + 1.0 / (x + 2.0 / (x + 3.0 / (x + 4.0 / x))))
    return ratio / math.sqrt(2.0 * math.pi)
''',
    "erf_series": '''
def erf_series(square):
    """erf(s) * exp(s*s) * sqrt(pi) / (2*s) for s = sqrt(square)."""
    if square < 1e-8:
        return 1.0 + 2.0 * square / 3.0
    s = math.sqrt(square)
    return math.erf(s) * math.exp(square) * math.sqrt(math.pi) / (2.0 * s)
''',
    "x_minus_tanh": '''
def x_minus_tanh(x):
    """x - tanh(x), by its series where the two nearly cancel."""
    if abs(x) > 0.2:
        return x - math.tanh(x)
    s = x * x
    return x * s * (1/3 - s * (2/15 - s * (17/315 - s * (62/2835 - s * (1382/155925)))))
''',
}


def call(name: str, *arguments: ast.expr) -> ast.Call:
    """A call of a function by its name."""
    return ast.Call(ast.parse(name, mode="eval").body, list(arguments), [])


def first(pair: ast.expr) -> ast.expr:
    """One number for a pair: its first, or the sum of both."""
    if isinstance(pair, ast.Tuple) and len(pair.elts) == 2:
        return add(pair.elts[0], pair.elts[1])
    return pair


def _function(name: str) -> Callable[..., ast.expr]:
    return lambda *arguments: call(name, *arguments)


def _gauss(x: ast.expr, scale: ast.expr | None = None) -> ast.expr:
    factor = negative(scale or number(0.5))
    return call("math.exp", multiply(multiply(factor, x), x))


def _root_of_square_plus(x: ast.expr, c: ast.expr) -> ast.expr:
    return call("math.sqrt", add(multiply(x, x), c))


def _inverse_root_cubed(x: ast.expr, alpha: ast.expr) -> ast.expr:
    base = add(number(1.0), multiply(multiply(alpha, x), x))
    return ast.BinOp(base, ast.Pow(), number(-1.5))


def _upper_tail(x: ast.expr) -> ast.expr:
    return multiply(number(0.5), call("math.erfc", divide(x, call("math.sqrt", number(2.0)))))


def _full_like(x: ast.expr, value: ast.expr) -> ast.expr:  # noqa: ARG001 - one number has no shape
    return value


def _constant(high: ast.expr, low: ast.expr) -> ast.expr:  # noqa: ARG001 - below the last place
    return high


def _minimum(a: ast.expr, b: ast.expr) -> ast.expr:
    return call("min", *sorted((a, b), key=is_number, reverse=True))


def _maximum(a: ast.expr, b: ast.expr) -> ast.expr:
    return call("max", *sorted((a, b), key=is_number, reverse=True))


def _positive_part(x: ast.expr) -> ast.expr:
    return call("max", number(0.0), x)


def _negative_part(x: ast.expr) -> ast.expr:
    return call("min", number(0.0), x)


def _itself(x: ast.expr) -> ast.expr:
    return x


def _mul_exp(a: ast.expr, x: ast.expr) -> ast.expr:
    return multiply(a, call("math.exp", x))


def _mul_exp_product(a: ast.expr, b: ast.expr, x: ast.expr) -> ast.expr:
    return _mul_exp(a, multiply(negative(first(b)), x))


def _multiply(a: ast.expr, b: ast.expr) -> ast.expr:
    return multiply(first(a), first(b))


SPELLINGS: Final[dict[str, Callable[..., ast.expr]]] = {
    **{n: _function(f"math.{n}") for n in ("cos", "exp", "expm1", "log", "log1p", "sin", "sqrt")},
    "abs": _function("abs"),
    "arctan": _function("math.atan"),
    "constant": _constant,
    "erf": _function("math.erf"),
    "floor": _function("math.floor"),
    "full_like": _full_like,
    "gauss": _gauss,
    "inverse_root_cubed": _inverse_root_cubed,
    "maximum": _maximum,
    "minimum": _minimum,
    "mul_exp": _mul_exp,
    "mul_exp_product": _mul_exp_product,
    "multiply": _multiply,
    "negative_part": _negative_part,
    "parameter": _itself,
    "positive_part": _positive_part,
    "quotient": divide,
    "root_of_square_plus": _root_of_square_plus,
    "rounded": _itself,
    "split": _itself,
    "tanh": _function("math.tanh"),
    "two_product": multiply,
    "two_sum": add,
    "upper_tail": _upper_tail,
}
