"""A record's value on a tensor, block by block where that saves passes over memory.

A formula of ten operations reads and writes a large tensor ten times. On a
CPU the same operations are run here on one block after another: what lies
between the input and the output stays in the cache, and memory is read once
and written once. The results are the record's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor

from halfwave.activations import all_activations
from halfwave.activations.backends.seen import applied, is_seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.activations import Activation

__all__ = ["BLOCK", "RECORDS", "catalogue"]

#: elements of a block for each thread: a few float64 copies of it fit into a core's cache
BLOCK: Final = 32768

#: name → record; a plain dict, which ``torch.compile`` can trace
RECORDS: Final[dict[str, Activation]] = dict(all_activations())

torch.fx.wrap("catalogue")


def catalogue(x: Tensor, name: str, **parameters: Any) -> Tensor:
    """Return the record's value; a tensor parameter of several elements belongs to channels.

    In a graph of ``torch.fx`` this is one node.

    Parameters
    ----------
    x
        The input. Channels are dimension 1, as everywhere in torch.
    name
        The record's name.
    **parameters
        Its parameters: numbers, or tensors of one element or one a channel.
    """
    record = RECORDS[name]
    if is_seen(x):  # before it is taken apart into blocks
        return applied(lambda x: _value(record, x, parameters), record, x, parameters)
    return _value(record, x, parameters)


def _value(record: Activation, x: Tensor, parameters: dict[str, Any]) -> Tensor:
    tensors: dict[str, Tensor] = {}
    for key, value in parameters.items():
        if isinstance(value, Tensor):
            tensors[key] = parameters[key] = _for_channels(record, key, value, x)
    if record.mixes or not _wants_blocks(x, tensors):
        return record(x, **parameters)
    numbers = {key: value for key, value in parameters.items() if key not in tensors}
    return _Blocks.apply(x, record, numbers, tuple(tensors), *tensors.values())  # pyright: ignore[reportReturnType] - torch leaves it open


def _for_channels(record: Activation, key: str, value: Tensor, x: Tensor) -> Tensor:
    """A parameter shaped to broadcast against the input."""
    if value.numel() == 1:
        return value.reshape(())
    if value.dim() != 1 or record.mixes:
        return value
    if x.dim() < 2 or x.shape[1] != value.numel():
        raise ValueError(
            f"{record.name}: {key} has {value.numel()} values, one a channel, but dimension 1 of"
            f" the input, whose shape is {tuple(x.shape)}, has another length"
        )
    return value.reshape(-1, *[1] * (x.dim() - 2))


def _wants_blocks(x: Tensor, tensors: dict[str, Tensor]) -> bool:
    """Whether this is a large plain tensor on a CPU, and nothing traces or transforms."""
    if torch.compiler.is_compiling() or type(x) not in {Tensor, torch.nn.Parameter}:
        return False
    if x.device.type != "cpu" or x.numel() <= BLOCK or not x.is_floating_point():
        return False
    if any(
        type(t) not in {Tensor, torch.nn.Parameter} or t.dtype.is_complex for t in tensors.values()
    ):
        return False
    if torch._C._functorch.peek_interpreter_stack() is not None:  # noqa: SLF001 # pyright: ignore  - torch has no public question whether vmap or grad transforms
        return False
    dual = torch.autograd.forward_ad.unpack_dual
    return all(dual(t).tangent is None for t in (x, *tensors.values()))


class _Blocks(torch.autograd.Function):
    """An elementwise record, block by block, forward and backward."""

    @staticmethod
    def forward(  # pyright: ignore[reportIncompatibleMethodOverride] - torch leaves it open
        ctx: Any,
        x: Tensor,
        record: Activation,
        numbers: dict[str, Any],
        names: tuple[str, ...],
        *tensors: Tensor,
    ) -> Tensor:
        ctx.save_for_backward(x, *tensors)
        ctx.record, ctx.numbers, ctx.names = record, numbers, names
        y = torch.empty_like(x)
        parameters = {**numbers, **dict(zip(names, tensors, strict=True))}
        for part, target in _parts(tensors, x, y):
            target.copy_(record(part, **parameters))
        return y

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:  # pyright: ignore[reportIncompatibleMethodOverride] - torch leaves it open
        x, *tensors = ctx.saved_tensors
        record, names, wanted = ctx.record, ctx.names, ctx.needs_input_grad
        if torch.is_grad_enabled():  # this gradient will be differentiated: keep its graph
            given = {**ctx.numbers, **dict(zip(names, tensors, strict=True))}
            gx, *rest = _gradients(
                record, x, g, given, names=names, wanted=wanted, create_graph=True
            )
            return gx, None, None, None, *rest
        gx = torch.empty_like(x) if wanted[0] else None
        totals: list[Any] = [None] * len(tensors)
        given = {
            **ctx.numbers,
            **{n: t.detach().requires_grad_(True) for n, t in zip(names, tensors, strict=True)},
        }
        for part, upstream, target in _parts(tensors, x, g, x if gx is None else gx):
            first, *rest = _gradients(record, part, upstream, given, names=names, wanted=wanted)
            if gx is not None:
                target.copy_(first)
            totals = [
                total if one is None else one if total is None else total + one
                for total, one in zip(totals, rest, strict=True)
            ]
        return gx, None, None, None, *totals


def _gradients(
    record: Activation,
    x: Tensor,
    g: Tensor,
    given: dict[str, Any],
    *,
    names: tuple[str, ...],
    wanted: tuple[bool, ...],
    create_graph: bool = False,
) -> list[Any]:
    """Gradients of the input and of the tensor parameters; None where not wanted."""
    if not any(wanted[4:]):
        return [record.vjp(x, g, **given) if wanted[0] else None, *[None] * len(names)]
    with torch.enable_grad():
        if not create_graph:
            x = x.detach().requires_grad_(wanted[0])
        y = record(x, **given)
        candidates = [x, *(given[name] for name in names)]
        flags = [wanted[0], *wanted[4:]]
        inputs = [t for t, flag in zip(candidates, flags, strict=True) if flag]
        found = iter(torch.autograd.grad(y, inputs, g, create_graph=create_graph))
        return [next(found) if flag else None for flag in flags]


def _parts(parameters: Any, x: Tensor, *others: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """The same blocks of several tensors of one shape; the last one is written to."""
    size = BLOCK * torch.get_num_threads()
    if any(p.numel() > 1 for p in parameters):  # channels: only whole samples share them
        rows = max(1, size * x.shape[0] // x.numel())
        yield from zip(*(t.split(rows) for t in (x, *others)), strict=True)
        return
    order = sorted(range(x.dim()), key=lambda d: (-x.stride(d), -x.shape[d]))
    flat: list[Tensor] = []
    for i, t in enumerate((x, *others)):
        turned = t.permute(order)
        if not turned.is_contiguous():
            if i == len(others):  # the target: nothing to flatten it to, so no blocks
                yield (x, *others)
                return
            turned = turned.contiguous()
        flat.append(turned.view(-1))
    yield from zip(*(t.split(size) for t in flat), strict=True)
