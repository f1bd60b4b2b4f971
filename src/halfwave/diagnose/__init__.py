"""From a recording to findings: what is wrong, where, how sure, and what to do.

``diagnose`` runs every rule of ``halfwave.diagnose.rules`` (one file each) over
a recording; ``verdict`` says the outcome in one line.
"""

from __future__ import annotations

from halfwave.diagnose.engine import diagnose
from halfwave.diagnose.finding import Finding, Severity
from halfwave.diagnose.registry import Rule, rules
from halfwave.diagnose.units import dead_units_of
from halfwave.diagnose.verdict import verdict

__all__ = ["Finding", "Rule", "Severity", "dead_units_of", "diagnose", "rules", "verdict"]
