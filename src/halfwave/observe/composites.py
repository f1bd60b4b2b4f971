"""Calls that apply activations inside themselves: recurrent layers, attention.

A call that the mode has handled runs with the mode off, so what it does inside
is not seen. For some, the inside can be shown (attention written in Python is
run from a copy of its own code that reports its softmax) or told from
the result (a plain recurrent layer puts out what its activation put out). The
rest is named as not observed.
"""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from torch import Tensor

from halfwave.observe import private
from halfwave.observe.applied import Applied
from halfwave.observe.location import locate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from halfwave.observe.capture import Capture
    from halfwave.observe.mode import Handler

__all__ = ["Composites"]

_GATED = {"lstm": "nn.LSTM", "gru": "nn.GRU", "lstm_cell": "nn.LSTMCell", "gru_cell": "nn.GRUCell"}
_PLAIN = {
    "rnn_tanh": ("tanh", "nn.RNN"),
    "rnn_relu": ("relu", "nn.RNN"),
    "rnn_tanh_cell": ("tanh", "nn.RNNCell"),
    "rnn_relu_cell": ("relu", "nn.RNNCell"),
}


class Composites:
    """Makes the handlers of such calls."""

    def __init__(self, capture: Capture) -> None:
        self._capture = capture

    def register(self, handlers: dict[Any, Handler]) -> None:
        """Add the handlers to a table."""
        for name in _GATED:
            handlers[getattr(torch, name)] = self._gated(name)
        for name in _PLAIN:
            handlers[getattr(torch, name)] = self._recurrent(name)
        handlers[F.multi_head_attention_forward] = self._handle_attention
        handlers[F.scaled_dot_product_attention] = self._handle_fused

    # -- not observed ---------------------------------------------------------------------

    def _where(self) -> str:
        place = locate()
        if place is None:
            return ""
        name = ""
        if place.module is not None and place.root is not None:
            names = self._capture.registry.names
            names.add(place.root, place.scope, by_method=place.by_method)
            key = names.path(place.module, place.root)
            name = "" if key is None else f" ({names.written(*key)})"
        return f"{place.file}:{place.line}{name}"

    def _unseen(self, what: str, reason: str) -> None:
        self._capture.unseen.note(what, self._where(), reason)

    def _gated(self, name: str) -> Handler:
        what = f"gates inside {_GATED[name]}"

        def handle(run: Any, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
            try:
                self._capture.quietly(self._unseen, what, "computed in one fused kernel")
            except Exception as error:  # noqa: BLE001 – whatever it is, it stays ours
                self._capture.fail(error)
            return run(func, args, kwargs)

        return handle

    def _handle_fused(
        self, run: Any, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Any:
        what = "softmax inside scaled_dot_product_attention"
        try:
            self._capture.quietly(self._unseen, what, "computed in one fused kernel")
        except Exception as error:  # noqa: BLE001 – as above
            self._capture.fail(error)
        return run(func, args, kwargs)

    # -- told from the result -----------------------------------------------------------------

    def _recurrent(self, name: str) -> Handler:
        activation, written = _PLAIN[name]

        def look(args: tuple[Any, ...], out: Any) -> None:
            self._look_at_result(activation, written, out if isinstance(out, Tensor) else out[0])
            if name in ("rnn_tanh", "rnn_relu") and _layers(args) > 1:
                self._unseen(
                    "the lower layers inside nn.RNN",
                    "only the last layer's outputs leave the kernel",
                )

        def handle(run: Any, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
            out = run(func, args, kwargs)
            try:
                if private.computing():
                    self._capture.quietly(look, args, out)
            except Exception as error:  # noqa: BLE001 – as above
                self._capture.fail(error)
            return out

        return handle

    def _look_at_result(self, activation: str, written: str, result: Tensor) -> None:
        """The output is the activation's; what it was given is told from it."""
        detached = result.detach()
        given = torch.atanh(detached) if activation == "tanh" else detached
        applied = Applied(activation, given, {}, written)
        event = self._capture.before(applied, unit_axis=-1)
        if event is not None:
            event.after(result)

    # -- shown by a copy of its own code ------------------------------------------------------

    def _handle_attention(
        self, run: Any, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Any:
        shown = func
        try:
            tensors = [arg for arg in (*args, *kwargs.values()) if isinstance(arg, Tensor)]
            # a subclass may have an attention of its own
            plain = all(type(tensor) in (Tensor, torch.nn.Parameter) for tensor in tensors)
            if plain and private.computing():
                shown = self._instrumented(func)
        except Exception as error:  # noqa: BLE001 – as above
            self._capture.fail(error)
        return run(shown, args, kwargs)

    def _instrumented(self, function: Any) -> Any:
        """Return a copy of a Python function of torch that reports its softmax.

        The same code runs on the same arguments, so the result is the same;
        only two of the names that it looks up differ. They are looked up anew at
        each call: a program may have put functions of its own in their place.
        """
        if not isinstance(function, FunctionType):
            return function
        scope = dict(function.__globals__)
        scope["has_torch_function"] = _no
        for name in ("softmax", "scaled_dot_product_attention"):
            scope[name] = self._reporting(scope[name])
        copy = FunctionType(
            function.__code__, scope, function.__name__, function.__defaults__, function.__closure__
        )
        copy.__kwdefaults__ = function.__kwdefaults__
        return copy

    def _reporting(self, function: Any) -> Any:
        """Have a call reach its handler, as it would through the mode."""
        handler = self._capture.handlers.get(function)
        if handler is None:
            return function

        def call(*args: Any, **kwargs: Any) -> Any:
            return handler(_run, function, args, kwargs)

        return call


def _run(function: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    return function(*args, **kwargs)


def _no(*_: Any) -> bool:
    """Nobody overrides anything: the handler has made sure."""
    return False


def _layers(args: tuple[Any, ...]) -> int:
    """Return the number of layers that ``rnn_tanh`` and ``rnn_relu`` were called with."""
    # (input, hx, weights, bias, num_layers, …), or (data, batch sizes, hx, weights, bias, …)
    numbers = [arg for arg in args if isinstance(arg, int) and not isinstance(arg, bool)]
    return numbers[0] if numbers else 1
