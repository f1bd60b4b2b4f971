"""The catalogue as data: one JSON object a record."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from halfwave.activations import Activation

__all__ = ["as_data"]


def as_data(record: Activation) -> dict[str, Any]:
    """Return all that is known of a record, as strict JSON can hold it.

    Infinities are the strings ``"inf"`` and ``"-inf"``. What is not known, or
    depends on the number of elements, is None.
    """
    known = record.properties
    extent = known.range
    data: dict[str, Any] = {
        "name": record.name,
        "aliases": record.aliases,
        "family": record.family,
        "shape": record.shape,
        "summary": record.summary,
        "formula": record.formula,
        "derivative_formula": record.derivative_formula,
        "mixes_elements": record.mixes,
        "needs": known.needs or None,
        "parameters": [
            {
                "name": p.name,
                "default": p.default,
                "domain": str(p.domain),
                "meaning": p.meaning,
                "array": p.array,
                "learnable": p.learnable,
                "aliases": p.aliases,
            }
            for p in record.parameters
        ],
        "range": None
        if extent is None
        else {"low": extent.low, "high": extent.high, "attained": extent.attained},
        "monotonic": known.monotonic,
        "continuity": known.continuity,
        "smoothness": known.smoothness,
        "kinks": [
            {"at": k.at, "derivative": k.returns, "why": k.why, "jump": k.jump} for k in known.kinks
        ],
        "lipschitz": known.lipschitz,
        "zero_centred": known.zero_centred,
        "sparse": known.sparse,
        "saturates": {"left": known.saturates[0], "right": known.saturates[1]},
        "closed": known.closed,
        "self_normalising": known.self_normalising,
        "elsewhere": record.names_elsewhere,
        "use": record.use,
        "pitfalls": record.pitfalls,
        "papers": [
            {"authors": p.authors, "year": p.year, "title": p.title, "where": p.where}
            for p in record.papers
        ],
    }
    return _strict(data)


def _strict(value: Any) -> Any:
    """The value with nothing in it that strict JSON lacks."""
    if isinstance(value, dict):
        return {str(key): _strict(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(item) for item in value]
    if hasattr(value, "tolist"):  # a parameter may be an array
        return _strict(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value
