"""Run a function or a short script under the watcher, in this process, and get its recording."""

from __future__ import annotations

import hashlib
import random
import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from halfwave.observe import Options, Watcher
from halfwave.recording import Recording, RunInfo, Site, Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["PROGRAMS", "fingerprint", "run_program", "site_on", "train_with", "watched"]

#: Short training scripts, as other people write them. Each leaves its tensors in ``result``.
PROGRAMS = Path(__file__).parent / "programs"


def watched(
    function: Callable[..., Any], *arguments: Any, options: Options | None = None
) -> Recording:
    """Call the function with every step watched; fail if the watcher had an error of its own."""
    chosen = options or Options(budget=None, every=1)
    watcher = Watcher(Writer(None), RunInfo(script="test"), chosen)
    watcher.start()
    try:
        function(*arguments)
    finally:
        watcher.stop()
    assert watcher.problem is None
    return watcher.recording()


def run_program(name: str) -> dict[str, Any]:
    """Run a script of `PROGRAMS` from the same random state every time."""
    random.seed(0)
    torch.manual_seed(0)
    return runpy.run_path(str(PROGRAMS / f"{name}.py"), run_name="__main__")


def fingerprint(tensors: Iterable[torch.Tensor]) -> str:
    """Hash tensors, their gradients and the state of both random generators."""
    digest = hashlib.sha256()
    for tensor in tensors:
        for values in (tensor, tensor.grad):
            if values is not None:
                digest.update(f"{values.dtype} {tuple(values.shape)}".encode())
                digest.update(values.detach().contiguous().flatten().view(torch.uint8).numpy())
    digest.update(torch.get_rng_state().numpy())
    digest.update(repr(random.getstate()).encode())
    return digest.hexdigest()


def site_on(recording: Recording, text: str) -> list[Site]:
    """Return the sites on the source line that contains `text`."""
    return [site for site in recording.sites if text in site.source]


def train_with(apply: Callable[[torch.Tensor], torch.Tensor]) -> None:
    """Train two layers with something between them."""
    torch.manual_seed(0)
    first, last = torch.nn.Linear(4, 6), torch.nn.Linear(6, 1)
    optimizer = torch.optim.SGD([*first.parameters(), *last.parameters()], lr=0.01)
    for _ in range(3):
        loss = last(apply(first(torch.randn(5, 4)))).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
