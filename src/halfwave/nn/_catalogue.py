"""One class for every record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from halfwave.nn._calls import RECORDS
from halfwave.nn._fused import FORMS, form
from halfwave.nn._module import ActivationModule, make_module
from halfwave.nn._naming import class_name, torch_counterpart
from halfwave.nn._torch_modules import make_accurate, make_torch_module, matching_arguments

if TYPE_CHECKING:
    from torch import nn

    from halfwave.activations import Activation

__all__ = ["accurate_modules", "modules", "names"]


def _make(record: Activation) -> type[nn.Module]:
    name = class_name(record)
    found = torch_counterpart(record)
    if found is not None and record.name not in FORMS:
        arguments = matching_arguments(record, found[0])
        if arguments is not None:
            return make_torch_module(record, name, *found, arguments)
    return make_module(record, name, form(record))


#: record's name → its class
names: Final = {name: _make(record) for name, record in RECORDS.items()}

#: class's name → class
modules: Final = {made.__name__: made for made in names.values()}

#: the same for those that torch has, as ``accurate=True`` gives them
accurate_modules: Final = {
    name: make_accurate(made)
    for name, made in modules.items()
    if not issubclass(made, ActivationModule)
}

if len(modules) != len(names):
    twice = sorted({c.__name__ for c in names.values() if modules[c.__name__] is not c})
    raise ImportError(f"two records have a module of one name: {', '.join(twice)}")
