"""A record's functions, written on primitives, as plain Python functions of one number."""

from __future__ import annotations

import ast
import inspect
import math
from typing import TYPE_CHECKING, Any, Final

from halfwave.activations import Activation
from halfwave.activations.backends.base import Primitives
from halfwave.cards.folding import combine, drop_unused, negative, number
from halfwave.cards.reading import both, names_outside, parse, splits, unsaid
from halfwave.cards.spelling import HELPERS, PAIRS, SPELLINGS, call, first

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Translator"]

_PRIMITIVES: Final = frozenset({"m", "self"})


class Translator:
    """Translates functions, and collects the helpers and constants that they need."""

    def __init__(self, reserved: Iterable[str]) -> None:
        self.reserved = set(reserved)
        self.constants: dict[str, Any] = {}
        self.helpers: dict[str, ast.FunctionDef | None] = {}  # None: stands in HELPERS
        self.pairs: dict[str, float] = {}  # helper -> what the second number of its pair is

    def body(self, function: Callable[..., Any], found: ast.FunctionDef) -> list[ast.stmt]:
        """Translate the statements of a function, its docstring left out."""
        return drop_unused(_Body(self, function, found).statements(unsaid(found.body)))

    def helper(self, function: Callable[..., Any]) -> str:
        """Translate a function that another one calls; returns its name."""
        name = function.__name__.lstrip("_")
        name = f"{name}_of" if name in self.reserved else name
        if name in self.helpers:
            return name
        if name in HELPERS:
            self.helpers[name] = None
            return name
        found = parse(function)
        said = ast.get_docstring(found)
        translator = _Body(self, function, found)
        returned = [node.value for node in ast.walk(found) if isinstance(node, ast.Return)]
        body = drop_unused(translator.statements(unsaid(found.body)))
        pair = [translator.second(value) for value in returned if value is not None]
        if pair and pair[0] is not None:
            self.pairs[name] = pair[0]
        seconds = [
            float(str(node.value.elts[1].value))
            for node in ast.walk(ast.Module(body, []))
            if isinstance(node, ast.Return)
            and isinstance(node.value, ast.Tuple)
            and len(node.value.elts) == 2
            and isinstance(node.value.elts[1], ast.Constant)
        ]
        if seconds:  # a pair whose second number says nothing here
            self.pairs[name] = seconds[0]
            for node in ast.walk(ast.Module(body, [])):
                if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
                    node.value = node.value.elts[0]
        words = (
            [ast.Expr(ast.Constant(said.splitlines()[0]))]
            if said and name not in self.pairs
            else []
        )
        names = [a.arg for a in (*found.args.args, *found.args.kwonlyargs)]
        found.args = ast.arguments(
            args=[ast.arg(n) for n in names if n not in _PRIMITIVES],
            posonlyargs=[],
            kwonlyargs=[],
            kw_defaults=[],
            defaults=[],
        )
        found.name, found.body = name, [*words, *drop_unused(body)]
        self.helpers.pop(name, None)
        self.helpers[name] = found
        return name

    def constant(self, name: str, value: Any) -> ast.expr:
        """A number, or a tuple of numbers, from the record's module."""
        if isinstance(value, float) and not math.isfinite(value):
            return ast.parse("math.nan" if math.isnan(value) else "math.inf", mode="eval").body
        known = name.lstrip("_")
        self.constants[known] = value
        return ast.Name(known, ast.Load())


