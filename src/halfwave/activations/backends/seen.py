"""A call of the catalogue as one torch function, for whoever watches torch's functions.

An activation of the catalogue is computed in many calls into torch. A torch
function mode (``torch.overrides.TorchFunctionMode``) is to see one, which says
which activation it is: `applied`. Nothing else happens to the call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.overrides import handle_torch_function

if TYPE_CHECKING:
    from collections.abc import Callable

    from halfwave.activations.record import Activation

__all__ = ["applied", "is_seen"]


def is_seen(x: Any) -> bool:
    """Whether a torch function mode is on, and to see this call of a tensor."""
    if torch.compiler.is_compiling():
        return False
    # there is no public question for it; tensors of other classes go their own way
    on = torch._C._is_torch_function_mode_enabled()  # noqa: SLF001 # pyright: ignore - as above
    return on and isinstance(x, torch.Tensor)


def applied(
    compute: Callable[[Any], Any], record: Activation, x: Any, parameters: dict[str, Any]
) -> Any:
    """Return ``compute(x)``: the value of a record at these parameters.

    Every mode is told of it, as of a function of torch's own.
    """
    if is_seen(x):
        return handle_torch_function(applied, (x,), compute, record, x, parameters)
    return compute(x)
