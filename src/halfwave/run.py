"""The face for programs: watch a block of code, then ask what was seen.

For notebooks and for programs with a loop of their own; whole scripts are
watched from outside by ``halfwave check``.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Self

import halfwave
from halfwave._interrupting import pass_on
from halfwave.diagnose import Finding, diagnose, verdict
from halfwave.observe import Options, Watcher
from halfwave.observe.ranks import Rank, marked, rank_in_torch, rank_of_process
from halfwave.recording import Recording, RunInfo, Site, Writer
from halfwave.report import as_json, render_terminal
from halfwave.report.plots import Plots

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    import torch
    from rich.console import Console

__all__ = ["Run", "watch"]


class Run:
    """A run that is being watched, or has been. `halfwave.watch` makes it.

    Used as a context manager it watches what runs inside; what was seen can be
    asked for during the run (up to the last flush) and after it.

    Parameters
    ----------
    model : torch.nn.Module, optional
        Watch this model alone.
    path : path-like, optional
        Keep a recording in this file.
    overwrite : bool
        Replace the file if it is there.
    options : Options, optional
        How much is watched.
    """

    def __init__(
        self,
        model: torch.nn.Module | None = None,
        *,
        path: str | os.PathLike[str] | None = None,
        overwrite: bool = False,
        options: Options | None = None,
    ) -> None:
        told = rank_in_torch()
        rank = rank_of_process() if told is None else Rank(*told)
        if rank is not None and path is not None:
            path = marked(os.fspath(path), f"rank{rank.rank}")
        info = RunInfo(
            script=str(getattr(sys.modules.get("__main__"), "__file__", "") or ""),
            pid=os.getpid(),
            host=platform.node(),
            folder=str(Path.cwd()),
            started=time.time(),
            halfwave=halfwave.__version__,
            python=platform.python_version(),
            rank=None if rank is None else rank.rank,
            world_size=None if rank is None else rank.size,
        )
        writer = Writer(None if path is None else Path(path), overwrite=overwrite)
        self._watcher = Watcher(writer, info, options, model)
        self._recording: Recording | None = None

    def start(self) -> Self:
        """Begin to watch."""
        self._watcher.start()
        return self

    def stop(self) -> Self:
        """End the watching; calling it again does nothing."""
        self._end(None)
        return self

    def _end(self, error: BaseException | None) -> None:
        if error is None:
            self._watcher.stop()
        else:
            text = f"{type(error).__name__}: {' '.join(str(error).split())}"
            state = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
            self._watcher.stop(state, None, text)
        try:
            self._recording = self._watcher.recording()
        except Exception as failed:  # noqa: BLE001 – it is raised where somebody asks for it
            pass_on(failed)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end(error)

    @property
    def flushes(self) -> int:
        """How often something new was stored: `recording` has changed if this has."""
        return self._watcher.flushes

    @property
    def recording(self) -> Recording:
        """What was recorded, as plain dataclasses."""
        return self._recording if self._recording is not None else self._watcher.recording()

    @property
    def sites(self) -> tuple[Site, ...]:
        """The sites in the order of the forward pass."""
        return self.recording.sites

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the rules say of the run, worst first."""
        return diagnose(self.recording)

    @property
    def verdict(self) -> str:
        """The run in one line."""
        recording = self.recording
        return verdict(recording, diagnose(recording))

    def as_json(self) -> dict[str, object]:
        """Return the report as ``halfwave check --json`` prints it."""
        recording = self.recording
        return as_json(recording, diagnose(recording))

    @property
    def plot(self) -> Plots:
        """The pictures of the run as matplotlib Axes, each a method: ``run.plot.loss()``."""
        return Plots(lambda: self.recording)

    def report(
        self,
        console: Console | None = None,
        *,
        select: Sequence[str] = (),
        ignore: Sequence[str] = (),
    ) -> None:
        """Show the report: as a page in a notebook, else printed to `console` or stdout.

        A notebook without the libraries that pages are made with gets the text.

        Parameters
        ----------
        console : rich.console.Console, optional
            Where to print it.
        select, ignore : sequence of str
            The rules to apply, all by default, and those to leave out.

        Raises
        ------
        ValueError
            There is no such rule.
        """
        from halfwave.report.html.frame import in_a_notebook  # noqa: PLC0415 – only here

        recording = self.recording
        findings = diagnose(recording, select=select, ignore=ignore)
        if console is None and in_a_notebook() and self._display(recording, findings):
            return
        from rich.console import Console as NewConsole  # noqa: PLC0415 – only for printing

        render_terminal(recording, findings, console=console or NewConsole(), command=None)

    def html(
        self, *, source: bool = True, select: Sequence[str] = (), ignore: Sequence[str] = ()
    ) -> str:
        """Return the report as one self-contained page; write it to a file as it is.

        Parameters
        ----------
        source : bool
            Quote the source lines that findings name.
        select, ignore : sequence of str
            The rules to apply, all by default, and those to leave out.

        Raises
        ------
        ImportError
            If Jinja2 or Bokeh is not installed.
        ValueError
            There is no such rule.
        """
        from halfwave.report.html import render_html  # noqa: PLC0415 – as above

        recording = self.recording
        findings = diagnose(recording, select=select, ignore=ignore)
        return render_html(recording, findings, source=source)

    def _repr_html_(self) -> str | None:
        """What a notebook shows of a run; None has it show the text."""
        recording = self.recording
        return _framed(recording, diagnose(recording))

    @staticmethod
    def _display(recording: Recording, findings: Sequence[Finding]) -> bool:
        """Show the page in a notebook; whether that could be done."""
        html = _framed(recording, findings)
        if html is None:
            return False
        display = import_module("IPython.display").display
        # as data of a type: an HTML object warns of frames, whose own way takes an address only
        display({"text/html": html, "text/plain": verdict(recording, findings)}, raw=True)
        return True


