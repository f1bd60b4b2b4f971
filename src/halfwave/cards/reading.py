"""A record's functions as they are written: their definitions, and what their names mean."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import TYPE_CHECKING, Any

from halfwave.cards.spelling import SIMPLER

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["both", "names_outside", "parse", "splits", "unsaid"]


def parse(function: Callable[..., Any]) -> ast.FunctionDef:
    """Return the definition of a function, without its annotations.

    Raises
    ------
    ValueError
        For a lambda, or where there is no source to read.
    """
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError) as error:
        raise ValueError(f"the source of {function.__name__} cannot be read") from error
    found = tree.body[0]
    if not isinstance(found, ast.FunctionDef):
        raise ValueError(f"{function.__name__} is not written with def")  # noqa: TRY004 - no type of an argument is wrong
    simple = SIMPLER.get(found.name.lstrip("_"))
    if simple is not None:
        found.body = ast.parse(simple.strip()).body
    found.decorator_list = []
    found.returns = None
    for argument in (*found.args.args, *found.args.kwonlyargs):
        argument.annotation = None
    return found


def both(left: ast.expr, right: ast.expr) -> ast.expr:
    """``a < x < b`` for ``x > a and x < b``."""
    if (
        isinstance(left, ast.Compare)
        and isinstance(right, ast.Compare)
        and ast.dump(left.left) == ast.dump(right.left)
        and isinstance(left.ops[0], (ast.Gt, ast.GtE))
        and isinstance(right.ops[0], (ast.Lt, ast.LtE))
    ):
        low = ast.Lt() if isinstance(left.ops[0], ast.Gt) else ast.LtE()
        return ast.Compare(
            left.comparators[0], [low, right.ops[0]], [left.left, right.comparators[0]]
        )
    return ast.BoolOp(ast.And(), [left, right])


def splits(node: ast.expr) -> bool:
    """Whether a number is cut to half its digits here."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "split"
    )


def unsaid(body: list[ast.stmt]) -> list[ast.stmt]:
    """A function's statements without its docstring."""
    first_one = body[0]
    said = isinstance(first_one, ast.Expr) and isinstance(first_one.value, ast.Constant)
    return body[1:] if said else body


def names_outside(function: Callable[..., Any]) -> dict[str, Any]:
    """What the names mean that a function takes from around it."""
    found = inspect.unwrap(function)
    cells = found.__closure__ or ()
    inner = dict(zip(found.__code__.co_freevars, (c.cell_contents for c in cells), strict=True))
    return {**found.__globals__, **inner}
