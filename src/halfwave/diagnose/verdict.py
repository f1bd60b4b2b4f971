"""The outcome of a run in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from halfwave.diagnose.course import main_course
from halfwave.diagnose.places import count_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.diagnose.finding import Finding
    from halfwave.recording.model import Recording, RunInfo

__all__ = ["verdict"]

#: Characters of an error's message; the report's last lines have all of it.
_LONGEST_ERROR: Final = 160
#: A loss never negative and below this has nothing left to gain …
_NOTHING_LEFT: Final = 0.05
#: … and one that fell by so many standard errors has fallen.
_ERRORS: Final = 2.0


def verdict(recording: Recording, findings: Sequence[Finding]) -> str:
    """Say in one line how the run was: healthy, what is worst and where, or nothing to see.

    Where the script failed or was interrupted, that comes first.

    Parameters
    ----------
    recording : Recording
    findings : sequence of Finding
        As `diagnose` gives them.

    Examples
    --------
    >>> from halfwave.recording.model import Recording, RunInfo
    >>> verdict(Recording(RunInfo("plot.py")), ())
    'Nothing to see: the program never imported torch.'
    """
    bad = [finding for finding in findings if finding.severity != "info"]
    line = _worst(bad) if bad else _nothing_to_see(recording) or _healthy(recording)
    return _ending(recording.info) + line


def _ending(info: RunInfo) -> str:
    """How the script ended, unless it came to its end."""
    if info.state not in {"failed", "interrupted"}:
        return ""
    when = f"after {_steps(info.steps)}" if info.steps else "before its first step"
    if info.state == "interrupted":
        return f"The script was interrupted {when}. "
    if info.error:
        return f"The script failed {when} with {_shortened(info.error)}. "
    return f"The script failed {when} with exit code {info.exit_code}. "


def _shortened(error: str) -> str:
    text = error if len(error) <= _LONGEST_ERROR else error[: _LONGEST_ERROR - 1] + "…"
    return text.rstrip(".")


def _worst(bad: Sequence[Finding]) -> str:
    first = min(bad, key=lambda finding: (finding.rank, finding.cause != ""))
    line = f"{first.severity.capitalize()}: {first.title}"
    if first.where:
        line += f" ({first.where})"
    others = sum(1 for finding in bad if not finding.cause) - 1
    if others > 0:
        line += f"; and {others} more finding{'s' if others > 1 else ''}"
    return line + "."


def _nothing_to_see(recording: Recording) -> str | None:
    info = recording.info
    if not info.script and not info.started and not recording.sites:
        return (
            "Nothing to see: the recording is empty. The run was killed, or its disk was full,"
            " before anything was written."
        )
    if info.torch is None and not recording.sites:
        return "Nothing to see: the program never imported torch."
    trained = info.steps > 0 or info.backwards > 0
    if not recording.sites and not trained:
        return "Nothing to see: torch was imported, but no activation was applied."
    if not recording.sites and not _weights(recording):
        return f"Nothing to judge: {_steps(info.steps)} of training, but no activation was seen."
    if not trained:
        return (
            f"No training step was seen: {_sites(len(recording.sites))} ran forward only,"
            " and nothing wrong was found there."
        )
    return None


def _healthy(recording: Recording) -> str:
    info = recording.info
    where = _where(recording)
    seen = f"{where} over {_steps(info.steps)}"
    if info.sampled == 0:
        return f"Unknown: no step of {seen} was watched in full."
    last = _last_watched(recording)
    if info.watching_ended:
        why = _shortened(info.watching_ended)
        return f"Unknown beyond step {last:,}: {why}; nothing wrong was found before."
    if 2 * last < info.steps:
        # every N-th step was asked for: nothing but a limit ends that early
        limited = recording.cost.budget is None
        how = "without --max-steps it is watched" if limited else "--every 10 watches"
        return (
            f"Healthy as far as it was watched, to step {last:,} of {info.steps:,}: nothing wrong"
            f" was found at {where}; {how} to the end."
        )
    # a script that broke off is not called healthy, whatever its activations were
    start = "Before that, nothing" if _ending(info) else "Healthy: nothing"
    if info.state == "running":  # it may have been killed
        start = "Healthy so far: nothing"
    return (
        f"{start} wrong was found at {seen}, {info.sampled:,} of them watched."
        f"{_undecided(recording)}"
    )


def _undecided(recording: Recording) -> str:
    """Whether the run was too short to show that it learns, as far as its loss can say."""
    found = main_course(recording)
    if found is None:
        return ""
    course = found[1]
    if course.values.min() < 0 or course.level < _NOTHING_LEFT:
        return ""
    if course.before - course.end > _ERRORS * course.error:
        return ""
    return " It does not show yet that it learns: the loss has not fallen beyond its noise."


def _last_watched(recording: Recording) -> int:
    """Last step that was watched in full: parameters are measured in these, and in no others."""
    for things in (recording.parameters, recording.sites):
        steps = [int(one.samples["last_step"].max()) for one in things if len(one.samples)]
        if steps:
            return max(steps)
    return 0


def _where(recording: Recording) -> str:
    """What was judged: sites, or weights where there are none (an LSTM has its gates inside)."""
    if recording.sites:
        return _sites(len(recording.sites))
    return f"{count_of(_weights(recording), 'weight')} (no activation was seen)"


def _weights(recording: Recording) -> int:
    """How many weights were watched."""
    return sum(len(one.shape) > 1 and len(one.samples) > 0 for one in recording.parameters)


def _sites(count: int) -> str:
    return count_of(count, "site")


def _steps(count: int) -> str:
    return count_of(count, "step")
