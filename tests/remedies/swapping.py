"""Run a function as it is and with an activation swapped, in this process, watched both times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from halfwave.observe import Options, Watcher
from halfwave.recording import Recording, RunInfo, Writer
from halfwave.remedies.host import Host
from halfwave.remedies.survey import Survey
from halfwave.remedies.swap_activation import SwapActivation

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfwave.remedies.sites import Target

__all__ = ["Seen", "applied", "look", "swap"]


class Seen(NamedTuple):
    """What one call of the function has shown."""

    result: Any
    recording: Recording
    targets: list[tuple[Any, Target | None]]  # (site of the recording, how to find it again)
    told: dict[str, Any]


def _run(function: Callable[[], Any], remedies: list[Any]) -> Seen:
    host = Host()
    for remedy in remedies:
        remedy.apply(host)
    survey = next((r.survey for r in remedies if hasattr(r, "survey")), None) or Survey(host)
    host.take()
    watcher = Watcher(Writer(None), RunInfo(script="test"), Options(budget=None, every=1))
    watcher.start()
    try:
        result = function()
    finally:
        watcher.stop()
        host.release()
    assert watcher.problem is None
    known = {met.site.place: met.target for met in survey.met.values()}
    places = watcher.places()
    recording = watcher.recording()
    targets = [(site, known.get(places[site.id])) for site in recording.sites]
    told = {name: value for remedy in remedies for name, value in remedy.told().items()}
    return Seen(result, recording, targets, told)


def look(function: Callable[[], Any], *remedies: Any) -> Seen:
    """Run it with remedies, none by default."""
    return _run(function, list(remedies))


def swap(
    function: Callable[[], Any],
    new: str,
    wanted: Callable[[Any], bool] = lambda site: site.role == "hidden",
    **parameters: Any,
) -> tuple[Seen, Seen]:
    """Run it as it is, then with `new` at the sites that are wanted."""
    before = look(function)
    chosen = [t for site, t in before.targets if t is not None and wanted(site)]
    others = [t for site, t in before.targets if t is not None and not wanted(site)]
    remedy = SwapActivation(
        new,
        parameters,
        [target.to_json() for target in chosen],
        others=[target.to_json() for target in others],
    )
    return before, look(function, remedy)


def applied(seen: Seen) -> list[tuple[str, str, int]]:
    """Return (path, activation, line) of all sites."""
    return [(site.path, site.activation, site.line) for site in seen.recording.sites]
