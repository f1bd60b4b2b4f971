"""Arithmetic on expressions that leaves out what makes no difference, such as ``+ 0.0``."""

from __future__ import annotations

import ast

__all__ = [
    "add",
    "combine",
    "divide",
    "drop_unused",
    "is_number",
    "multiply",
    "negative",
    "number",
    "value_of",
]


def number(value: float) -> ast.expr:
    """An expression for a number."""
    if value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def value_of(node: ast.expr) -> float | None:
    """The number that an expression states, if it states one."""
    if isinstance(node, ast.Constant) and type(node.value) in {int, float}:
        return node.value  # type: ignore[return-value]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = value_of(node.operand)
        return None if inner is None else -inner
    return None


def is_number(node: ast.expr) -> bool:
    """Whether an expression is a number and no more."""
    return value_of(node) is not None


def negative(node: ast.expr) -> ast.expr:
    """Minus the expression."""
    stated = value_of(node)
    if stated is not None:
        return number(-stated if stated else 0.0)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return node.operand
    return ast.UnaryOp(ast.USub(), node)


def combine(left: ast.expr, op: ast.operator, right: ast.expr) -> ast.expr:  # noqa: PLR0911
    """``left op right``, with zeros and ones left out."""
    a, b = value_of(left), value_of(right)
    if isinstance(op, ast.Add):
        return right if a == 0 else left if b == 0 else ast.BinOp(left, op, right)
    if isinstance(op, ast.Sub):
        if ast.dump(left) == ast.dump(right):
            return number(0.0)
        return left if b == 0 else negative(right) if a == 0 else ast.BinOp(left, op, right)
    if isinstance(op, ast.Mult):
        if a == 0 or b == 0:
            return number(0.0)
        return right if a == 1 else left if b == 1 else ast.BinOp(left, op, right)
    if isinstance(op, ast.Div):
        return number(0.0) if a == 0 else left if b == 1 else ast.BinOp(left, op, right)
    return ast.BinOp(left, op, right)


def add(left: ast.expr, right: ast.expr) -> ast.expr:
    """The sum."""
    return combine(left, ast.Add(), right)


def multiply(left: ast.expr, right: ast.expr) -> ast.expr:
    """The product."""
    return combine(left, ast.Mult(), right)


def divide(left: ast.expr, right: ast.expr) -> ast.expr:
    """The quotient."""
    return combine(left, ast.Div(), right)


def drop_unused(body: list[ast.stmt]) -> list[ast.stmt]:
    """Leave out assignments to names that nothing reads."""
    while True:
        used = {
            node.id
            for statement in body
            for node in ast.walk(statement)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        kept = [statement for statement in body if not _unread(statement, used)]
        if len(kept) == len(body):
            return kept
        body = kept


def _unread(statement: ast.stmt, used: set[str]) -> bool:
    """Whether a statement does nothing but assign names that are not read."""
    if isinstance(statement, ast.If):
        return all(_unread(inner, used) for inner in (*statement.body, *statement.orelse))
    if not isinstance(statement, ast.Assign):
        return False
    target = statement.targets[0]
    return isinstance(target, ast.Name) and target.id not in used
