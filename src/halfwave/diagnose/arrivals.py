"""How far gradients came back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from halfwave.recording.model import Recording

__all__ = ["came_back"]


def came_back(
    recording: Recording, layers: Collection[str] | None = None, *, but: Collection[str] = ()
) -> bool:
    """Whether gradients that are not 0 have come back to a hidden activation.

    With `layers`, to one that such a layer feeds: its weights had a gradient then. Of those that
    one of `but` feeds, no.
    """
    inside = (
        site
        for site in recording.sites
        if site.role == "hidden"
        and (layers is None or site.producer in layers)
        and site.producer not in but
    )
    return any(bool((site.samples["grad_rms"] > 0).any()) for site in inside)
