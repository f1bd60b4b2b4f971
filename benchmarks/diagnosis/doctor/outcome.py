"""What halfwave said of one program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from doctor.programs import Program

__all__ = ["Found", "Outcome", "Status", "findings_of"]

#: ``failed``: the program, or halfwave on it, ended otherwise than with 0.
Status: TypeAlias = Literal["ran", "failed", "timed out", "skipped"]


@dataclass(frozen=True, slots=True)
class Found:
    """One finding, as the report has it."""

    rule: str
    severity: str
    title: str = ""
    cause: str = ""  # rule of the finding that explains it; "" for a root

    @property
    def severe(self) -> bool:
        """Whether it is an error or a warning: what counts in every table."""
        return self.severity in ("error", "warning")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A program, how its run ended, and what was found."""

    program: Program
    status: Status = "ran"
    found: tuple[Found, ...] = ()
    note: str = ""  # why it was skipped, or the last line of what went wrong
    seconds: float = 0.0

    @property
    def rules(self) -> frozenset[str]:
        """Rules with an error or a warning, roots and consequences alike."""
        return frozenset(each.rule for each in self.found if each.severe)

    @property
    def roots(self) -> frozenset[str]:
        """Rules with an error or a warning that no other finding explains."""
        return frozenset(each.rule for each in self.found if each.severe and not each.cause)

    @property
    def named(self) -> bool:
        """Whether one of the program's faults was named, be it in a chain of causes."""
        return bool(self.program.faults & self.rules)

    @property
    def named_as_root(self) -> bool:
        """Whether one of the program's faults was named as a cause of its own."""
        return bool(self.program.faults & self.roots)

    @property
    def false_alarms(self) -> tuple[Found, ...]:
        """Errors and warnings that are not true of this program."""
        true = self.program.true_rules
        return tuple(each for each in self.found if each.severe and each.rule not in true)

    @property
    def with_error(self) -> bool:
        """Whether anything was found of severity error."""
        return any(each.severity == "error" for each in self.found)


def findings_of(report: dict[str, Any]) -> tuple[Found, ...]:
    """Take the findings out of the object that ``halfwave report --json`` prints."""
    return tuple(
        Found(each["rule"], each["severity"], each["title"], each["cause"])
        for each in report["findings"]
    )
