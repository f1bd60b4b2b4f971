"""The modules that torch has, with value and derivative from the catalogue.

    >>> from halfwave.nn import accurate
    >>> accurate.GELU()
    GELU(approximate='none', accurate=True)

``halfwave.nn.GELU(accurate=True)`` is an instance of the same class.
"""

from __future__ import annotations

from halfwave.nn._catalogue import accurate_modules

__all__: list[str] = []
__all__ += sorted(accurate_modules)  # noqa: PLE0605 # pyright: ignore[reportUnsupportedDunderAll] - one class a record

globals().update(accurate_modules)
