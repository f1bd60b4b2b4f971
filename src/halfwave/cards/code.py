"""Plain Python for an activation: it runs as it stands, and needs nothing but Python."""

from __future__ import annotations

import ast
import builtins
import keyword
from typing import TYPE_CHECKING, Any, Final

from halfwave.cards.forms import as_branches, as_expression
from halfwave.cards.formula import render
from halfwave.cards.lists import list_program
from halfwave.cards.reading import parse
from halfwave.cards.spelling import HELPERS
from halfwave.cards.translating import Translator

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfwave.activations import Activation

__all__ = ["plain_python"]

_INPUTS: Final = "[-6.0, -3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0]"


def plain_python(record: Activation) -> str:
    """Return a program with a record's function, its derivative, and a list of inputs.

    The function is written with if and else and, where it can be, as one
    expression. What the record does for the last digits (numbers of twice the
    precision) is left out: the program agrees with it to about nine digits, for
    inputs at which Python's ``math`` functions neither overflow nor are
    undefined.

    Raises
    ------
    ValueError
        If the record's source has something that has no plain spelling.
    """
    if record.mixes:
        return list_program(record)
    name = record.name
    translator = Translator(
        {name, f"{name}_derivative", f"{name}_in_one_line", "inputs"}
        | set(dir(builtins))
        | set(keyword.kwlist)
        | _names_stored(record.f)
        | _names_stored(record.df)
    )
    value = _Definition(record, translator, record.f)
    slope = _Definition(record, translator, record.df or record.f)
    functions = [value.branches(name, f"{record.summary[:1].upper()}{record.summary[1:]}")]
    compact = value.expression(f"{name}_in_one_line", "The same as one expression.")
    functions += [compact] if compact else []
    functions.append(slope.branches(f"{name}_derivative", "The derivative."))
    return _program(record, translator, functions, one_line=bool(compact))


class _Definition:
    """One of the record's functions, translated."""

    def __init__(
        self, record: Activation, translator: Translator, function: Callable[..., Any]
    ) -> None:
        self.record = record
        self.translator = translator
        found = parse(function)
        self.body = translator.body(function, found)
        self._unfold()
        self.used = {
            node.id for node in ast.walk(ast.Module(self.body, [])) if isinstance(node, ast.Name)
        }

    def _unfold(self) -> None:
        """Put the helper's own body in the place of a call that does all the work."""
        last = self.body[-1]
        if not isinstance(last, ast.Return) or not isinstance(last.value, ast.Call):
            return
        called = last.value.func
        helper = self.translator.helpers.get(called.id) if isinstance(called, ast.Name) else None
        if helper is None:
            return
        names = [argument.arg for argument in helper.args.args]
        inner = ast.Module(helper.body, [])
        stored = {
            node.id
            for node in ast.walk(inner)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        given = dict(zip(names, last.value.args, strict=True))
        if stored & (set(names) | {"x"} | set(self.record.defaults)):
            return
        before: list[ast.stmt] = []
        for name, value in given.items():
            if not isinstance(value, (ast.Name, ast.Constant)):
                if name in {"x", *self.record.defaults}:
                    return
                before.append(ast.Assign([ast.Name(name, ast.Store())], value, lineno=0))
                given[name] = ast.Name(name, ast.Load())
        text = ast.unparse(_Rename(given).visit(ast.parse(ast.unparse(inner))))
        body = ast.parse(text).body
        if isinstance(body[0], ast.Expr):
            body = body[1:]
        self.body = [*self.body[:-1], *before, *body]

    def branches(self, name: str, said: str) -> str:
        return self._write(name, said, as_branches(self.body))

    def expression(self, name: str, said: str) -> str | None:
        """The function as one expression; None where that would be the same again."""
        compact = as_expression(self.body)
        if compact is None or ast.dump(compact) == ast.dump(as_branches(self.body)[-1]):
            return None
        body: list[ast.stmt] = [ast.Return(compact)]
        same = ast.unparse(ast.Module(body, [])) == ast.unparse(
            ast.Module(as_branches(self.body), [])
        )
        return None if same else self._write(name, said, body)

    def _write(self, name: str, said: str, body: list[ast.stmt]) -> str:
        arguments = ["x"] + [f"{p}={value!r}" for p, value in self.record.defaults.items()]
        head = f"def {name}({', '.join(arguments)}):"
        text = ast.unparse(ast.fix_missing_locations(ast.Module(body, [])))
        lines = [f'    """{said}"""', *(f"    {line}" for line in text.splitlines())]
        return "\n".join([head, *lines])


def _names_stored(function: Callable[..., Any] | None) -> set[str]:
    """The names of a function's own variables: no helper may have one of them."""
    if function is None:
        return set()
    return {
        node.id
        for node in ast.walk(parse(function))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


class _Rename(ast.NodeTransformer):
    """Puts expressions in the place of names."""

    def __init__(self, given: dict[str, ast.expr]) -> None:
        self.given = given

    def visit_Name(self, node: ast.Name) -> Any:
        return self.given.get(node.id, node)


def _program(
    record: Activation, translator: Translator, functions: list[str], *, one_line: bool
) -> str:
    used = "\n".join(functions)
    helpers: list[str] = []
    for name, helper in reversed(translator.helpers.items()):
        text = used + "\n".join(helpers)
        if f"{name}(" in text:
            helpers.insert(0, HELPERS[name].strip("\n") if helper is None else _text(helper))
    whole = "\n".join([*helpers, used])
    constants = [f"{n} = {v!r}" for n, v in translator.constants.items() if n in whole]
    formula = "\n".join(line.rstrip() for box in render(record.formula) for line in box.lines)
    parts = [f'"""{record.name}: plain Python.\n\n{formula}\n"""']
    parts += ["import math"] if "math." in whole else []
    parts += ["\n".join(constants)] if constants else []
    blocks = "\n\n\n".join([*helpers, *functions, _main(record.name, one_line=one_line)])
    return "\n\n".join(parts) + "\n\n\n" + blocks + "\n"


def _text(helper: ast.FunctionDef) -> str:
    helper.body = as_branches(helper.body)
    return ast.unparse(ast.fix_missing_locations(helper))


def _main(name: str, *, one_line: bool) -> str:
    columns = {"f(x)": name, "derivative": f"{name}_derivative"}
    if one_line:
        columns["in one line"] = f"{name}_in_one_line"
    head = " ".join([f"{'x':>8}", *(f"{title:>16}" for title in columns)])
    cells = [f"{{{function}(x):16.9g}}" for function in columns.values()]
    row = " ".join(["{x:8g}", *cells])
    return f'''if __name__ == "__main__":
    inputs = {_INPUTS}
    print("outputs:", [{name}(x) for x in inputs])
    print({head!r})
    for x in inputs:
        print(f"{row}")'''
