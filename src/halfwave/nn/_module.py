"""The base of the modules that torch has not, and how one is made from a record."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from halfwave.activations import Domain
from halfwave.nn import _calls

if TYPE_CHECKING:
    from halfwave.activations import Activation, Parameter

__all__ = ["ActivationModule", "document", "is_trained", "make_module", "parameter_argument"]

_Kind = inspect.Parameter


class ActivationModule(nn.Module):
    """A module that applies a record of the catalogue.

    The arguments are the record's parameters, in its order; an axis is called
    ``dim``, as everywhere in torch. Where the record has learnable parameters
    they are trained, and there are three more arguments: ``num_parameters``
    (1: shared by all channels; else the number of channels, dimension 1 of the
    input; a parameter that the paper shares stays one number), ``device`` and ``dtype``.
    """

    record: ClassVar[Activation]
    _signature: ClassVar[inspect.Signature]
    options: ClassVar[tuple[inspect.Parameter, ...]] = ()  # arguments that a subclass adds

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        given = self._bind(args, kwargs)
        count = given.pop("num_parameters", 1)
        factory = {key: given.pop(key, None) for key in ("device", "dtype")}
        values = {p.name: given.pop(parameter_argument(p)) for p in self.record.parameters}
        self.record.resolve({k: v for k, v in values.items() if v is not None})
        self._initial: dict[str, Any] = {}
        for parameter in self.record.parameters:
            self._take(parameter, values[parameter.name], count, factory)
        if self._initial:
            self.num_parameters = count
            self.reset_parameters()
        for option in self.options:
            setattr(self, option.name, given[option.name])

    def _bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """All arguments by name, defaults and aliases filled in."""
        aliases = {a: parameter_argument(p) for p in self.record.parameters for a in p.aliases}
        aliases |= {p.name: parameter_argument(p) for p in self.record.parameters}
        named = {aliases.get(key, key): value for key, value in kwargs.items()}
        if len(named) < len(kwargs):
            raise TypeError(
                f"{type(self).__name__}: a parameter is given twice in {sorted(kwargs)}"
            )
        try:
            bound = self._signature.bind(*args, **named)
        except TypeError as error:
            raise TypeError(
                f"{type(self).__name__}: {error}; its arguments are {self._signature}"
            ) from None
        bound.apply_defaults()
        return dict(bound.arguments)

    def _take(self, parameter: Parameter, value: Any, count: int, factory: dict[str, Any]) -> None:
        """Keep one parameter as a number, a buffer or a trained tensor."""
        if is_trained(parameter):
            if count not in Domain(low=1, integer=True):
                raise ValueError(
                    f"{type(self).__name__}: num_parameters must be 1 or the number of channels,"
                    f" not {count!r}"
                )
            if not isinstance(value, (int, float)):
                value = torch.as_tensor(
                    np.asarray(value) if not isinstance(value, Tensor) else value
                )
                shape = tuple(value.shape)
            else:
                shape = (1,) if parameter.one else (count,)
            self._initial[parameter.name] = value
            tensor = torch.empty(shape, **factory)
            self.register_parameter(parameter.name, nn.Parameter(tensor))
        elif isinstance(value, Tensor):
            self.register_buffer(parameter.name, value, persistent=False)
        else:
            setattr(self, parameter_argument(parameter), value)

    def reset_parameters(self) -> None:
        """Set the trained parameters back to their initial values."""
        with torch.no_grad():
            for name, value in self._initial.items():
                parameter: Tensor = getattr(self, name)
                if isinstance(value, Tensor):
                    parameter.copy_(value)
                else:
                    parameter.fill_(value)

    def record_parameters(self) -> dict[str, Any]:
        """Return the record's parameters as this module has them."""
        found: dict[str, Any] = {}
        for p in self.record.parameters:
            kept = p.name if is_trained(p) or p.name in self._buffers else parameter_argument(p)
            found[p.name] = getattr(self, kept)
        return found

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name for it
        """Apply the activation."""
        return _calls.catalogue(input, self.record.name, **self.record_parameters())

    def extra_repr(self) -> str:
        """Return the arguments, as torch's own modules show them."""
        shown: list[str] = [f"num_parameters={self.num_parameters}"] if self._initial else []
        for p in self.record.parameters:
            if is_trained(p):
                value = self._initial[p.name]
                if not isinstance(value, Tensor) and value != p.default:
                    shown.append(f"{p.name}={value}")
            elif p.name not in self._buffers:
                shown.append(f"{parameter_argument(p)}={getattr(self, parameter_argument(p))!r}")
        return ", ".join(shown)


def is_trained(parameter: Parameter) -> bool:
    """Whether a module trains a parameter: a gradient needs a tensor in its place."""
    assert parameter.array or not parameter.learnable, parameter  # noqa: S101 - of the catalogue
    return parameter.learnable


def parameter_argument(parameter: Parameter) -> str:
    """Return what a record's parameter is called here: an axis is ``dim``."""
    return "dim" if parameter.name == "axis" else parameter.name


def _signature_of(record: Activation, base: type[ActivationModule]) -> inspect.Signature:
    """The arguments of the module of a record."""
    kind = _Kind.POSITIONAL_OR_KEYWORD
    parameters = [_Kind(parameter_argument(p), kind, default=p.default) for p in record.parameters]
    if any(is_trained(p) for p in record.parameters):
        parameters = [
            _Kind("num_parameters", kind, default=1),
            *parameters,
            _Kind("device", kind, default=None),
            _Kind("dtype", kind, default=None),
        ]
    return inspect.Signature([*parameters, *base.options])


def document(record: Activation, *notes: str) -> str:
    """Return the docstring of a record's module."""
    lines = [
        record.summary,
        "",
        f"The activation ``{record.name}`` of the catalogue: ``{record.formula}``.",
    ]
    if record.use:
        lines += ["", record.use]
    if record.needs:
        lines += ["", f"Needs {record.needs}."]
    lines += [text for note in notes for text in ("", note)]
    if record.parameters:
        lines += ["", "Parameters", "----------"]
        for p in record.parameters:
            trained = ", learnt" if is_trained(p) else ""
            lines += [f"{parameter_argument(p)} : {p.domain}, default {p.default!r}{trained}"]
            lines += [f"    {p.meaning}"] if p.meaning else []
    if record.papers:
        lines += ["", "References", "----------", *(str(paper) for paper in record.papers)]
    return "\n".join(lines)


def make_module(
    record: Activation,
    name: str,
    base: type[ActivationModule] = ActivationModule,
    module: str = "halfwave.nn",
) -> type[ActivationModule]:
    """Return the class of a record; ``base`` may have a forward pass of its own."""
    own: inspect.Signature = base.__dict__.get("_signature") or _signature_of(record, base)
    return type(
        name,
        (base,),
        {
            "record": record,
            "_signature": own,
            "__signature__": own,
            "__module__": module,
            "__qualname__": name,
            "__doc__": document(
                record, *([base.__doc__] if base is not ActivationModule and base.__doc__ else [])
            ),
        },
    )
