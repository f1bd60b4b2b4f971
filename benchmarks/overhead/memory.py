"""Memory that watching keeps, and the size of the recording, as a run gets longer.

    python benchmarks/overhead/memory.py                 # print the table
    python benchmarks/overhead/memory.py --write         # and put it into docs/overhead.md

Every step is watched, which brings the most. Memory is what the process holds more than the
same run unwatched, at the same step; both run in processes of their own. The images are small:
neither figure depends on their size.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from pages import put, table

STEPS = (100, 1_000, 10_000)
WAYS = ("plain", "watched")
#: model -> shape of a batch
SHAPES = {"MLP 4×1024, batch 128": (2, 1024), "ResNet-18 at 32×32, batch 32": (2, 3, 4, 4)}


def train(name: str, way: str, steps: int, folder: Path) -> None:
    """Train in this process; print (step, bytes held, bytes recorded) at the steps asked for."""
    import torch  # noqa: PLC0415 – the process that starts the others need not
    from models import MODELS  # noqa: PLC0415
    from torch.nn import functional as F  # noqa: N812, PLC0415

    import halfwave  # noqa: PLC0415

    torch.set_num_threads(1)
    torch.manual_seed(0)
    model, shape = MODELS[name][0](), SHAPES[name]
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)
    x, y = torch.randn(shape), torch.zeros(shape[0], dtype=torch.long)
    path = folder / "run.halfwave"
    run = halfwave.watch(every=1, path=path) if way == "watched" else None
    if run is not None:
        run.start()
    found: list[tuple[int, int, int]] = []
    for step in range(1, steps + 1):
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
        if step in STEPS:
            size = sum(file.stat().st_size for file in folder.glob("run.halfwave*"))
            found.append((step, _held(), size))
    if run is not None:
        run.stop()
        found[-1] = (*found[-1][:2], path.stat().st_size)
    print(json.dumps(found))


def _held() -> int:
    """Return the bytes of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def measure(name: str, steps: int) -> list[list[str]]:
    """Return the rows of one model."""
    by_way: dict[str, list[tuple[int, int, int]]] = {}
    for way in WAYS:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, __file__, "--one", name, way, str(steps), folder]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
        by_way[way] = json.loads(done.stdout.splitlines()[-1])
    rows: list[list[str]] = []
    for (step, held, _), (_, more, size) in zip(*by_way.values(), strict=True):
        row = [name.partition(",")[0], f"{step:,}", f"{(more - held) / 1e6:.1f} MB"]
        rows.append([*row, f"{size / 1e6:.2f} MB"])
    return rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=STEPS[-1])
    parser.add_argument("--write", action="store_true", help="put the table into docs/overhead.md")
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, way, steps, folder = options.one
        train(name, way, int(steps), Path(folder))
        return
    rows = [row for name in SHAPES for row in measure(name, options.steps)]
    text = table(
        ["model", "steps watched", "memory beside a plain run", "recording, with its journal"], rows
    )
    print(text)
    if options.write:
        put("memory", text)


if __name__ == "__main__":
    main()
