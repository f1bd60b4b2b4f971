"""Multiply every learning rate by a factor.

It is done at the step: an optimizer steps with its rate times the factor, and
has its own rate back before the program can look. So whatever the program does
with its rates (schedulers of any kind, an assignment by hand) keeps its shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halfwave.observe.arrival import Arrival

if TYPE_CHECKING:
    from halfwave.remedies.host import Host

__all__ = ["ScaleLearningRate"]


class ScaleLearningRate:
    """Step with `factor` times the learning rate.

    Parameters
    ----------
    factor : float
        Above 0.
    """

    def __init__(self, factor: float) -> None:
        if not factor > 0:
            raise ValueError(f"factor is {factor}: give a number above 0")
        self.factor = factor
        self.steps = 0
        self._own: dict[int, list[tuple[dict[str, Any], Any]]] = {}

    def apply(self, host: Host) -> None:
        """Be told of every step; Keras' optimizers read their rate in one place."""
        if self.factor == 1:
            return
        host.steps.append(self)
        Arrival("keras.src.optimizers.base_optimizer", self._keras_arrived).expect()

    def before_step(self, optimizer: Any) -> None:
        """Put the scaled rate in."""
        self.after_step(optimizer)  # where the last step has failed
        self.steps += 1
        own = [(group, group["lr"]) for group in optimizer.param_groups if "lr" in group]
        self._own[id(optimizer)] = own
        for group, rate in own:
            group["lr"] = rate * self.factor

    def after_step(self, optimizer: Any) -> None:
        """Put the program's own rate back."""
        for group, rate in self._own.pop(id(optimizer), ()):
            group["lr"] = rate

    def _keras_arrived(self) -> None:
        import sys  # noqa: PLC0415 - Keras is there by now

        kind = sys.modules["keras.src.optimizers.base_optimizer"].BaseOptimizer
        original, remedy = kind._get_current_learning_rate, self  # noqa: SLF001 - no public place

        def scaled(optimizer: Any) -> Any:
            remedy.steps += 1
            return original(optimizer) * remedy.factor

        kind._get_current_learning_rate = scaled  # noqa: SLF001

    def told(self) -> dict[str, Any]:
        """Return the factor and the steps it was used in."""
        return {"factor": self.factor, "steps": self.steps}
