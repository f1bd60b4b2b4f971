"""Activations that do not say so: calls that are one only by their arguments.

``clamp(min=0)``, ``maximum(x, zeros)``, ``where(x > 0, x, 0)``, ``x * (x > 0)``,
``masked_fill(x < 0, 0)``, ``x[x < 0] = 0`` and ``(x + x.abs()) / 2`` are all ReLUs,
``maximum(x, 0.2 * x)`` is a leaky one, ``where(x > 0, x, exp(x) - 1)`` an ELU. ``sin`` is an
activation where a module applies it to what a layer put out (SIREN); of positions and angles it
is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from torch import Tensor

from halfwave.observe.applied import Applied, Reader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from halfwave.observe.clues import Clues

__all__ = ["DISGUISED"]


def _number(value: object) -> float | None:
    """Return a bound as a number; None where there is none or it can't be told freely."""
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, Tensor) and value.numel() == 1 and value.device.type == "cpu":
        return float(value.detach())
    return None


def _clamp(_: Clues, call: str, *, underscore: bool) -> Reader:
    def read(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Applied | None:
        given = args[0] if args else kwargs.get("input")
        raw_low = args[1] if len(args) > 1 else kwargs.get("min")
        raw_high = args[2] if len(args) > 2 else kwargs.get("max")
        low, high = _number(raw_low), _number(raw_high)
        if not isinstance(given, Tensor) or low is None or (raw_high is not None and high is None):
            return None
        if high is None and low == 0:
            return Applied("relu", given, {}, call, underscore, generic=True)
        if (low, high) == (0, 6):
            return Applied("relu6", given, {}, call, underscore, generic=True)
        if high is not None and low <= 0 < high:
            bounds: dict[str, float | str | bool] = {"min_val": low, "max_val": high}
            return Applied("hardtanh", given, bounds, call, underscore, generic=True)
        return None

    return read


def _clamp_min(_: Clues, call: str, *, underscore: bool) -> Reader:
    def read(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Applied | None:
        low = args[1] if len(args) > 1 else kwargs.get("min")
        given = args[0] if args else kwargs.get("input")
        if isinstance(given, Tensor) and _number(low) == 0:
            return Applied("relu", given, {}, call, underscore, generic=True)
        return None

    return read


def _maximum(clues: Clues, call: str, *, underscore: bool) -> Reader:
    def read(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Applied | None:
        first = args[0] if args else kwargs.get("input")
        second = args[1] if len(args) > 1 else kwargs.get("other")
        if not isinstance(first, Tensor) or not isinstance(second, Tensor):
            return None
        if clues.is_zero(second):
            return Applied("relu", first, {}, call, underscore, generic=True)
        if clues.is_zero(first):
            return Applied("relu", second, {}, call, underscore, generic=True)
        for given, other in ((first, second), (second, first)):
            scaled = clues.get("scaled", other)
            if scaled is not None and scaled[0]() is given and 0 < scaled[1] < 1:
                slope: dict[str, float | str | bool] = {"negative_slope": scaled[1]}
                return Applied("leaky_relu", given, slope, call, underscore, generic=True)
        return None

    return read


def _where(clues: Clues, call: str, *, underscore: bool) -> Reader:
    def read(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Applied | None:
        condition = args[0] if args else kwargs.get("condition")
        if len(args) == 3 and isinstance(args[1], Tensor) and call.startswith("Tensor"):
            # x.where(mask, other) arrives as (x, mask, other)
            above, condition, below = args
        else:
            above = args[1] if len(args) > 1 else kwargs.get("input")
            below = args[2] if len(args) > 2 else kwargs.get("other")
        mask = clues.mask_of(condition)
        if mask is None:
            return None
        given, positive = mask
        if not positive:
            above, below = below, above
        if above is not given:
            return None
        if clues.is_zero(below):
            return Applied("relu", given, {}, call, underscore, generic=True)
        scaled = clues.get("scaled", below)
        if scaled is not None and scaled[0]() is given:
            slope: dict[str, float | str | bool] = {"negative_slope": scaled[1]}
            return Applied("leaky_relu", given, slope, call, underscore, generic=True)
        bent = clues.get("bent", below)
        if bent is not None and bent[0]() is given and bent[1] > 0:
            alpha: dict[str, float | str | bool] = {"alpha": bent[1]}
            return Applied("elu", given, alpha, call, underscore, generic=True)
        return None

    return read


def _product(clues: Clues, call: str, *, underscore: bool) -> Reader:
    def read(args: Sequence[Any], _: Mapping[str, Any]) -> Applied | None:
        if len(args) != 2:
            return None
        for given, other in (args, args[::-1]):
            mask = clues.mask_of(other)
            if mask is not None and mask[1] and mask[0] is given:
                inplace = underscore and given is args[0]
                return Applied("relu", given, {}, call, inplace, generic=True)
            if isinstance(other, float) and other == 0.5:
                return _half(clues, given, call)
        return None

    return read


def _quotient(clues: Clues, call: str, *, underscore: bool) -> Reader:
    del underscore

    def read(args: Sequence[Any], _: Mapping[str, Any]) -> Applied | None:
        if len(args) != 2 or not isinstance(args[1], int | float) or args[1] != 2:
            return None
        return _half(clues, args[0], call)

    return read


def _half(clues: Clues, doubled: object, call: str) -> Applied | None:
    """Read half of ``x + |x|``."""
    source = clues.get("doubled", doubled)
    given = None if source is None else source()
    return None if given is None else Applied("relu", given, {}, call, generic=True)


def _masked_fill(clues: Clues, call: str, *, underscore: bool) -> Reader:
    def read(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Applied | None:
        given = args[0] if args else None
        condition = args[1] if len(args) > 1 else kwargs.get("mask")
        value = args[2] if len(args) > 2 else kwargs.get("value")
        mask = clues.mask_of(condition)
        if mask is None or mask[1] or mask[0] is not given or not clues.is_zero(value):
            return None
        inplace = underscore or "setitem" in call
        return Applied("relu", mask[0], {}, call, inplace, generic=True)

    return read


def _wave(activation: str) -> _Make:
    def make(_: Clues, call: str, *, underscore: bool) -> Reader:
        def read(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Applied | None:
            given = args[0] if args else kwargs.get("input")
            if not isinstance(given, Tensor):
                return None
            return Applied(activation, given, {}, call, underscore, generic=True, of_layer=True)

        return read

    return make


class _Make(Protocol):
    """Makes the reader of one call."""

    def __call__(self, clues: Clues, call: str, /, *, underscore: bool) -> Reader: ...


#: Names in torch (letters as in `halfwave.observe.calls`) and what reads them.
DISGUISED: tuple[tuple[str, _Make], ...] = (
    ("t.clamp t.clamp_ T.clamp T.clamp_ t.clip t.clip_ T.clip T.clip_ a.clamp a.clamp_", _clamp),
    ("t.clamp_min t.clamp_min_ T.clamp_min T.clamp_min_ a.clamp_min", _clamp_min),
    ("t.maximum T.maximum t.max T.max t.fmax T.fmax a.maximum", _maximum),
    ("t.where T.where", _where),
    ("t.mul T.mul T.mul_ T.__mul__ T.__rmul__ t.multiply T.multiply", _product),
    ("t.div T.div t.divide T.divide T.__truediv__", _quotient),
    ("t.masked_fill T.masked_fill T.masked_fill_ T.__setitem__", _masked_fill),
    ("t.sin t.sin_ T.sin T.sin_ a.sin a.sin_", _wave("sine")),
    ("t.cos t.cos_ T.cos T.cos_ a.cos a.cos_", _wave("cosine")),
)
