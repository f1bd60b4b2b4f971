# pyright: reportPrivateUsage=false, reportPrivateImportUsage=false, reportAttributeAccessIssue=false
"""Everything of torch's that has no public name and is used here, in one place.

A new torch release is checked against this file first; what is missing in it
fails here, when watching starts, and not in the middle of a run.
"""

# ruff: noqa: SLF001

from __future__ import annotations

import sys
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, Final, TypeVar

import torch
from torch import Tensor, nn
from torch.overrides import (
    _get_current_function_mode_stack,
    _pop_mode,
    _push_mode,
)

from halfwave._interrupting import pass_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

__all__ = [
    "BACKWARD_HOLDERS",
    "FUNCTION_APPLY",
    "MODULE_CALL",
    "computes_its_own_way",
    "computing",
    "default_device",
    "dispatching",
    "dynamo_context",
    "function_modes",
    "graph_task",
    "in_backward",
    "interpreters",
    "is_intricate",
    "is_scripting",
    "is_undisturbed",
    "leave_our_frames_alone",
    "memory",
    "mode_stack",
    "no_torch_function",
    "output_shape",
    "plainly",
    "pop_mode",
    "push_mode",
    "run_backward",
    "run_uncompiled",
    "saved",
    "scripted",
    "sequence_number",
    "tracing",
    "tracing_state",
    "transforming",
    "unwrapped",
    "wrapped",
]

Result = TypeVar("Result")

_NOT_THE_PROGRAMS: Final = ("torch", "halfwave")
#: Rooms whose functions are the program's own where it calls them.
_COMPILED_TOO: Final = ("halfwave.nn", "halfwave.activations")
_compiling = False  # whether the program has called torch.compile

#: The code that every call of a module passes.
MODULE_CALL: Final[CodeType] = nn.Module._wrapped_call_impl.__code__

#: The code that every call of a ``torch.autograd.Function`` passes.
FUNCTION_APPLY: Final[CodeType] = torch.autograd.Function.apply.__func__.__code__

#: Modules that hold the function which every backward passes, and its name there.
BACKWARD_HOLDERS: Final = (
    (torch.autograd.graph, "_engine_run_backward"),
    (torch.autograd, "_engine_run_backward"),
)

is_scripting: Final[Any] = torch.jit.is_scripting
#: How many torch function modes are on in this thread.
function_modes: Final[Any] = torch._C._len_torch_function_stack
_without_transforms: Final[Any] = torch._C._DisableFuncTorch
#: Within it, modes and subclasses see nothing.
no_torch_function: Final[Any] = torch._C.DisableTorchFunction
mode_stack: Final[Any] = _get_current_function_mode_stack
pop_mode: Final[Any] = _pop_mode
push_mode: Final[Any] = _push_mode

# the number of the backward that this thread is inside; -1: none
graph_task: Final[Any] = torch._C._current_graph_task_id
_dispatch_modes: Final[Any] = torch._C._len_torch_dispatch_stack
#: Returns what ``torch.jit.trace`` writes to, None where it does not run.
tracing_state: Final[Any] = torch._C._get_tracing_state
_functorch: Final[Any] = torch._C._functorch
#: Returns the stack of function transforms (vmap, grad) that run, None where none does.
interpreters: Final[Any] = _functorch.peek_interpreter_stack
_set_eval_frame: Final[Any] = torch._C._dynamo.eval_frame.set_eval_frame
_untold: Final = object()
_PLAIN: Final = (Tensor, nn.Parameter)
_plain_dispatch: Final[Any] = Tensor.__dict__.get("__torch_dispatch__") or getattr(
    Tensor, "__torch_dispatch__", None
)


def run_backward() -> Any:
    """Return that function, as it is now."""
    return torch.autograd.graph._engine_run_backward


def in_backward() -> bool:
    """Whether this thread is inside a backward already (a checkpoint's, say)."""
    return graph_task() != -1


