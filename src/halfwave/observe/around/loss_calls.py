"""The loss functions of torch and Keras: where output and target stand in a call."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import torch
from torch import Tensor

__all__ = ["LossCall", "Reader", "keras_call", "loss_calls"]


@dataclass(slots=True)
class LossCall:
    """One call of a loss function, read."""

    function: str
    call: str
    output: Tensor
    target: Tensor | None
    class_dim: int | None = None
    node: Any = None  # that made the output; of its own, where the output is detached
    parameters: dict[str, float | str | bool] = field(
        default_factory=dict[str, "float | str | bool"]
    )

    @property
    def compares_numbers(self) -> bool:
        """Whether output and target are compared element by element."""
        output, target = self.output, self.target
        return target is not None and target.is_floating_point() and output.shape == target.shape

    @property
    def classes(self) -> int | None:
        """How many classes there are; None where targets are no numbers of classes."""
        dim, output = self.class_dim, self.output
        if dim is None or self.target is None or self.target.is_floating_point():
            return None
        return output.shape[dim] if -output.dim() <= dim < output.dim() else None


#: Reads the arguments of a call; None where they are none of a loss.
Reader: TypeAlias = Callable[[Sequence[Any], Mapping[str, Any]], LossCall | None]

#: Functions of torch.nn.functional whose output and target go by the usual names.
_USUAL: Final = (
    "cross_entropy",
    "nll_loss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "mse_loss",
    "l1_loss",
    "smooth_l1_loss",
    "huber_loss",
    "kl_div",
    "poisson_nll_loss",
    "gaussian_nll_loss",
    "hinge_embedding_loss",
    "soft_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "multi_margin_loss",
)
#: Others: the names of output and target ("" for none).
_OTHERS: Final = {
    "ctc_loss": ("log_probs", "targets"),
    "margin_ranking_loss": ("input1", "target"),
    "cosine_embedding_loss": ("input1", "target"),
    "triplet_margin_loss": ("anchor", ""),
}
_TOLD: Final = (
    "reduction",
    "label_smoothing",
    "ignore_index",
    "delta",
    "beta",
    "log_input",
    "log_target",
    "full",
)
#: Losses that are the same with output and target the other way round.
_EITHER_WAY: Final = frozenset({"mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"})
#: Keras' name of a loss -> ours; with from_logits the second.
_KERAS: Final = {
    "mean_squared_error": ("mse_loss", "mse_loss"),
    "mean_absolute_error": ("l1_loss", "l1_loss"),
    "huber": ("huber_loss", "huber_loss"),
    "binary_crossentropy": ("binary_cross_entropy", "binary_cross_entropy_with_logits"),
    "categorical_crossentropy": ("categorical_cross_entropy", "cross_entropy"),
    "sparse_categorical_crossentropy": ("sparse_categorical_cross_entropy", "cross_entropy"),
    "kl_divergence": ("kl_divergence", "kl_divergence"),
    "poisson": ("poisson", "poisson"),
    "hinge": ("hinge", "hinge"),
    "squared_hinge": ("squared_hinge", "squared_hinge"),
    "categorical_hinge": ("categorical_hinge", "categorical_hinge"),
    "log_cosh": ("log_cosh", "log_cosh"),
    "cosine_similarity": ("cosine_similarity", "cosine_similarity"),
    "mean_absolute_percentage_error": ("mean_absolute_percentage_error",) * 2,
    "mean_squared_logarithmic_error": ("mean_squared_logarithmic_error",) * 2,
    "binary_focal_crossentropy": ("binary_focal_cross_entropy",) * 2,
    "categorical_focal_crossentropy": ("categorical_focal_cross_entropy",) * 2,
}


def loss_calls() -> dict[Any, Reader]:
    """Return torch's loss functions, each with what reads its arguments."""
    names: dict[str, tuple[str, str]] = dict.fromkeys(_USUAL, ("input", "target"))
    table: dict[Any, Reader] = {}
    for name, (output, target) in (names | _OTHERS).items():
        function = getattr(torch.nn.functional, name, None)
        if function is not None:
            table[function] = _reader(
                name, tuple(inspect.signature(function).parameters), output, target
            )
    return table


def _reader(name: str, names: tuple[str, ...], output: str, target: str) -> Reader:
    def read(args: Sequence[Any], kwargs: Mapping[str, Any]) -> LossCall | None:
        # the call has been made: its arguments fit (and `signature.bind` takes its time)
        bound = {**dict(zip(names, args, strict=False)), **kwargs}
        given, wanted = bound.get(output), bound.get(target)
        if not isinstance(given, Tensor):
            return None
        if name in _EITHER_WAY and isinstance(wanted, Tensor):
            swapped = wanted.requires_grad and not given.requires_grad
            given, wanted = (wanted, given) if swapped else (given, wanted)
        told = {key: bound[key] for key in _TOLD if _plain(bound.get(key))}
        for key in ("weight", "pos_weight"):
            if isinstance(bound.get(key), Tensor):
                told[key] = True
        return LossCall(
            name,
            f"F.{name}",
            given,
            wanted if isinstance(wanted, Tensor) else None,
            (1 if given.dim() > 1 else 0) if given.dim() else None,
            given.grad_fn,
            told,
        )

    return read


def keras_call(loss: Any, target: Any, output: Any) -> LossCall | None:
    """Read a call of a loss of Keras, which stands as ``loss.fn`` in its wrapper."""
    function = getattr(loss, "fn", None)
    name = getattr(function, "__name__", "")
    settings: dict[str, Any] = getattr(loss, "_fn_kwargs", None) or {}
    if name not in _KERAS or not isinstance(output, Tensor):
        return None
    logits = bool(settings.get("from_logits", False))
    if isinstance(target, Tensor) and target.dim() == output.dim() - 1 and output.shape[-1] == 1:
        target = target.unsqueeze(-1)  # as Keras does
    return LossCall(
        _KERAS[name][logits],
        f"keras.losses.{name}",
        output,
        target if isinstance(target, Tensor) else None,
        -1 if output.dim() else None,
        output.grad_fn,
        {key: value for key, value in settings.items() if _plain(value)},
    )


def _plain(value: object) -> bool:
    return isinstance(value, bool | int | float | str)
