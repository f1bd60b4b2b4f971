"""Who is told of what happens where the watcher holds torch (`halfwave.observe.hooks`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Listener", "Ordinary"]


class Listener(Protocol):
    """What the holds report to."""

    def backward_begins(self, outputs: Any, *, accumulates: bool) -> None:
        """A backward is about to run from `outputs`."""

    def backward_ended(self) -> None:
        """It has run, or failed."""

    def step_begins(self, optimizer: Any, *, closure: bool) -> None:
        """An optimizer is about to step; with a `closure` that computes the loss again."""

    def step_ended(self, optimizer: Any) -> None:
        """It has stepped."""

    def outer_backward_begins(self) -> None:
        """The program is about to call backward; the mode still stands in its place."""

    def outer_backward_ended(self) -> None:
        """That call has returned; the mode stands in its place again."""

    def optimizer_made(self, optimizer: Any) -> None:
        """The program makes an optimizer."""

    def gradients_off(self) -> None:
        """The program has entered ``torch.no_grad`` or ``torch.inference_mode``."""

    def gradients_on(self) -> None:
        """It is about to leave it."""

    def scaled(self, scaler: Any, result: Any) -> None:
        """A GradScaler has scaled a loss."""

    def unscaled(self, optimizer: Any) -> None:
        """A GradScaler is about to divide an optimizer's gradients, or to have it step."""

    def step_aside(self) -> Callable[[], None] | None:
        """Take the mode off this thread; the result puts it back, None where there is nothing."""
        ...

    def compiled_call(self) -> Callable[[], None] | None:
        """Compiled code is about to run; the result is called after it, if there is one."""
        ...

    def fast_path(self, module: Any) -> None:
        """A fused inference path was taken, in which nothing can be seen."""

    def compiled(self) -> None:
        """The program has called torch.compile."""

    def torchscript(self, made: Any, how: str) -> None:
        """The program has got a module or function of TorchScript by ``torch.jit.<how>``."""


class Ordinary(Protocol):
    """Is told first, and does what most steps ask for; True: the listener need not be told."""

    def backward_begins(self, outputs: Any) -> bool:
        """A backward is about to run; where that was dealt with, its end comes here, too."""
        ...

    def backward_ended(self) -> None:
        """It has run, or failed."""

    def step_begins(self, optimizer: Any, *, closure: bool) -> bool:
        """An optimizer is about to step."""
        ...

    def stepped(self, optimizer: Any) -> bool:
        """It has stepped."""
        ...
