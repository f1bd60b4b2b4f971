"""`Following`: a recording that another process is writing, as a page has it at any time."""

from __future__ import annotations

import os
import platform
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from halfwave.diagnose import diagnose
from halfwave.recording import RecordingError, read
from halfwave.report.html import render_html, render_update

if TYPE_CHECKING:
    from collections.abc import Collection

    from halfwave.recording import Recording, RunInfo

__all__ = ["Following"]

#: The file is read again at most so often, and not for longer than a fifth of the time.
_PAUSE: Final = 1.0
_SHARE: Final = 5.0


class Following:
    """Reads a recording again when it has changed; goes on with the last one when it is gone.

    Parameters
    ----------
    path
        The recording.
    select, ignore
        Rules to apply and to leave out.
    source
        Quote the lines that findings name.

    Raises
    ------
    halfwave.recording.RecordingError
        There is no recording to begin with.
    ValueError
        There is no such rule.
    """

    def __init__(
        self,
        path: Path,
        *,
        select: Collection[str] = (),
        ignore: Collection[str] = (),
        source: bool = True,
    ) -> None:
        self._path = path
        self._rules: dict[str, Any] = {"select": tuple(select), "ignore": tuple(ignore)}
        self._source = source
        self._lock = threading.Lock()
        self._mark: object = None
        self._looked = 0.0
        self._pause = _PAUSE
        self._version = 0
        self._problem = ""
        self._update: dict[str, Any] = {}
        self._recording = self._read()
        diagnose(self._recording, **self._rules)

    def page(self) -> str:
        """The whole page as of now."""
        with self._lock:
            self._look()
            findings = diagnose(self._recording, **self._rules)
            return render_html(self._recording, findings, source=self._source, live=True)

    def news(self, since: str) -> dict[str, Any]:
        """What a page that has the version `since` is to show; nothing but words if it has all.

        Returns
        -------
        dict
            ``version``, ``state`` (one line), ``tone``, and where the recording
            has changed ``data``, ``details``, ``sections``, ``captions`` and ``verdict``.
        """
        with self._lock:
            self._look()
            words, tone = self._state()
            news: dict[str, Any] = {"version": self._name(), "state": words, "tone": tone}
            if since != self._name():
                news.update(self._rendered())
            return news

    # -- the file ---------------------------------------------------------------------------

    def _read(self) -> Recording:
        mark = self._state_of_file()
        self._looked = time.monotonic()
        recording = read(self._path)
        self._mark = mark  # of what has been read: what was locked is tried again
        self._version += 1
        self._pause = max(_PAUSE, _SHARE * (time.monotonic() - self._looked))
        return recording

    def _look(self) -> None:
        """Read the file again where it has changed; whatever fails, the last state stays."""
        if time.monotonic() - self._looked < self._pause:
            return
        self._looked = time.monotonic()
        mark = self._state_of_file()
        if mark is None:
            self._problem = "The recording is gone: this is what was known last."
            return
        if mark == self._mark and not self._problem:
            return
        before = self._recording.info
        try:
            found = self._read()
        except RecordingError as error:
            if not error.temporary:
                self._problem = f"The recording cannot be read: {error}"
            return
        if before.pid and (found.info.pid, found.info.started) != (before.pid, before.started):
            # another run has taken the name: following it would mix the two
            self._problem = "Another run has taken the place of this one: load the page again."
        else:
            self._problem = ""
        self._recording = found
        self._update = {}

    def _state_of_file(self) -> tuple[object, ...] | None:
        marks: list[object] = []
        for path in (self._path, self._path.with_name(self._path.name + "-wal")):
            try:
                found = path.stat()
            except OSError:
                if path == self._path:
                    return None
                marks.append(None)
            else:
                marks.append((found.st_ino, found.st_size, found.st_mtime_ns))
        return tuple(marks)

    # -- in words -----------------------------------------------------------------------------

    def _name(self) -> str:
        return f"{self._version}"

    def _rendered(self) -> dict[str, Any]:
        if not self._update:
            findings = diagnose(self._recording, **self._rules)
            made = render_update(self._recording, findings, source=self._source)
            self._update = {
                "verdict": made.tone,
                "sections": made.sections,
                "captions": made.captions,
                "data": made.data,
                "details": made.details,
            }
        return self._update

    def _state(self) -> tuple[str, str]:
        info = self._recording.info
        if self._problem:
            return self._problem, "lost"
        steps = f"step {info.steps:,}, {info.sampled:,} watched in full"
        if info.state != "running":
            return f"The run has ended ({info.state}): {steps}.", "over"
        if _has_died(info):
            words = f"The run's process is gone; what it had written by then: {steps}."
            return words, "lost"
        return f"Following the run: {steps}.", ""


def _has_died(info: RunInfo) -> bool:
    """Whether the run's process is known to be no more: only on its own machine can one tell."""
    if not info.pid or info.host != platform.node():
        return False
    if not os.path.exists("/proc/self"):  # noqa: PTH110 - not Linux: ask the system
        try:
            os.kill(info.pid, 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False
        return False
    stat = Path(f"/proc/{info.pid}/stat")
    with suppress(OSError):
        # a process that has ended and that its parent has not yet asked for
        return stat.read_text(errors="replace").rpartition(")")[2].split()[:1] == ["Z"]
    return not stat.parent.exists()
