"""Run the rules over a recording, and put what they find in order."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np

from halfwave.diagnose.causes import link_causes
from halfwave.diagnose.finding import Finding
from halfwave.diagnose.memory import forget
from halfwave.diagnose.registry import Rule, check_names, rules

if TYPE_CHECKING:
    from collections.abc import Collection

    from halfwave.recording.model import Recording

__all__ = ["FAILED_RULE", "diagnose"]

#: Rule name of the finding that says that a rule itself failed.
FAILED_RULE = "rule-failed"

_log = logging.getLogger(__name__)


def diagnose(
    recording: Recording, *, select: Collection[str] = (), ignore: Collection[str] = ()
) -> tuple[Finding, ...]:
    """Say what is wrong with a run.

    Parameters
    ----------
    recording : Recording
        Of a run that has ended or still goes on.
    select : collection of str
        Names of the rules to run; empty: all.
    ignore : collection of str
        Names of rules to leave out; wins over `select`.

    Returns
    -------
    tuple of Finding
        Every finding, worst first. The tuple is flat: a finding that another
        one explains stands in it by itself too, with the rule of its
        explanation in ``cause``, so that a script can look for a rule's name.
        A reader wants the roots only (``not finding.cause``); what follows
        from each is in its ``consequences``.

    Raises
    ------
    ValueError
        If `select` or `ignore` names a rule that does not exist.

    Notes
    -----
    Each rule runs by itself. One that raises costs its own answer and no
    more: an "info" finding of the rule ``rule-failed`` says that this could
    not be judged, and the traceback goes to the log at level DEBUG.

    Examples
    --------
    >>> from halfwave.recording.model import Recording, RunInfo
    >>> diagnose(Recording(RunInfo("train.py")))
    ()
    """
    select, ignore = _names(select), _names(ignore)
    check_names((*select, *ignore))
    found: list[Finding] = []
    try:
        for name, rule in rules().items():
            if (not select or name in select) and name not in ignore:
                found.extend(_run(rule, recording))
        return link_causes(recording, found)
    finally:
        forget()


def _names(names: Collection[str]) -> tuple[str, ...]:
    # a lone string is a collection of letters: surely the one name was meant
    return (names,) if isinstance(names, str) else tuple(names)


def _run(rule: Rule, recording: Recording) -> list[Finding]:
    try:
        # a recording may hold any number; what becomes NaN crosses no threshold
        with np.errstate(all="ignore"):
            return list(rule.check(recording))
    except Exception as error:  # noqa: BLE001 - a fault in one rule must not cost the others
        _log.debug("rule %s failed", rule.name, exc_info=True)
        return [
            Finding(
                rule=FAILED_RULE,
                severity="info",
                title=f"{rule.name}: unknown, because the rule itself failed",
                evidence={"rule": rule.name, "error": f"{type(error).__name__}: {error}"},
                why="What this rule looks for may or may not be there.",
                advice="Please report it, with the recording if you can share it.",
                confidence=0.0,
            )
        ]
