"""Put findings in order, and tie what follows from a cause to that cause."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from halfwave.diagnose.finding import SEVERITIES
from halfwave.diagnose.registry import Rule, rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from halfwave.diagnose.finding import Finding
    from halfwave.recording.model import Recording

__all__ = ["link_causes"]

#: Stands for the rule of a finding that no rule made (``rule-failed``).
_UNKNOWN = Rule("", "", lambda _: (), hinders=None)

#: So many findings of one rule are asked what they explain.
_ASKED = 50

_log = logging.getLogger(__name__)


def link_causes(recording: Recording, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Tie each finding to the one that explains it, and sort worst first.

    Which finding explains which is stated by the rules themselves
    (`Rule.explains`, `Rule.explained_by`); besides, what hinders learning
    (`Rule.hinders`) explains every symptom (`Rule.symptom`). Each finding has one cause at most;
    where several would do, the nearest one is taken (the one that is itself
    furthest down a chain), so that A → B → C stays a chain.

    Returns
    -------
    tuple of Finding
        The same findings, flat, worst first and a cause before what it
        explains; those of a last resort (`Rule.last_resort`) only where nothing
        explains them. A cause has the severity of its worst consequence, if that
        is worse than its own.
    """
    findings = [f for f in findings if not _is_idle(recording, f, findings)]
    ordered = sorted(findings, key=lambda f: (f.rank, -f.confidence))
    parents = _parents(recording, ordered)
    children: dict[int, list[int]] = {}
    for child, parent in parents.items():
        children.setdefault(parent, []).append(child)

    built: dict[int, Finding] = {}

    def build(index: int) -> Finding:
        if index not in built:
            below = [build(child) for child in sorted(children.get(index, ()))]
            own = ordered[index]
            parent = parents.get(index)
            worst = min((own, *below), key=lambda f: f.rank)
            built[index] = replace(
                own,
                severity=worst.severity,
                consequences=tuple(below),
                cause="" if parent is None else ordered[parent].rule,
            )
        return built[index]

    flat = [(build(index), _depth(index, parents)) for index in range(len(ordered))]
    flat.sort(key=lambda pair: (pair[0].rank, pair[1], -pair[0].confidence))
    return tuple(finding for finding, _ in flat)


def _is_idle(recording: Recording, mine: Finding, findings: Sequence[Finding]) -> bool:
    """Whether a finding of a last resort has nothing to add to what others say."""
    return _rule(mine).last_resort and any(
        _explains(recording, other, mine) for other in findings if other is not mine
    )


def _parents(recording: Recording, findings: Sequence[Finding]) -> dict[int, int]:
    """Index of each explained finding → index of the finding that explains it."""
    everyone = range(len(findings))
    # a model of thousands of sites may have thousands of findings: ask those that know something
    outspoken = _worst_of_each(
        [i for i in everyone if _rule(findings[i]).explains is not None], findings
    )
    anyone = _worst_of_each(everyone, findings)
    explainers: dict[int, list[int]] = {}
    for effect in everyone:
        rule = _rule(findings[effect])
        asks = rule.symptom or rule.explained_by is not None
        asked = anyone if asks else outspoken
        explainers[effect] = [
            cause
            for cause in asked
            if cause != effect and _explains(recording, findings[cause], findings[effect])
        ]
    parents: dict[int, int] = {}
    # fewest explainers first: the top of a chain settles before what hangs from it
    for effect in sorted(explainers, key=lambda index: len(explainers[index])):
        for cause in sorted(explainers[effect], key=lambda i: -_depth(i, parents)):
            if effect not in _ancestry(cause, parents):
                parents[effect] = cause
                break
    return parents


def _worst_of_each(indices: Iterable[int], findings: Sequence[Finding]) -> list[int]:
    """Return the worst few findings of each rule: one asks pairs, and thousands make millions."""
    taken: dict[str, int] = {}
    kept: list[int] = []
    for index in indices:
        rule = findings[index].rule
        taken[rule] = taken.get(rule, 0) + 1
        if taken[rule] <= _ASKED:
            kept.append(index)
    return kept


def _rule(finding: Finding) -> Rule:
    return rules().get(finding.rule, _UNKNOWN)


def _hinders(cause: Finding, effect: Finding) -> bool:
    if not _rule(effect).symptom or _rule(cause).symptom:
        return False
    least = _rule(cause).hinders
    return least is not None and cause.rank <= SEVERITIES.index(least)


def _explains(recording: Recording, cause: Finding, effect: Finding) -> bool:
    if _hinders(cause, effect):
        return True
    for link in filter(None, (_rule(cause).explains, _rule(effect).explained_by)):
        try:
            if link(recording, cause, effect):
                return True
        except Exception:  # noqa: BLE001 - two findings left apart are better than none
            _log.debug("link %s → %s failed", cause.rule, effect.rule, exc_info=True)
    return False


def _ancestry(index: int, parents: dict[int, int]) -> list[int]:
    chain = [index]
    while chain[-1] in parents:
        chain.append(parents[chain[-1]])
    return chain


def _depth(index: int, parents: dict[int, int]) -> int:
    return len(_ancestry(index, parents)) - 1
