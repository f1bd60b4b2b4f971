"""torch's own modules under the same names, with the catalogue's arithmetic as an option.

The class of a record that torch has is a subclass of torch's module and adds
nothing to its forward pass: same kernel, same time. ``accurate=True`` gives
an instance of a second class, from :mod:`halfwave.nn.accurate`, whose forward
pass is the record's.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, ClassVar

from torch import Tensor, nn

from halfwave.nn import _calls
from halfwave.nn._module import document

if TYPE_CHECKING:
    from halfwave.activations import Activation, Parameter

__all__ = ["make_accurate", "make_torch_module", "matching_arguments"]

_NOTE = (
    "As ``torch.nn.{name}``, whose kernel it calls. With ``accurate=True`` value and derivative"
    " are the catalogue's: a few units in the last place everywhere, the tails included, at two to"
    " ten times the time."
)


class _TorchModule(nn.Module):
    """What our subclasses of torch's modules share."""

    record: ClassVar[Activation]
    accurate: ClassVar[bool] = False
    _arguments: ClassVar[dict[str, str]]  # record's parameter → torch's attribute
    _fixed: ClassVar[dict[str, Any]] = {}

    def __new__(cls, *args: Any, accurate: bool = False, **kwargs: Any) -> Any:  # noqa: ARG004 - __init__ takes them
        if not accurate or cls.accurate:
            return super().__new__(cls)
        from halfwave.nn import accurate as home  # noqa: PLC0415 - it is made from these classes

        better = getattr(home, cls.__name__, None)
        if better is None or better.__bases__[-1] is not cls:
            raise TypeError(
                f"{cls.__qualname__} is a subclass of a module of halfwave.nn: for accurate=True"
                " derive it from the class of that name in halfwave.nn.accurate"
            )
        return better.__new__(better)

    def __init__(self, *args: Any, accurate: bool = False, **kwargs: Any) -> None:
        if accurate and not self.accurate:
            raise TypeError(
                f"{type(self).__qualname__}: for accurate=True derive it from a class of"
                " halfwave.nn.accurate"
            )
        super().__init__(*args, **{**kwargs, **self._fixed})

    def record_parameters(self) -> dict[str, Any]:
        """Return the record's parameters as this module has them."""
        return {name: getattr(self, attribute) for name, attribute in self._arguments.items()}


class _Accurate(nn.Module):
    """Put before a class of torch's, it computes as the catalogue does."""

    accurate = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if getattr(self, "inplace", False):
            raise ValueError(f"{type(self).__name__}: accurate=True does not work in place")
        if getattr(self, "dim", 0) is None:
            raise ValueError(f"{type(self).__name__}: accurate=True needs dim=")

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name for it
        record: Activation = self.record  # pyright: ignore[reportAssignmentType] - of the class beside this one
        return _calls.catalogue(input, record.name, **self.record_parameters())  # pyright: ignore[reportCallIssue] - likewise

    def extra_repr(self) -> str:
        return ", ".join(part for part in (super().extra_repr(), "accurate=True") if part)


class _AccurateGELU(_Accurate):
    """The tanh approximation is another record."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name for it
        exact = getattr(self, "approximate", "none") == "none"
        return _calls.catalogue(input, "gelu" if exact else "gelu_tanh")


class _AccurateRReLU(_Accurate):
    """In training the slopes are drawn at random, by torch."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name for it
        if self.training:
            return nn.RReLU.forward(self, input)  # pyright: ignore[reportArgumentType] - the class beside this one is one
        return super().forward(input)


_ACCURATE: dict[str, type[_Accurate]] = {
    "gelu": _AccurateGELU,
    "gelu_tanh": _AccurateGELU,
    "rrelu": _AccurateRReLU,
}


def matching_arguments(record: Activation, torch_class: type[nn.Module]) -> dict[str, str] | None:
    """Return which argument of torch's module is which parameter; None if one is missing."""
    known = set(inspect.signature(torch_class).parameters)
    if issubclass(torch_class, nn.PReLU):
        known.add("weight")  # made from `init`

    def torch_name(parameter: Parameter) -> str | None:
        spellings = (parameter.name, *parameter.aliases)
        return next((name for name in spellings if name in known), None)

    found = {p.name: torch_name(p) for p in record.parameters}
    if None in found.values():
        return None
    return {name: str(argument) for name, argument in found.items()}


def make_torch_module(
    record: Activation,
    name: str,
    torch_class: type[nn.Module],
    fixed: dict[str, Any],
    arguments: dict[str, str],
) -> type[nn.Module]:
    """Return our subclass of torch's module."""
    signature = inspect.signature(torch_class)
    option = inspect.Parameter("accurate", inspect.Parameter.KEYWORD_ONLY, default=False)
    parameters = [p for p in signature.parameters.values() if p.name not in fixed]
    at = len(parameters)
    if parameters and parameters[-1].kind is inspect.Parameter.VAR_KEYWORD:
        at -= 1
    parameters.insert(at, option)
    return type(
        name,
        (_TorchModule, torch_class),
        {
            "record": record,
            "_arguments": arguments,
            "_fixed": fixed,
            "__module__": "halfwave.nn",
            "__qualname__": name,
            "__doc__": document(record, _NOTE.format(name=torch_class.__name__)),
            "__signature__": signature.replace(
                parameters=parameters, return_annotation=inspect.Signature.empty
            ),
        },
    )


def make_accurate(fast: type[nn.Module]) -> type[nn.Module]:
    """Return the class that ``accurate=True`` gives."""
    record: Activation = fast.record  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] - one of _TorchModule's
    mixin = _ACCURATE.get(record.name, _Accurate)
    return type(
        fast.__name__,
        (mixin, fast),
        {
            "__module__": "halfwave.nn.accurate",
            "__qualname__": fast.__name__,
            "__doc__": f"The catalogue's arithmetic in place of torch's.\n\n{fast.__doc__}",
            "__signature__": inspect.signature(fast),
        },
    )