def tracing() -> bool:
    """Whether ``torch.jit.trace`` is writing down what is called."""
    return tracing_state() is not None


def default_device() -> Any:
    """Return the mode that ``torch.set_default_device`` keeps at the bottom of the stack."""
    return getattr(torch._GLOBAL_DEVICE_CONTEXT, "device_context", None)


def dispatching() -> bool:
    """Whether a dispatch mode of the program's own (fake tensors, say) sees all operations."""
    return _dispatch_modes() > 0


def sequence_number(node: Any) -> int:
    """Return when in the forward pass a graph node was made."""
    return int(node._sequence_nr())


def saved(node: Any, name: str) -> Any:
    """Return what a graph node has kept for its derivative under a name: ``"self"``, ``"result"``.

    None where it keeps nothing of that name, where a backward has freed it, and where hooks
    have packed it away: to unpack it, code of the program's would run, of a checkpoint all that
    it computed. (Older releases of torch do not tell of hooks: there no tensor is read.)
    """
    try:
        raw = getattr(node, f"_raw_saved_{name}", None)
        kept = raw if isinstance(raw, list | tuple) else () if raw is None else (raw,)
        if any(getattr(each, "unpack_hook", _untold) is not None for each in kept):
            return None
        return getattr(node, f"_saved_{name}", None)
    except RuntimeError as error:  # freed, or changed in place
        pass_on(error)
        return None


def output_shape(node: Any) -> tuple[int, ...] | None:
    """Return the shape of what the operation of a graph node put out, None if unknown."""
    try:
        return tuple(int(size) for size in node._input_metadata[0].shape)
    except (AttributeError, IndexError, TypeError, RuntimeError, ValueError) as error:
        pass_on(error)
        return None


def plainly(action: Callable[..., Result], *args: Any) -> Result:
    """Do something of ours so that neither modes, subclasses, transforms nor dynamo see it."""
    if not is_intricate():
        with no_torch_function():
            return action(*args)
    compiling = _compiling
    before = _set_eval_frame(None) if compiling else None
    try:
        with no_torch_function():
            if interpreters() is None:
                return action(*args)
            with _without_transforms():
                return action(*args)
    finally:
        if compiling:
            _set_eval_frame(before)


def is_intricate() -> bool:
    """Whether there is more to hide from than modes and subclasses: see `plainly`."""
    return _compiling or interpreters() is not None


def transforming() -> bool:
    """Whether a function transform (vmap, grad) is running."""
    return interpreters() is not None


def computing() -> bool:
    """Whether what happens now is the program's own computing, not its being traced."""
    return (
        tracing_state() is None
        and not _dispatch_modes()
        and not torch.compiler._is_compiling_flag  # is_compiling() asks three functions more
    )


def is_undisturbed() -> bool:
    """Whether torch simply computes: no modes, transforms, compiling or tracing.

    `is_intricate`, `computing` and `function_modes` in one: each function more takes its time.
    """
    return not (
        _compiling
        or function_modes()
        or _dispatch_modes()
        or interpreters() is not None
        or tracing_state() is not None
        or torch.compiler._is_compiling_flag
    )


def wrapped(values: Tensor) -> bool:
    """Whether a function transform (vmap, grad) has wrapped the tensor."""
    return bool(_functorch.is_functorch_wrapped_tensor(values))


def scripted() -> list[str]:
    """Return what ``torch.jit.script`` has compiled: functions and classes of modules.

    Those of torch and of halfwave are left out: they were compiled for something of the
    program's that calls them, or for torch's own purposes.
    """
    compiled = [*torch.jit._state._jit_caching_layer]
    compiled += torch.jit._recursive.concrete_type_store.type_store
    return sorted(
        {
            name
            for thing in compiled
            if str(getattr(thing, "__module__", "")).partition(".")[0] not in _NOT_THE_PROGRAMS
            and (name := getattr(thing, "__qualname__", ""))
        }
    )


