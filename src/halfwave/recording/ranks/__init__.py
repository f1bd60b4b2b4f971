"""Recordings of the ranks of one distributed run, merged into one.

Counts and sums add, extremes stay extremes; a mean is weighted by what it was
taken of. What cannot be merged without a guess (figures of parameters that all
ranks hold alike, say) is that of the lowest rank that has it, and where ranks
differ the merged recording says so.
"""

from __future__ import annotations

from .merging import merge_ranks

__all__ = ["merge_ranks"]
