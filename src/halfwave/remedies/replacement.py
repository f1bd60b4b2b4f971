"""The activation that is put in the place of another, with its parameters if it learns.

An activation without parameters of its own is one module for the whole
program. One that learns has a module for each site. Where the site belongs to a
module of the program, ours becomes a child of it: so it moves, copies, saves and
trains with it, and ``model.parameters()`` has its parameters.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from halfwave.activations import get
from halfwave.nn import module_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from halfwave.remedies.sites import Target

__all__ = ["Replacement"]


class Replacement:
    """An activation of the catalogue, ready to be put at sites.

    Parameters
    ----------
    name : str
        Its name in the catalogue.
    parameters : mapping
        Its parameters; the record's defaults for the others.
    """

    def __init__(self, name: str, parameters: Mapping[str, Any]) -> None:
        self.record = get(name)
        self.parameters = dict(parameters)
        self.learns = any(True for _ in self._make().parameters())
        self._shared = self._make()
        self._loose: dict[int, nn.Module] = {}  # of sites that belong to no module
        self.made: list[nn.Module] = []  # one a site, where it learns

    def _make(self) -> nn.Module:
        kind = module_for(self.record)
        names = {p.name: "dim" if p.name == "axis" else p.name for p in self.record.parameters}
        given = {names[name]: value for name, value in self.parameters.items()}
        arguments = getattr(kind, "_arguments", None)
        if arguments is not None:  # torch's own module under its names; PReLU's is `init`
            given = {  # all of them: torch has no defaults for some, and others than ours
                "init" if arguments[name] == "weight" else arguments[name]: value
                for name, value in self.record.resolve(self.parameters).items()
            }
        return kind(**given)

    def at(self, number: int, target: Target, module: nn.Module | None, like: Tensor) -> nn.Module:
        """Return the module for a site; made where it is first met, of the input's kind."""
        if not self.learns:
            return self._shared
        if module is None:
            if number not in self._loose:
                self._loose[number] = self._fresh(like)
            return self._loose[number]
        return self.attach(module, target, like)

    def attach(self, module: nn.Module, target: Target, like: Tensor | None = None) -> nn.Module:
        """Give a module of the program ours as a child, if it has not got it yet."""
        name = _child_name(self.record.name, target)
        # past the module's own ways: a Keras layer refuses what comes after it was built
        children: dict[str, Any] = vars(module)["_modules"]
        child = children.get(name)
        if child is None:
            if like is None:
                like = next(iter(module.parameters()), None)
            child = self._fresh(like)
            child.train(module.training)
            children[name] = child
        return child

    def _fresh(self, like: Tensor | None) -> nn.Module:
        child = self._make()
        if like is not None and like.is_floating_point():
            # half precision is autocast's: parameters are kept in full
            narrow = like.dtype.itemsize < 4
            child.to(like.device, torch.float32 if narrow else like.dtype)
        child.register_load_state_dict_pre_hook(_fill_in)
        self.made.append(child)
        return child

    def compute(self, child: nn.Module, given: Tensor, *, training: bool) -> Tensor:
        """Apply it; not by a call of the module, which would be one more module on the path."""
        if child.training != training:
            child.train(training)
        own = next(iter(child.parameters()), None)
        if own is None:
            return child.forward(given)
        if own.device != given.device:
            child.to(given.device)
        if own.dtype != given.dtype:
            return child.forward(given.to(own.dtype)).to(given.dtype)
        return child.forward(given)


def _child_name(name: str, target: Target) -> str:
    """Name a child: an activation that is called from several lines has one for all of them."""
    key = target.key
    if target.outside:
        return f"{name}_{key.activation}_{key.index}"
    where = f"{key.file}:{key.function}:{key.instruction}:{key.activation}:{key.index}"
    return f"{name}_{zlib.crc32(where.encode()):08x}"


def _fill_in(module: nn.Module, state: dict[str, Any], prefix: str, *_: Any) -> None:
    """Let a checkpoint load that was saved without our parameters: they stay as they are."""
    for name, parameter in module.named_parameters():
        state.setdefault(prefix + name, parameter.detach().clone())
