"""Answers that several rules ask for are worked out once a recording."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["forget", "remembered"]

Subject = TypeVar("Subject")
Answer = TypeVar("Answer")

#: For each function the last subject (kept alive, so that its identity is its own) and answer.
_last: dict[Any, tuple[object, Any]] = {}


def remembered(function: Callable[[Subject], Answer]) -> Callable[[Subject], Answer]:
    """Keep the last answer of a function of one argument, told apart by identity.

    A recording holds arrays, so it cannot be hashed; and it never changes.
    """

    @wraps(function)
    def ask(subject: Subject) -> Answer:
        known = _last.get(function)
        if known is None or known[0] is not subject:
            known = _last[function] = (subject, function(subject))
        return known[1]

    return ask


def forget() -> None:
    """Let go of what was kept."""
    _last.clear()
