"""Measure what is said of ReLU, and write the page docs/relu.md with its figures.

    python claims.py                           all claims, about ten minutes
    python claims.py --quick                   less of everything, about a minute, to build/claims
    python claims.py dead-units sparsity       these two; the page keeps the results of the others
    python claims.py --out DIR                 write relu.md, its figures and results to DIR

Each claim is one file in examples/claims. After an interruption the same command goes on from
there: finished claims are kept. --anew has it begin again.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[1]

try:
    import numpy as np
    import torch
    from claims._claim import Claim, Run
    from claims._page import IMAGES, made_with, write_page
    from claims._store import Result, Store, fingerprint
    from threadpoolctl import threadpool_limits
except ImportError as error:
    if __name__ != "__main__" or (error.name or "").startswith("claims"):
        raise
    sys.exit(
        f"claims.py: needs the package {error.name!r}, which is not installed: "
        "pip install '.[torch,plots,examples]' in the checkout"
    )


def all_claims() -> list[Claim]:
    """Return the claims of the folder, in the order of the page."""
    files = sorted((ROOT / "examples" / "claims").glob("[!_]*.py"))
    claims: list[Claim] = [import_module(f"claims.{file.stem}").CLAIM for file in files]
    return sorted(claims, key=lambda claim: claim.number)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the claims that are asked for; return an exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="claims to measure; all if none")
    parser.add_argument("--quick", action="store_true", help="fewer seeds, shorter trainings")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where to write (docs)")
    parser.add_argument("--anew", action="store_true", help="keep nothing of an interrupted call")
    args = parser.parse_args(arguments)

    claims = all_claims()
    known = [claim.name for claim in claims]
    unknown = [name for name in args.names if name not in known]
    if unknown:
        print(f"claims.py: no claim {unknown[0]!r}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    # a quick page must not take the place of the real one unless it is told to
    out: Path = args.out or (ROOT / "build" / "claims" if args.quick else ROOT / "docs")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print(f"claims.py: can't write to {out}: {error.strerror}", file=sys.stderr)
        return 2
    wanted = [claim for claim in claims if not args.names or claim.name in args.names]
    return measure(claims, wanted, out, quick=args.quick, anew=args.anew)


def measure(
    claims: Sequence[Claim], wanted: Sequence[Claim], out: Path, *, quick: bool, anew: bool = False
) -> int:
    """Measure those that are wanted, and write the page with all there are results of."""
    store = Store(out / "relu")
    before = [] if anew else store.done_before(quick=quick)
    done: list[str] = []
    failed: list[str] = []
    for place, claim in enumerate(wanted, 1):
        say = Progress(f"[{place:2d}/{len(wanted)}] {claim.name}")
        if claim.name in before and store.read(claim, quick=quick):
            say.end("kept from the call that was interrupted")
        else:
            try:
                store.write(claim, one(claim, Run(out / IMAGES, quick, say)))
            except KeyboardInterrupt:
                say.end("interrupted")
                kept = f"{len(done)} of {len(wanted)} claims are kept in {store.folder}"
                print(f"claims.py: {kept}; the same command goes on from there", file=sys.stderr)
                return 130
            except Exception:  # noqa: BLE001 - whatever it is, the other claims can be measured
                say.end("failed")
                traceback.print_exc()
                failed.append(claim.name)
                continue
            say.end()
        done.append(claim.name)
        store.note(done, quick=quick)
    results = {claim.name: held for claim in claims if (held := store.read(claim, quick=quick))}
    for claim in claims:
        if claim.name not in results and store.is_outdated(claim, quick=quick):
            print(
                f"claims.py: {claim.name} was measured with other code and is left out of the page:"
                f" run claims.py {claim.name}",
                file=sys.stderr,
            )
    print(f"written: {write_page(out, claims, results, quick=quick)}")
    if failed:
        print(f"claims.py: failed: {', '.join(failed)}", file=sys.stderr)
        return 1
    store.finished()
    return 0


def one(claim: Claim, run: Run) -> Result:
    """Measure one claim, from the same random numbers whatever ran before it."""
    random.seed(claim.number)
    np.random.seed(claim.number)  # noqa: NPY002 - for what draws from it unasked
    torch.manual_seed(claim.number)
    mark = fingerprint(claim, quick=run.quick)
    verdict = claim.measure(run)
    missing = [name for name in verdict.figures if not _drawn(run, name)]
    if missing:
        raise ValueError(f"{claim.name} names a figure that it did not draw: {missing[0]}")
    return Result(verdict, mark, run.quick, made_with(), dict(run.alternatives))


def _drawn(run: Run, name: str) -> bool:
    return name in run.alternatives or f"{name}.svg" in run.alternatives


class Progress:
    """One line a claim; on a terminal it shows what is being done, too."""

    def __init__(self, start: str) -> None:
        self._start = start
        self._began = time.monotonic()
        self._terminal = sys.stderr.isatty()
        self("…")

    def __call__(self, text: str) -> None:
        """Show what is being done."""
        if self._terminal:
            line = f"{self._start}: {text}"[:79]
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)

    def end(self, text: str = "") -> None:
        """Finish the line."""
        start = "\r\x1b[K" if self._terminal else ""
        words = text or f"{time.monotonic() - self._began:.1f} s"
        print(f"{start}{self._start}: {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    # the same sums in the same order every time, and times that can be compared
    torch.set_num_threads(1)
    with threadpool_limits(1):
        sys.exit(main())
