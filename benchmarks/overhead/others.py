"""What other tools do at every step, for the same models.

`wandb.watch(log="all")` offline; TensorBoard histograms of what every ReLU gives and of its
gradient; figures by layer as fastai's ActivationStats keeps them (mean, standard deviation,
share near zero, histogram), written anew here.
"""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Any

import torch
from pairs import Plain
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable

    from pairs import Way

__all__ = ["OTHERS"]


class WandbWatch(Plain):
    """Histograms of all parameters and gradients, as W&B takes them."""

    def __init__(self, model: nn.Module) -> None:
        os.environ.setdefault("WANDB_SILENT", "true")
        import wandb  # noqa: PLC0415 – only where it is measured

        self._model = model
        self._run = wandb.init(mode="offline", dir=tempfile.mkdtemp())

    def on(self) -> None:
        """Have it watch the model."""
        self._run.watch(self._model, log="all", log_freq=1)

    def done(self) -> None:
        """Log the step."""
        self._run.log({"step": 1})

    def off(self) -> None:
        """Have it leave the model alone."""
        self._run.unwatch(self._model)

    def stop(self) -> None:
        """End its run."""
        self._run.finish()


class _AtActivations(Plain):
    """Looks at the output of every ReLU; a transformer's is told by the dropout behind it."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._handles: list[Any] = []

    def look(self, name: str, out: torch.Tensor) -> None:
        """Look at one output."""
        raise NotImplementedError

    def on(self) -> None:
        """Put a hook on each."""
        for name, module in self._model.named_modules():
            behind = isinstance(module, nn.Dropout) and name.endswith(".dropout")
            if behind or isinstance(module, nn.ReLU):

                def hook(_m: Any, _a: Any, out: torch.Tensor, name: str = name) -> None:
                    self.look(name, out)

                self._handles.append(module.register_forward_hook(hook))

    def off(self) -> None:
        """Take the hooks off."""
        while self._handles:
            self._handles.pop().remove()


class TensorBoardHistograms(_AtActivations):
    """Histograms of the outputs of all activations and of their gradients."""

    def __init__(self, model: nn.Module) -> None:
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 – as above

        super().__init__(model)
        self._writer, self._step = SummaryWriter(tempfile.mkdtemp()), 0

    def look(self, name: str, out: torch.Tensor) -> None:
        """Write a histogram, and later one of the gradient."""
        writer, step = self._writer, self._step
        writer.add_histogram(name, out.detach(), step)
        if out.requires_grad:
            out.register_hook(lambda g: writer.add_histogram(name + ".grad", g, step))

    def done(self) -> None:
        """Count the step."""
        self._step += 1

    def stop(self) -> None:
        """Close the file."""
        self._writer.close()


class FiguresByLayer(_AtActivations):
    """Mean, standard deviation, share near zero and a histogram of every output."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__(model)
        self._kept: list[tuple[float, float, float, torch.Tensor]] = []

    def look(self, name: str, out: torch.Tensor) -> None:  # noqa: ARG002 – in order
        """Keep the figures."""
        values = out.detach().float()
        near = (values.abs() < 0.05).float().mean().item()
        figures = values.mean().item(), values.std().item(), near
        self._kept.append((*figures, values.histc(40, 0, 10)))


OTHERS: dict[str, Callable[[nn.Module], Way]] = {
    "wandb.watch(all)": WandbWatch,
    "TensorBoard": TensorBoardHistograms,
    "figures by layer": FiguresByLayer,
}
