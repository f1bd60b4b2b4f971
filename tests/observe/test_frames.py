"""The native core finds the same frames as the search in Python."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from torch import nn

import halfwave.nn as hw
from halfwave.activations.backends.seen import applied
from halfwave.kernels import core
from halfwave.observe import location
from halfwave.observe.mode import WatchMode

pytestmark = pytest.mark.skipif(core() is None, reason="there is no native core")

X = torch.tensor([[-1.0, 2.0]])
FOUND: list[tuple[Any, ...]] = []
# as a function of torch's: between the program's line and the search stand only others' frames
_SOURCE = """
def look(run, func, args, kwargs):
    found.append((
        location.nearest(), location._nearest(),
        location.program_frame(), location._program_frame(),
    ))
    return run(func, args, kwargs)
"""


def _handler() -> Any:
    names: dict[str, Any] = {"location": location, "found": FOUND}
    exec(compile(_SOURCE, torch.__file__, "exec"), names)  # noqa: S102 – ours
    return names["look"]


class _Inside(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.act = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        parts = [torch.relu(part) for part in x]
        return self.act(torch.stack(parts)) + F.relu(x) + sum(F.relu(p) for p in x)


class _Function(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> torch.Tensor:
        return gradients[0]


class _Stranger(nn.Module):
    """A module whose forward names itself otherwise."""

    def forward(this, x: torch.Tensor) -> torch.Tensor:  # noqa: N805
        return next(torch.relu(each) for each in (x,))


PROGRAMS = {
    "line": lambda: torch.relu(X),
    "module": lambda: _Inside()(X),
    "sequence": lambda: nn.Sequential(nn.Linear(2, 2), nn.ReLU(), _Inside())(X),
    "function": lambda: _Function.apply(X),
    "stranger": lambda: nn.Sequential(_Stranger())(X),
    "catalogue": lambda: nn.Sequential(hw.LiSHT())(X),
    "generator": lambda: sum(F.relu(each) for each in X),
    "made": lambda: exec(compile("F.relu(X)", "<made>", "exec"), {"F": F, "X": X}),  # noqa: S102
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_same_frames(name: str) -> None:
    FOUND.clear()
    mode = WatchMode(dict.fromkeys((torch.relu, F.relu, applied), _handler()))
    mode.put_on()
    try:
        PROGRAMS[name]()
    finally:
        mode.take_off()
    assert FOUND
    for near, near_in_python, frame, frame_in_python in FOUND:
        assert near == near_in_python
        assert frame is frame_in_python
        assert near is None or (near[2] is None) == (name in ("line", "generator", "made"))
    if name in ("function", "catalogue"):
        assert all(found[0] is None for found in FOUND)
