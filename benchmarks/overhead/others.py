"""What other tools do at every step, for the same models: each is (begin, after a step, end).

`wandb.watch(log="all")` offline; TensorBoard histograms of what every ReLU gives and of its
gradient; figures by layer as fastai's ActivationStats keeps them (mean, standard deviation,
share near zero, histogram), written anew here.
"""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["OTHERS"]

Way = tuple["Callable[[], None]", "Callable[[], None]"]  # after each step, at the end


def _nothing() -> None:
    """Nothing to do."""


def wandb_watch(model: nn.Module) -> Way:
    """Histograms of all parameters and gradients, as W&B takes them."""
    os.environ.setdefault("WANDB_SILENT", "true")
    import wandb  # noqa: PLC0415 – only where it is measured

    run = wandb.init(mode="offline", dir=tempfile.mkdtemp())
    run.watch(model, log="all", log_freq=1)

    def end() -> None:
        run.unwatch(model)
        run.finish()

    return lambda: run.log({"step": 1}), end


def _on_outputs(model: nn.Module, look: Callable[[str, torch.Tensor], None]) -> list[Any]:
    handles: list[Any] = []
    for name, module in model.named_modules():
        if isinstance(module, nn.ReLU | nn.TransformerEncoderLayer):

            def hook(_m: Any, _a: Any, out: torch.Tensor, name: str = name) -> None:
                look(name, out)

            handles.append(module.register_forward_hook(hook))
    return handles


def tensorboard_histograms(model: nn.Module) -> Way:
    """Histograms of the outputs of all activations and of their gradients."""
    from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 – as above

    writer, step = SummaryWriter(tempfile.mkdtemp()), [0]

    def look(name: str, out: torch.Tensor) -> None:
        writer.add_histogram(name, out.detach(), step[0])
        if out.requires_grad:
            out.register_hook(lambda g: writer.add_histogram(name + ".grad", g, step[0]))

    handles = _on_outputs(model, look)

    def after() -> None:
        step[0] += 1

    def end() -> None:
        writer.close()
        for handle in handles:
            handle.remove()

    return after, end


def figures_by_layer(model: nn.Module) -> Way:
    """Mean, standard deviation, share near zero and a histogram of every output."""
    kept: list[tuple[float, float, float, torch.Tensor]] = []

    def look(_: str, out: torch.Tensor) -> None:
        values = out.detach().float()
        near = (values.abs() < 0.05).float().mean().item()
        kept.append((values.mean().item(), values.std().item(), near, values.histc(40, 0, 10)))

    handles = _on_outputs(model, look)

    def end() -> None:
        for handle in handles:
            handle.remove()

    return _nothing, end


OTHERS: dict[str, Callable[[nn.Module], Way]] = {
    "wandb.watch(all)": wandb_watch,
    "TensorBoard": tensorboard_histograms,
    "figures by layer": figures_by_layer,
}
