"""Every public name says what it is, and the examples of all docstrings are true."""

from __future__ import annotations

import doctest
import inspect
import pkgutil
from importlib import import_module
from pathlib import Path
from types import FunctionType

import pytest

import halfwave

HOUSE = Path(halfwave.__file__).parent
WITH_EXAMPLES = sorted(
    ".".join(("halfwave", *path.relative_to(HOUSE).with_suffix("").parts)).removesuffix(".__init__")
    for path in HOUSE.rglob("*.py")
    if ">>>" in path.read_text(encoding="utf-8")
)
# not of halfwave.__path__: installed from a checkout, it has more folders than this one
ROOMS = [
    module.name
    for module in pkgutil.iter_modules([str(HOUSE)], "halfwave.")
    if module.name != "halfwave.__main__"
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_are_true(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    try:
        module = import_module(name)
    except ImportError as error:
        assert name.startswith("halfwave.integrations.")  # no other needs a library
        pytest.skip(str(error))
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    assert doctest.testmod(module, optionflags=flags).failed == 0


def test_examples_are_found() -> None:
    assert {"halfwave.run", "halfwave.activations.gains", "halfwave.nn"} <= set(WITH_EXAMPLES)


@pytest.mark.parametrize("name", ["halfwave", *ROOMS])
def test_what_is_public_has_a_docstring(name: str) -> None:
    pytest.importorskip("torch")
    room = import_module(name)
    assert room.__doc__
    public = [getattr(room, own) for own in getattr(room, "__all__", ())]
    # the site's build looks for the comments of constants and type aliases
    described = [value for value in public if inspect.isclass(value) or inspect.isfunction(value)]
    assert [value for value in described if not (inspect.getdoc(value) or "").strip()] == []
    for kind in filter(inspect.isclass, described):
        if not kind.__module__.startswith("halfwave."):
            continue
        methods = [
            value
            for own, value in vars(kind).items()
            if not own.startswith("_") and isinstance(value, FunctionType | property)
        ]
        assert [method for method in methods if not inspect.getdoc(method)] == []