class _Body(ast.NodeTransformer):
    """Translates the body of one function."""

    def __init__(
        self, owner: Translator, function: Callable[..., Any], found: ast.FunctionDef
    ) -> None:
        self.owner = owner
        self.outside = names_outside(function)
        self.known: dict[str, ast.expr] = {}  # names that are numbers here
        self.given = {a.arg for a in (*found.args.args, *found.args.kwonlyargs)}
        self.local = self.given | {
            node.id
            for node in ast.walk(found)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }

    def statements(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        result: list[ast.stmt] = []
        for statement in statements:
            new = self.visit(statement)
            result.extend(new if isinstance(new, list) else [new])
        return result

    def visit_Assign(self, node: ast.Assign) -> Any:
        value = self.visit(node.value)
        target = node.targets[0]
        if isinstance(target, ast.Name) and isinstance(value, ast.Name) and splits(node.value):
            self.known[target.id] = value  # half of its digits: here all of them
            return []
        if not isinstance(target, ast.Tuple):
            self.visit(target)
            return ast.Assign([target], value, lineno=0)
        second = self.second(node.value)
        if second is not None and len(target.elts) == 2:
            value = ast.Tuple([first(value), number(second)], ast.Load())
        if not isinstance(value, ast.Tuple):
            return ast.Assign([target], value, lineno=0)
        result: list[ast.stmt] = []
        for name, part in zip(target.elts, value.elts, strict=True):
            if isinstance(name, ast.Name) and isinstance(part, ast.Constant):
                self.known[name.id] = part
            elif ast.dump(name) != ast.dump(part):
                result.append(ast.Assign([name], part, lineno=0))
        return result

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        assert node.value is not None  # noqa: S101 - an annotation alone has no use in a function
        return self.visit(ast.Assign([node.target], node.value, lineno=0))

    def visit_Assert(self, node: ast.Assert) -> Any:  # noqa: ARG002 - ast's signature
        return []

    def visit_Name(self, node: ast.Name) -> Any:
        if not isinstance(node.ctx, ast.Load):
            self.known.pop(node.id, None)
            return node
        if node.id in self.known:
            return self.known[node.id]
        if node.id in self.local or node.id not in self.outside:
            return node
        value = self.outside[node.id]
        if isinstance(value, (int, float, tuple)):
            return self.owner.constant(node.id, value)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        left, right = self.visit(node.left), self.visit(node.right)
        if isinstance(node.op, (ast.BitAnd, ast.BitOr)):
            return (
                both(left, right)
                if isinstance(node.op, ast.BitAnd)
                else ast.BoolOp(ast.Or(), [left, right])
            )
        return combine(left, node.op, right)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        inner = self.visit(node.operand)
        if isinstance(node.op, ast.USub):
            return negative(inner)
        return ast.UnaryOp(ast.Not() if isinstance(node.op, ast.Invert) else node.op, inner)

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        if isinstance(node.value, ast.Name) and node.value.id in _PRIMITIVES:
            return number(getattr(Primitives, node.attr))  # a limit of the working precision
        return self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        second = self.second(node.value)
        if isinstance(node.value, ast.Name) and node.value.id in self.given:
            second = 0.0  # a pair that was handed over: one number here
        if second is not None and isinstance(node.slice, ast.Constant):
            return self.visit(node.value) if node.slice.value == 0 else number(second)
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> Any:
        arguments = self._arguments(node)
        callee = node.func
        if (
            isinstance(callee, ast.Attribute)
            and isinstance(callee.value, ast.Name)
            and callee.value.id in _PRIMITIVES
        ):
            return self._primitive(callee.attr, arguments)
        function = self._function(callee)
        if function is not None:
            return call(self.owner.helper(function), *map(first, arguments))
        return ast.Call(callee, arguments, [])

    # -- parts ---------------------------------------------------------------------

    def _function(self, callee: ast.expr) -> Callable[..., Any] | None:
        """The function that is called: of the module, or ``f`` or ``df`` of another record."""
        if isinstance(callee, ast.Attribute) and isinstance(callee.value, ast.Name):
            owner = self.outside.get(callee.value.id)
            found = getattr(owner, callee.attr, None) if isinstance(owner, Activation) else None
        else:
            found = self.outside.get(callee.id) if isinstance(callee, ast.Name) else None
        return found if inspect.isfunction(found) else None

    def _arguments(self, node: ast.Call) -> list[ast.expr]:
        """The arguments without the primitives, in the order of the function's own."""
        result: list[ast.expr] = []
        for argument in (*node.args, *(keyword.value for keyword in self._sorted(node))):
            if isinstance(argument, ast.Name) and argument.id in _PRIMITIVES:
                continue
            if isinstance(argument, ast.Starred):
                assert isinstance(argument.value, ast.Name)  # noqa: S101 - a constant's name
                parts = self.outside[argument.value.id]
                result.extend(number(part) for part in parts)
            else:
                result.append(self.visit(argument))
        return result

    def _sorted(self, node: ast.Call) -> list[ast.keyword]:
        function = self._function(node.func)
        if function is None:
            return node.keywords
        order = list(inspect.signature(function).parameters)
        return sorted(node.keywords, key=lambda keyword: order.index(keyword.arg or ""))

    def _primitive(self, name: str, arguments: list[ast.expr]) -> ast.expr:
        if name == "where":
            condition, yes, no = arguments
            return ast.IfExp(condition, yes, no)
        if name in SPELLINGS:
            return SPELLINGS[name](*arguments)
        method = getattr(Primitives, name, None)
        if method is None or getattr(method, "__isabstractmethod__", False):
            raise ValueError(f"the primitive {name!r} has no spelling in plain Python")
        return call(self.owner.helper(method), *arguments)

    def second(self, node: ast.expr) -> float | None:
        """What the second number of a pair is here; None for what is no pair."""
        if not isinstance(node, ast.Call):
            return None
        if isinstance(node.func, ast.Attribute):
            if not isinstance(node.func.value, ast.Name) or node.func.value.id not in _PRIMITIVES:
                return None
            name = node.func.attr
        else:
            name = node.func.id.lstrip("_") if isinstance(node.func, ast.Name) else ""
        own = self.owner.pairs
        return PAIRS.get(name, own.get(name, own.get(f"{name}_of")))