def _framed(recording: Recording, findings: Sequence[Finding]) -> str | None:
    """Return the page as an element of a notebook; None without the libraries for it."""
    from halfwave.report.html import MissingLibraryError  # noqa: PLC0415 – only where asked for
    from halfwave.report.html.frame import in_a_frame  # noqa: PLC0415

    try:
        return in_a_frame(recording, findings)
    except MissingLibraryError:
        return None


def watch(
    model: torch.nn.Module | None = None,
    *,
    path: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    budget: float = 0.01,
    every: int | None = None,
    max_steps: int | None = None,
    eager_samples: bool = False,
) -> Run:
    """Watch the activations of everything that trains inside a ``with`` block.

    Parameters
    ----------
    model : torch.nn.Module, optional
        Watch this model alone; everything in the process otherwise.
    path : path-like, optional
        Keep a recording in this file; in memory otherwise. In a distributed run each
        rank keeps one: ``run.halfwave`` becomes ``run.rank0.halfwave`` and so on.
    overwrite : bool, default False
        Replace that file if it is there.
    budget : float, default 0.01
        Share of the run's time that watching may take after the first ten steps.
    every : int, optional
        Watch every N-th step instead, whatever it costs.
    max_steps : int, optional
        Stop watching after this many steps.
    eager_samples : bool, default False
        Run what ``torch.compile`` compiled uncompiled in watched steps, to see inside.
        Weights are then no longer bit for bit those of an unwatched run.

    Returns
    -------
    Run
        Ask it for `findings`, `sites`, `recording`; `report` prints it all.

    Raises
    ------
    ValueError
        If `budget`, `every` or `max_steps` is out of its range.
    halfwave.recording.RecordingError
        If the file can't be made.

    Examples
    --------
    >>> import torch, halfwave
    >>> net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    >>> optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    >>> with halfwave.watch() as run:
    ...     for _ in range(20):
    ...         loss = net(torch.randn(16, 4)).square().mean()
    ...         optimizer.zero_grad()
    ...         loss.backward()
    ...         optimizer.step()
    >>> [(site.path, site.activation, site.units) for site in run.sites]
    [('1', 'relu', 8)]
    """
    options = Options(
        budget=None if every is not None else budget,
        every=every,
        max_steps=max_steps,
        eager_samples=eager_samples,
    )
    return Run(model, path=path, overwrite=overwrite, options=options)