def unwrapped(values: Tensor) -> Tensor:
    """Return the tensor itself, or what a function transform (vmap, grad) has wrapped.

    The dimension that vmap hides comes first.
    """
    while _functorch.is_functorch_wrapped_tensor(values):
        batch = _functorch.maybe_get_bdim(values)
        values = _functorch.get_unwrapped(values)
        if batch >= 0:
            values = values.movedim(batch, 0)
    return values


def computes_its_own_way(kind: type) -> bool:
    """Whether a tensor subclass is not plain memory (fake, distributed, quantised)."""
    if kind is Tensor or kind is nn.Parameter:
        return False
    dispatch = getattr(kind, "__torch_dispatch__", None)
    return getattr(dispatch, "__func__", dispatch) is not getattr(
        _plain_dispatch, "__func__", _plain_dispatch
    )


def memory(values: Tensor) -> tuple[Tensor, bool] | None:
    """Return what this process holds of a tensor, and whether that is a shard of it.

    None where nothing can be read: FSDP frees a parameter between its uses, a
    distributed tensor may be one term of a sum, and a fake one has no values.
    """
    sharded = False
    plain = type(values) in _PLAIN
    fakes = None if plain else sys.modules.get("torch._subclasses.fake_tensor")
    if fakes is not None and isinstance(values, fakes.FakeTensor):
        return None
    kinds = None if plain else sys.modules.get("torch.distributed.tensor")
    if kinds is not None and isinstance(values, kinds.DTensor):
        placements = values.placements
        if any(placement.is_partial() for placement in placements):
            return None
        sharded = any(placement.is_shard() for placement in placements)
        values = values._local_tensor
    if values.layout == torch.strided and not values.is_meta and not values.is_nested:
        try:
            if values.numel() and not _has_memory(values):
                return None
        except RuntimeError as error:  # a subclass that has no storage of its own
            pass_on(error)
            return None
    return values, sharded


def _has_memory(values: Tensor) -> bool:
    if type(values) in _PLAIN and values.is_cpu:
        return values.data_ptr() != 0  # asking for the storage makes an object of Python's
    return values.untyped_storage().nbytes() != 0


def dynamo_context() -> Any:
    """Return the class whose instances run a compiled call."""
    from torch._dynamo import eval_frame  # noqa: PLC0415 – takes seconds, and few programs use it

    return eval_frame._TorchDynamoContext


def leave_our_frames_alone() -> None:
    """Have dynamo compile none of our functions that the program's compiled code calls.

    Where it traces a call of ours as part of a larger piece, nothing changes.
    """
    global _compiling  # noqa: PLW0603 – of the process
    from torch._dynamo import eval_frame  # noqa: PLC0415 – as above

    _compiling = True
    for name, module in tuple(sys.modules.items()):
        if name.startswith("halfwave.") and not name.startswith(_COMPILED_TOO):
            for code in _codes(module):
                eval_frame.skip_code(code)


def _codes(module: ModuleType) -> Iterator[CodeType]:
    """Every code object of the functions and methods of a module."""
    waiting: list[CodeType] = []
    for value in tuple(vars(module).values()):
        owned = vars(value).values() if isinstance(value, type) else ()
        for thing in (value, *owned):
            function = getattr(thing, "fget", None) or getattr(thing, "__func__", thing)
            if isinstance(function, FunctionType) and function.__module__ == module.__name__:
                waiting.append(function.__code__)
    while waiting:
        code = waiting.pop()
        yield code
        waiting += [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def run_uncompiled() -> Callable[[], None] | None:
    """Have compiled callables run as they were written until the result is called.

    None where the program has chosen how they run (``torch.compiler.set_stance``),
    or where this is called from compiled code.
    """
    from torch._dynamo import eval_frame  # noqa: PLC0415 – as above

    if eval_frame._stance.stance != "default":
        return None
    try:
        before = eval_frame._set_stance(eval_frame.DynamoStance("force_eager"))
    except RuntimeError as error:
        pass_on(error)
        return None

    def restore() -> None:
        eval_frame._set_stance(before)

    return restore
