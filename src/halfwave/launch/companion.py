"""What a run and those who go along with it say to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Companion", "Outcome", "State"]

State: TypeAlias = Literal["finished", "failed", "interrupted"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a script ended."""

    state: State
    exit_code: int  # as a shell shows it: 130 after Ctrl-C, 143 after SIGTERM
    error: str | None = None  # "ValueError: …", one line
    missing: str | None = None  # the module that an import did not find

    @classmethod
    def of(cls, error: BaseException | None) -> Self:
        """Tell from what the script raised, None if it ran to its end."""
        if error is None:
            return cls("finished", 0)
        if isinstance(error, SystemExit):
            return cls._of_exit(error)
        if isinstance(error, KeyboardInterrupt):
            return cls("interrupted", 130, "KeyboardInterrupt")
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        return cls("failed", 1, _one_line(error), missing)

    @classmethod
    def _of_exit(cls, error: SystemExit) -> Self:
        code = error.code
        if code is None:
            return cls("finished", 0)
        if isinstance(code, int):
            status = code & 0xFF  # what the system keeps of it
            return cls("failed" if status else "finished", status)
        # Python prints anything else and exits with 1
        return cls("failed", 1, _one_line(error))


class Companion(Protocol):
    """What goes along with a script.

    What these raise changes nothing for the script and is told in one line: they
    should not. They are called in the script's own process, never in a fork of it.
    """

    def torch_imported(self) -> None:
        """``import torch`` has just succeeded, or had before the script began."""
        ...

    def ended(self, outcome: Outcome) -> None:
        """The script has ended and no thread of it is left. Called once."""
        ...

    def after_all(self) -> int | None:
        """Nothing of the script will print any more; called once, after `ended`.

        Returns the exit code to put in the place of a 0, or None.
        """
        ...

    def may_replace_exit_code(self) -> bool:
        """Whether `after_all` may ask for another exit code."""
        ...


def _one_line(error: BaseException) -> str:
    name = type(error).__qualname__
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - a user's __str__ may raise anything
        text = ""
    return f"{name}: {text}"[:500] if text else name
