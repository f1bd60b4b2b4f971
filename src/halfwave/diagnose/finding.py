"""What one rule says of one recording."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, get_args

__all__ = ["SEVERITIES", "Figure", "Finding", "Severity"]

#: Error: the run cannot give what it was meant to. Warning: it loses something.
#: Info: worth knowing, nothing to do.
Severity: TypeAlias = Literal["error", "warning", "info"]
Figure: TypeAlias = int | float | str

#: Worst first.
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, with its figures and what to do about it.

    Parameters
    ----------
    rule : str
        Name of the rule that found it: ``"dead-units"``.
    severity : {"error", "warning", "info"}
        See `SEVERITIES`. A cause is never milder than its consequences.
    title : str
        One line for a person.
    sites : tuple of str
        Paths of the sites meant, worst first, or names of parameters where
        the rule speaks of parameters. Empty: the run as a whole.
    where : str
        ``"train.py:31"``, the line to look at first; ``""`` where unknown.
    evidence : dict
        The figures that the rule decided on, and the thresholds they crossed.
    why : str
        Why it matters.
    advice : str
        What to do: which call to change, and to what.
    confidence : float
        0…1; grows with what was seen.
    consequences : tuple of Finding
        Findings that this one explains, each with its own consequences.
    cause : str
        Name of the rule whose finding explains this one; ``""`` for a root.
    site_ids : tuple of int
        The same sites by their `Site.id`, as several may share a path; of those that share
        their units one. Empty where the rule speaks of layers or parameters.
    """

    rule: str
    severity: Severity
    title: str
    sites: tuple[str, ...] = ()
    where: str = ""
    evidence: dict[str, Figure] = field(default_factory=dict[str, Figure])
    why: str = ""
    advice: str = ""
    confidence: float = 1.0
    consequences: tuple[Finding, ...] = ()
    cause: str = ""
    site_ids: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES:
            raise ValueError(f"severity is {self.severity!r}; it must be one of {SEVERITIES}")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence is {self.confidence}; it must lie in 0…1")

    @property
    def rank(self) -> int:
        """0 for an error, 1 for a warning, 2 for an info."""
        return SEVERITIES.index(self.severity)
