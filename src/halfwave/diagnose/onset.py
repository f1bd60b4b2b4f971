"""When and where something first became NaN or infinite, as far as the samples tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from halfwave.recording.model import Array, Parameter, Recording, Site

__all__ = ["Onset", "first_gradient", "first_site", "lasts", "steps_of"]


@dataclass(frozen=True, slots=True)
class Onset:
    """It was finite in step ``after`` and no longer at ``by``; nothing between was watched.

    Parameters
    ----------
    after : int or None
        Last step known to be finite; None where none was watched before.
    by : int
        Step by which it was non-finite.
    """

    after: int | None
    by: int

    @property
    def exact(self) -> bool:
        """Whether the step itself is known."""
        # steps count from 1
        return self.by <= (self.after or 0) + 1


def first_site(recording: Recording) -> tuple[Onset, Site] | None:
    """The first site of the forward pass in the earliest step with a non-finite output."""
    found = [
        (onset, site) for site in recording.sites if (onset := _onset(site.samples)) is not None
    ]
    return min(found, key=lambda pair: (pair[0].by, pair[1].order), default=None)


def first_gradient(recording: Recording) -> tuple[Onset, Parameter] | None:
    """The parameter whose gradient was non-finite first; of several, the deepest.

    A gradient travels from the loss to the first layer, so of all that went
    bad in one step the last layer's is nearest to where it began.
    """
    found = [
        (onset, parameter)
        for parameter in recording.parameters
        if (onset := _onset(parameter.samples)) is not None
    ]
    return min(found, key=lambda pair: (pair[0].by, -pair[1].order), default=None)


def lasts(samples: Array, share: float) -> bool:
    """Whether it stayed: in the last row too, and in at least this share of the rows."""
    bad = samples["nonfinite"] > 0
    return bool(len(bad) > 0 and bad[-1] and bad.mean() >= share)


def steps_of(onset: Onset) -> str:
    """Say when: "at step 57", or "after step 50 and by step 60"."""
    if onset.exact:
        return f"at step {onset.by:,}"
    if onset.after is None:
        return f"by step {onset.by:,}, the first one watched"
    return f"after step {onset.after:,} and by step {onset.by:,}"


def _onset(samples: Array) -> Onset | None:
    bad = np.flatnonzero(samples["nonfinite"] > 0)
    if len(bad) == 0:
        return None
    row = samples[bad[0]]
    after = int(samples["last_step"][bad[0] - 1]) if bad[0] > 0 else None
    # a merged row says that some step of it was bad, not which
    return Onset(after, int(row["last_step"]))
