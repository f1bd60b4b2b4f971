"""What ``halfwave compare`` does with its options: begin, go on, show."""

from __future__ import annotations

import math
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from halfwave.cli._files import check_place, need_libraries
from halfwave.cli._output import console, print_json
from halfwave.experiments.executors import executor_for
from halfwave.experiments.experiment import Request
from halfwave.experiments.session import Session, comparison_of
from halfwave.experiments.store import Store, is_results
from halfwave.experiments.variants import ExperimentError

if TYPE_CHECKING:
    from halfwave.launch import Program

__all__ = ["begun", "report", "resumed", "show_files"]

_SUFFIX: Final = ".sqlite"


def begun(program: Program, options: dict[str, Any]) -> Session:
    """Begin an experiment, after a look at its script."""
    request = Request(
        program=program.name,
        arguments=program.arguments,
        is_module=program.is_module,
        folder=str(Path.cwd()),
        activations=options["activations"],
        at=options["patterns"],
        seeds=options["seeds"],
        factors=_factors(options["lr_factors"]),
        metric=options["metric"],
        larger=options["larger"],
        initialise=options["init"] == "auto",
    )
    if not options["activations"]:
        raise ExperimentError("name the activations to try: --with leaky_relu,gelu,silu,tanh")
    request.check()
    path = _output(program, options)
    _check_page(path, options)
    session = Session(executor_for(options["on"], options["jobs"]))
    session.begin(request, path, jobs=options["jobs"], overwrite=options["force"])
    return session


def resumed(path: Path | None, options: dict[str, Any]) -> Session:
    """Go on with an experiment."""
    assert path is not None  # noqa: S101 - one of the two is given
    if not is_results(path):
        raise ExperimentError(f"--resume {str(path)!r} is no results file of halfwave compare")
    _check_page(path, options)
    session = Session(executor_for(options["on"], options["jobs"]))
    session.resume(path, jobs=options["jobs"])
    return session


def report(store: Store, options: dict[str, Any]) -> int:
    """Show what the runs say."""
    from halfwave.experiments.json_object import as_json  # noqa: PLC0415 - one of several
    from halfwave.experiments.terminal import render  # noqa: PLC0415 - as above

    comparison = comparison_of(store)
    if options["html"] is not None:
        from halfwave.experiments.page import write  # noqa: PLC0415 - needs an extra

        write(comparison, Path(options["html"]))
    if options["as_json"]:
        print_json(as_json(comparison))
        return 0
    terminal = console(stderr=False)
    if terminal is not None:
        again = f"halfwave compare {shlex.quote(os.path.relpath(store.path))}"
        render(comparison, console=terminal, command=again)
    return 0


def show_files(files: list[Path], options: dict[str, Any]) -> int:
    """Show a results file again, or recordings side by side."""
    for file in files:
        if not file.exists():
            raise click.UsageError(f"no such file: {str(file)!r}")
        if len(files) > 1 and is_results(file):
            raise click.UsageError(f"{str(file)!r} holds results: show it alone")
    try:
        if len(files) == 1 and (files[0].suffix == _SUFFIX or is_results(files[0])):
            _check_page(files[0], options)
            return report(Store(files[0]), options)
        _show_side_by_side(files, options)
    except ExperimentError as error:
        raise click.UsageError(str(error)) from None
    return 0


def _show_side_by_side(files: list[Path], options: dict[str, Any]) -> None:
    from halfwave.experiments import side_by_side  # noqa: PLC0415 - one of several

    if options["html"] is not None:
        raise ExperimentError("--html is for results: recordings are shown here, or by --json")
    compared = side_by_side.load(files)
    if options["as_json"]:
        print_json(side_by_side.as_json(compared))
        return
    terminal = console(stderr=False)
    if terminal is not None:
        side_by_side.render(compared, terminal)


def _factors(text: str) -> tuple[float, ...]:
    found: dict[float, None] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        try:
            value = float(part)
        except ValueError:
            value = math.nan
        if not 0 < value < math.inf:
            raise ExperimentError(f"--lr-factors: {part!r} is not a number above 0")
        found[value] = None
    if not found:
        raise ExperimentError("--lr-factors is empty: give numbers above 0, as 0.3,1,3")
    return tuple(found)


def _output(program: Program, options: dict[str, Any]) -> Path:
    if options["output"] is None:
        stem = program.stem if not program.is_module else program.name
        path, number = Path(f"halfwave-compare-{stem}{_SUFFIX}"), 1
        while path.exists():
            number += 1
            path = Path(f"halfwave-compare-{stem}-{number}{_SUFFIX}")
        return path
    path = check_place(options["output"], "-o", force=options["force"])
    if path.suffix != _SUFFIX:
        raise ExperimentError(f"-o {str(path)!r}: give it a name that ends in {_SUFFIX}")
    return path


def _check_page(results: Path, options: dict[str, Any]) -> None:
    """Refuse what --html cannot be, before anything runs."""
    if options["html"] is None:
        return
    need_libraries("jinja2")
    page = check_place(options["html"], "--html", force=options["force"])
    if page.resolve() == results.resolve():
        raise ExperimentError(f"--html {str(page)!r} is where the results are: name another file")
