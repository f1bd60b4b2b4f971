"""Trains parameters that a remedy has made beside the optimizer of a Keras model.

A Keras optimizer steps the variables that it was built with, and takes no more.
So every new module gets an optimizer of the same class and settings, which
steps right after the program's own, at the same learning rate.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from halfwave.observe.arrival import Arrival

if TYPE_CHECKING:
    from torch import nn

    from halfwave.remedies.replacement import Replacement
    from halfwave.remedies.training import Adoption

__all__ = ["KerasTraining"]

_HOME = "keras.src.optimizers.base_optimizer"


class KerasTraining:
    """Steps the new modules of a replacement with the optimizers of Keras.

    Parameters
    ----------
    replacement
        Whose modules are to be trained.
    adoption
        Told of those that are.
    """

    def __init__(self, replacement: Replacement, adoption: Adoption) -> None:
        self._replacement, self._adoption = replacement, adoption
        self._twins: dict[int, tuple[Any, list[Any]]] = {}
        self._stepping = False
        Arrival(_HOME, self._arrived).expect()

    def _arrived(self) -> None:
        kind = sys.modules[_HOME].BaseOptimizer
        original, training = kind.apply, self

        def apply(optimizer: Any, grads: Any, trainable_variables: Any = None) -> Any:
            out = original(optimizer, grads, trainable_variables)
            training.step(optimizer)
            return out

        kind.apply = apply

    def step(self, optimizer: Any) -> None:
        """Step what has a gradient, as `optimizer` has just done."""
        if self._stepping:
            return
        self._stepping = True
        try:
            for module in self._replacement.made:
                if any(parameter.grad is not None for parameter in module.parameters()):
                    self._step(module, optimizer)
        finally:
            self._stepping = False

    def _step(self, module: nn.Module, optimizer: Any) -> None:
        if id(module) not in self._twins:
            self._twins[id(module)] = self._twin(module, optimizer)
            self._adoption.taken(module)
            return  # its first gradient went to the parameters that were there before
        twin, variables = self._twins[id(module)]
        rate = getattr(optimizer, "_learning_rate", None)
        if hasattr(rate, "assign"):  # a callback may have changed it
            twin.learning_rate = float(optimizer.learning_rate)
        grads = [variable.value.grad for variable in variables]
        twin.apply(grads, variables)
        for variable in variables:
            variable.value.grad = None

    @staticmethod
    def _twin(module: nn.Module, optimizer: Any) -> tuple[Any, list[Any]]:
        keras: Any = sys.modules["keras"]
        variables: list[Any] = []
        for name, parameter in list(module.named_parameters(recurse=False)):
            variable = keras.Variable(parameter.detach().cpu().numpy(), trainable=True)
            setattr(module, name, variable.value)
            variables.append(variable)
        twin = type(optimizer).from_config(optimizer.get_config())
        twin.build(variables)
        return twin, variables
