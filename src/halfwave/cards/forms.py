"""Two ways to write a function by cases: with if and else, and as one expression."""

from __future__ import annotations

import ast
from copy import deepcopy
from typing import Any

__all__ = ["as_branches", "as_expression"]


def as_branches(body: list[ast.stmt]) -> list[ast.stmt]:
    """Write conditional expressions as if statements, where a statement is one."""
    result: list[ast.stmt] = []
    for statement in body:
        result.extend(_branches(statement))
    return result


def as_expression(body: list[ast.stmt]) -> ast.expr | None:
    """The one expression that a body returns, with max and min where they fit; else None."""
    if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
        return None
    return _Extremes().visit(deepcopy(body[0].value))


def _branches(statement: ast.stmt) -> list[ast.stmt]:
    if isinstance(statement, ast.Return) and isinstance(statement.value, ast.IfExp):
        case = statement.value
        return [
            ast.If(case.test, _branches(ast.Return(case.body)), []),
            *_branches(ast.Return(case.orelse)),
        ]
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.IfExp):
        case = statement.value
        sides = [
            _branches(ast.Assign(statement.targets, side, lineno=0))
            for side in (case.body, case.orelse)
        ]
        same = ast.dump(statement.targets[0]).replace("Store", "Load")
        orelse = [] if ast.dump(case.orelse) == same else sides[1]
        return [ast.If(case.test, sides[0], orelse)]
    return [statement]


class _Extremes(ast.NodeTransformer):
    """``a if a > b else b`` is ``max(b, a)``; and so on."""

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        self.generic_visit(node)
        test = node.test
        if not isinstance(test, ast.Compare) or len(test.ops) != 1:
            return node
        left, right = test.left, test.comparators[0]
        above = isinstance(test.ops[0], (ast.Gt, ast.GtE))
        if not above and not isinstance(test.ops[0], (ast.Lt, ast.LtE)):
            return node
        if _same(node.body, left) and _same(node.orelse, right):
            # the value returned says 0.0 where the comparison says 0
            return _call("max" if above else "min", node.orelse, left)
        if _same(node.body, right) and _same(node.orelse, left):
            return _call("min" if above else "max", node.body, left)
        # x > 6: 6, else max(0, x)  is  min(6, max(0, x))
        inner = node.orelse
        name = "min" if above else "max"
        other = "max" if above else "min"
        if (
            _same(node.body, right)
            and isinstance(inner, ast.Call)
            and isinstance(inner.func, ast.Name)
            and inner.func.id == other
            and any(_same(argument, left) for argument in inner.args)
        ):
            return _call(name, node.body, inner)
        return node


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _same(a: ast.expr, b: ast.expr) -> bool:
    """Whether two expressions are the same; 6 and 6.0 are."""
    if isinstance(a, ast.Constant) and isinstance(b, ast.Constant):
        return a.value == b.value
    return ast.dump(a) == ast.dump(b)
