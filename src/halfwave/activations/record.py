"""One activation: its value, its derivative, and all that is known of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from . import closed as _closed
from .dispatch import apply, apply_derivative, apply_vjp
from .parameters import REAL, Parameter
from .properties import Intervals, Kink, Monotonic, Names, Paper, Properties, Range

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Activation", "Shape"]

#: How a function uses its input, as the field classes them: a ridge function
#: sees one number (a·x + b), a radial one a distance, a folding one a whole group.
Shape: TypeAlias = Literal["ridge", "radial", "folding"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Activation:
    """An activation function.

    Call it with a Python number, a NumPy array, a torch tensor, a JAX array or
    any other array that follows the array API standard: the same kind, dtype,
    device and shape come back.

    ``f(m, x, **parameters)`` and ``df(m, x, **parameters)`` are the value and
    the derivative, written once on the primitives ``m`` (see ``backends``).
    An activation that mixes the elements of an axis has ``vjp_of(m, x, g,
    **parameters)`` in place of ``df``.

    Stated properties are constants, or functions of the parameters ``p`` where
    they depend on them: ``lambda p: max(1.0, p.alpha)``.
    """

    name: str
    summary: str  # one line
    f: Callable[..., Any]
    df: Callable[..., Any] | None = None
    vjp_of: Callable[..., Any] | None = None
    formula: str  # LaTeX, of f(x)
    derivative_formula: str  # LaTeX, of f'(x)
    family: str
    shape: Shape = "ridge"
    aliases: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    check: Callable[[Any], str | None] | None = None  # what is wrong between parameters
    # None: it depends on the number of elements, or is not worth a name
    range: Range | Callable[[Any], Range | None] | None
    monotonic: Monotonic | Callable[[Any], Monotonic]
    kinks: tuple[Kink, ...] | Callable[[Any], tuple[Kink, ...]] = ()
    smoothness: float | Callable[[Any], float] = math.inf  # −1 jumps, 0 kinks, 1, 2, … inf
    lipschitz: float | Callable[[Any], float]  # the largest |f′|
    zero_centred: bool | Callable[[Any], bool] = False  # odd
    sparse: bool | Callable[[Any], bool] = False  # exactly 0 on an interval
    closed: Intervals | Callable[[Any], Intervals] | None = None  # where the search does not do
    self_normalising: bool = False
    needs: str = ""
    exact: bool = False  # only comparisons, sums and products: needs no higher precision
    elsewhere: Names = field(default_factory=Names)
    papers: tuple[Paper, ...] = ()
    use: str = ""  # when to use it
    pitfalls: str = ""  # what goes wrong

    # -- calling -------------------------------------------------------------------

    def __call__(self, x: Any, /, *, out: Any = None, **parameters: Any) -> Any:
        """Return f(x), of the kind, dtype, device and shape of ``x``.

        Parameters
        ----------
        x
            A Python int or float, or an array. Integers become float64.
        out
            A NumPy array to write the result to (NumPy input only).
        **parameters
            The parameters of the record; see ``.parameters``.

        Raises
        ------
        TypeError
            For a list, a complex number, a string, or an unknown parameter.
        ValueError
            For a parameter outside its domain.
        """
        return apply(self, x, out, self.resolve(parameters))

    def derivative(self, x: Any, /, *, at_kink: float | None = None, **parameters: Any) -> Any:
        """Return f′(x); at a kink the element of the subgradient that ``.kinks`` states.

        Parameters
        ----------
        x
            As for calling.
        at_kink
            What to return at every kink in place of the stated value.
        **parameters
            The parameters of the record.

        Raises
        ------
        TypeError
            Also if the activation mixes elements: then use :meth:`vjp`.
        """
        if self.mixes:
            raise TypeError(
                f"{self.name} mixes the elements of its input, so its derivative is a matrix:"
                f" use {self.name}.vjp(x, g), the product with an upstream gradient"
            )
        if at_kink is not None and at_kink not in REAL:
            raise TypeError(
                f"at_kink must be a finite number, not {type(at_kink).__name__} {at_kink!r}"
            )
        return apply_derivative(self, x, at_kink, self.resolve(parameters))

    def vjp(self, x: Any, g: Any, /, **parameters: Any) -> Any:
        """Return the upstream gradient ``g`` carried back through f at ``x``."""
        return apply_vjp(self, x, g, self.resolve(parameters))

    # -- parameters ----------------------------------------------------------------

    def resolve(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return all parameters with their values, checked against their domains."""
        if not given:
            return {p.name: p.default for p in self.parameters}
        names = {alias: p.name for p in self.parameters for alias in (p.name, *p.aliases)}
        values: dict[str, Any] = {}
        for key, value in given.items():
            if key not in names:
                known = ", ".join(p.name for p in self.parameters) or "none"
                raise TypeError(f"{self.name} has no parameter {key!r}; it has: {known}")
            if names[key] in values:
                raise TypeError(f"{self.name}: {names[key]} is given twice")
            values[names[key]] = value
        result = {
            p.name: p.check(values[p.name], self.name) if p.name in values else p.default
            for p in self.parameters
        }
        problem = self.check(SimpleNamespace(**result)) if self.check is not None else None
        if problem is not None:
            raise ValueError(f"{self.name}: {problem}")
        return result

    # -- what is known -------------------------------------------------------------

    @property
    def mixes(self) -> bool:
        """Whether an output depends on more than the input at its own place."""
        return self.df is None

    @property
    def defaults(self) -> dict[str, Any]:
        """The parameters' default values by name."""
        return {p.name: p.default for p in self.parameters}

    @property
    def names_elsewhere(self) -> dict[str, str]:
        """The names in torch, JAX, Keras, ONNX …, where they have it."""
        pairs = {name: getattr(self.elsewhere, name) for name in Names.__slots__}
        return {library: name for library, name in pairs.items() if name}

    @property
    def properties(self) -> Properties:
        """The properties at the default parameters."""
        return self.properties_at()

    def properties_at(self, **parameters: Any) -> Properties:
        """Return the properties at these parameters."""
        p = self.resolve(parameters)
        closed = self.closed_intervals(**p)
        ends = closed or ()
        return Properties(
            parameters=p,
            range=_at(self.range, p),
            monotonic=_at(self.monotonic, p),
            kinks=_at(self.kinks, p),
            smoothness=_at(self.smoothness, p),
            lipschitz=_at(self.lipschitz, p),
            zero_centred=_at(self.zero_centred, p),
            sparse=_at(self.sparse, p),
            saturates=(
                any(low == -math.inf for low, _ in ends),
                any(high == math.inf for _, high in ends),
            ),
            closed=closed,
            self_normalising=self.self_normalising,
            needs=self.needs,
        )

    def kinks_at(self, **parameters: Any) -> tuple[Kink, ...]:
        """Return the kinks at these parameters."""
        return _at(self.kinks, self.resolve(parameters))

    def closed_intervals(self, **parameters: Any) -> Intervals | None:
        """Return where ``|f′|`` is at most a thousandth of its largest; None if elements mix.

        An interval includes its finite ends. Points where f′ only changes its
        sign are not counted.
        """
        p = self.resolve(parameters)
        if self.mixes or any(hasattr(value, "dtype") for value in p.values()):
            return None
        if self.closed is not None:
            return _at(self.closed, p)
        return _search(self, tuple(p.items()))

    def plot(self, **options: Any) -> Any:
        """Draw it; returns a matplotlib Axes. See :func:`halfwave.plotting.plot`."""
        from importlib import import_module  # noqa: PLC0415 - matplotlib only when drawn

        return import_module("halfwave.plotting").plot(self, **options)

    def __repr__(self) -> str:
        given = ", ".join(f"{p.name}={p.default!r}" for p in self.parameters)
        return f"<activation {self.name}({given})>" if given else f"<activation {self.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        from .catalogue import get  # noqa: PLC0415 - the catalogue imports the records

        return get, (self.name,)

    def __copy__(self) -> Activation:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Activation:
        return self


def _at(stated: Any, parameters: dict[str, Any]) -> Any:
    """A stated property at these parameters."""
    return stated(SimpleNamespace(**parameters)) if callable(stated) else stated


@lru_cache(maxsize=1024)
def _search(record: Activation, items: tuple[tuple[str, Any], ...]) -> Intervals:
    p = dict(items)
    kinks = tuple(kink.at for kink in _at(record.kinks, p))
    return _closed.closed_intervals(
        lambda x: record.derivative(x, **p), _at(record.lipschitz, p), kinks
    )
