"""Run the zoo under ``halfwave check`` and count how often the diagnosis is right.

    python benchmarks/diagnosis/measure.py                      all halves
    python benchmarks/diagnosis/measure.py --half tuning --jobs 4 --keep /tmp/zoo
    python benchmarks/diagnosis/measure.py --again /tmp/zoo     the same recordings, today's rules
    python benchmarks/diagnosis/measure.py --markdown docs/diagnosis.md

It prints recall, precision by rule, the alarms on healthy programs, which rule spoke of which
fault, and every miss and false alarm. Programs whose packages are missing are skipped
(requirements.lock beside this file has them all).
"""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING

from doctor import text
from doctor.page import page
from doctor.programs import HALVES, Program, load
from doctor.running import examine, examine_again

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from doctor.outcome import Outcome


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says; 1 where a program could not be measured."""
    options = _options().parse_args(arguments)
    try:
        programs = _choose(options.half, options.only)
    except ValueError as error:
        print(f"measure.py: {error}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="halfwave-zoo-") as temporary:
        keep = Path(options.again or options.keep or temporary).resolve()
        keep.mkdir(parents=True, exist_ok=True)
        if options.again:
            outcomes = _all(programs, lambda program: examine_again(program, keep), options.jobs)
        else:
            outcomes = _all(
                programs, lambda program: examine(program, keep, options.limit), options.jobs
            )
    _print(outcomes)
    if options.markdown:
        command = shlex.join(["python", "benchmarks/diagnosis/measure.py", *_said(options)])
        Path(options.markdown).write_text(page(outcomes, command), encoding="utf-8")
    return int(any(each.status in ("failed", "timed out") for each in outcomes))


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Run the zoo under halfwave check and count how often the diagnosis is right."
    )
    parser.add_argument("--half", choices=[*HALVES, "all"], default="all")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these programs")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="programs at a time [2]")
    parser.add_argument("--limit", type=float, default=180, metavar="SECONDS", help="each [180]")
    parser.add_argument("--keep", metavar="DIR", help="leave the recordings there")
    parser.add_argument("--again", metavar="DIR", help="run nothing: diagnose the recordings there")
    parser.add_argument("--markdown", metavar="FILE", help="write the page as well")
    return parser


def _choose(half: str, only: list[str] | None) -> list[Program]:
    programs = load(tuple(HALVES) if half == "all" else (half,))
    if not only:
        return programs
    wanted = {name.removesuffix(".py") for name in only}
    if unknown := wanted - {program.name for program in programs}:
        raise ValueError(f"no program is called {', '.join(sorted(unknown))} (half: {half})")
    return [program for program in programs if program.name in wanted]


def _all(programs: list[Program], work: Callable[[Program], Outcome], jobs: int) -> list[Outcome]:
    """Do the work on each program, saying on stderr how it goes; in the order of `programs`."""
    done: dict[str, Outcome] = {}
    with ThreadPoolExecutor(max(1, jobs)) as pool:
        pending = [pool.submit(work, program) for program in programs]
        try:
            for number, future in enumerate(as_completed(pending), 1):
                outcome = future.result()
                done[outcome.program.name] = outcome
                print(f"[{number}/{len(programs)}] {_line(outcome)}", file=sys.stderr, flush=True)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return [done[program.name] for program in programs]


def _line(outcome: Outcome) -> str:
    program = outcome.program
    truth = ", ".join(sorted(program.faults)) or "healthy"
    found = ", ".join(sorted(outcome.rules)) or "nothing"
    note = f" ({outcome.status}: {outcome.note})" if outcome.status != "ran" else ""
    return f"{program.name} [{truth}]: {found}, {outcome.seconds:.0f} s{note}"


def _print(outcomes: list[Outcome]) -> None:
    sections = [
        ("In total", text.totals(outcomes)),
        ("By fault", text.label_table(outcomes)),
        ("By rule", text.rule_table(outcomes)),
        ("Which rules spoke of which fault", text.confusion_table(outcomes)),
        ("What went wrong", "\n".join(text.misses_and_alarms(outcomes))),
        ("Not measured", "\n".join(text.troubles(outcomes))),
    ]
    for title, body in sections:
        if body:
            print(f"\n{title}\n\n{body}")


def _said(options: argparse.Namespace) -> list[str]:
    """What of the command line bears on the figures."""
    words = [] if options.half == "all" else ["--half", options.half]
    words += ["--only", *options.only] if options.only else []
    words += ["--again", "DIR"] if options.again else []  # where it lies says nothing
    return [*words, "--markdown", options.markdown]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
