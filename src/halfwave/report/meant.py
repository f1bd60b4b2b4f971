"""Which sites the findings mean, and by which name they are told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from halfwave.diagnose.places import row_name
from halfwave.diagnose.shared import wholes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.diagnose import Finding
    from halfwave.recording.model import Recording, Site

__all__ = ["CALM", "ranks_of", "sites_meant"]

#: Rank of a site that no finding means; `Finding.rank` is lower.
CALM: Final = 9


def ranks_of(sites: Sequence[Site], findings: Sequence[Finding]) -> list[int]:
    """Return for each site the rank of the worst finding that means it, or `CALM`."""
    by_id: dict[int, int] = {}
    by_path: dict[str, int] = {}
    for finding in findings:
        for site in finding.site_ids:
            by_id[site] = min(by_id.get(site, CALM), finding.rank)
        for path in () if finding.site_ids else finding.sites:
            by_path[path] = min(by_path.get(path, CALM), finding.rank)
    return [
        min(by_id.get(whole.id, CALM), by_path.get(site.path, CALM))
        for site, whole in zip(sites, wholes(sites), strict=True)
    ]


def sites_meant(recording: Recording, finding: Finding) -> list[tuple[str, int | None]]:
    """Return what each of `Finding.sites` is called, and its place in the recording.

    A name is that of the table of sites; the place is None for what is no site.
    """
    sites = recording.sites
    if finding.site_ids:
        at = {site.id: place for place, site in enumerate(sites)}
        places = [at.get(number) for number in finding.site_ids]
    else:
        first = {site.path: place for place, site in reversed(list(enumerate(sites)))}
        places = [first.get(path) for path in finding.sites]
    by_id = bool(finding.site_ids)
    return [
        (row_name(recording, sites[place]) if by_id and place is not None else path, place)
        for path, place in zip(finding.sites, places, strict=False)
    ]
