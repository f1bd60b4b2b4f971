"""halfwave show --code: every program runs as it stands, and computes what its record does."""

from __future__ import annotations

import contextlib
import io
import math
from typing import Any

import numpy as np
import pytest

from halfwave.activations import all_activations, get
from halfwave.cards.code import plain_python

RECORDS = all_activations()
PLAIN = [name for name, record in RECORDS.items() if not record.mixes]
MIXING = [name for name, record in RECORDS.items() if record.mixes]
#: programs leave out what the records do for the last digits
TOLERANCE = 1e-9
POINTS = [float(x) for x in np.linspace(-8.0, 8.0, 65)] + [-30.5, -20.0, 20.0, 30.5]
FAR = [-1e6, -1000.0, -100.0, 100.0, 1000.0, 1e6]


def run(name: str) -> tuple[dict[str, Any], str]:
    """The names that a program defines, and what it prints."""
    space: dict[str, Any] = {"__name__": "__main__"}
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(plain_python(RECORDS[name]), f"{name}.py", "exec"), space)  # noqa: S102 - our own program
    return space, out.getvalue()


def close(got: float, expected: float) -> bool:
    if math.isnan(expected) or math.isinf(expected):
        return True
    return abs(got - expected) <= TOLERANCE * abs(expected) + 1e-14


@pytest.mark.parametrize("name", PLAIN)
def test_program_agrees_with_its_record(name: str) -> None:
    record = RECORDS[name]
    space, printed = run(name)
    assert "derivative" in printed
    functions = [(name, record), (f"{name}_derivative", record.derivative)]
    if f"{name}_in_one_line" in space:
        functions.append((f"{name}_in_one_line", record))
    for function, expected in functions:
        for x in POINTS:
            got = space[function](x)
            assert close(got, expected(x)), (function, x, got, expected(x))
        for x in FAR:
            try:
                got = space[function](x)
            except OverflowError:  # math.exp has no infinity to return
                assert abs(x) > 700, (function, x)
                continue
            assert close(got, expected(x)), (function, x, got, expected(x))


@pytest.mark.parametrize("name", [name for name in PLAIN if RECORDS[name].parameters])
def test_program_takes_the_parameters(name: str) -> None:
    record = RECORDS[name]
    space, _ = run(name)
    for parameter in record.parameters:
        value = parameter.default
        if not isinstance(value, float) or value * 1.25 not in parameter.domain:
            continue
        given = {parameter.name: value * 1.25}
        try:
            record.resolve(given)
        except ValueError:  # beside the other defaults it makes no sense
            continue
        for x in (-2.3, -0.4, 0.7, 3.1):
            assert close(space[name](x, **given), record(x, **given)), (given, x)
            got = space[f"{name}_derivative"](x, **given)
            assert close(got, record.derivative(x, **given)), (given, x)


@pytest.mark.parametrize("name", MIXING)
def test_program_of_a_list_agrees_with_its_record(name: str) -> None:
    space, printed = run(name)
    assert "outputs:" in printed
    numbers = [float(x) for x in np.random.default_rng(3).normal(size=24)]
    expected = np.ravel(RECORDS[name](np.array(numbers)))
    np.testing.assert_allclose(np.ravel(space[name](numbers)), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", RECORDS)
def test_program_needs_only_python(name: str) -> None:
    code = plain_python(RECORDS[name])
    imports = {line for line in code.splitlines() if line.startswith(("import ", "from "))}
    assert imports <= {"import math", "import itertools"}
    assert "m." not in code.replace("math.", "").replace("sum.", "")
    assert "self" not in code


def test_relu_by_cases_and_by_max() -> None:
    code = plain_python(get("relu"))
    assert "    if x > 0:\n        return x\n    return 0.0\n" in code
    assert "return max(0.0, x)" in code
    assert '__name__ == "__main__"' in code


def test_clipping_is_written_with_min_and_max() -> None:
    assert "return min(6.0, max(0.0, x))" in plain_python(get("relu6"))
    assert "return min(max_val, max(min_val, x))" in plain_python(get("hardtanh"))


def test_numbers_of_twice_the_precision_are_left_out() -> None:
    code = plain_python(get("gelu_tanh"))
    assert "two_sum" not in code
    assert "rest" not in code
