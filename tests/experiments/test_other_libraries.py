"""Whole runs with a swap in scripts of Keras and Lightning; where these are installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from halfwave.experiments.job import Job
from halfwave.experiments.running import run_job

if TYPE_CHECKING:
    from pathlib import Path

_KERAS = """
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras, numpy as np
keras.utils.set_random_seed(1)
x = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
y = x[:, :3].argmax(1)
model = keras.Sequential([
    keras.layers.Input((8,)),
    keras.layers.Dense(8, activation="relu"),
    keras.layers.Dense(8), keras.layers.ReLU(),
    keras.layers.Dense(3, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.SGD(0.1), loss="sparse_categorical_crossentropy")
model.fit(x, y, validation_data=(x, y), epochs=2, batch_size=16, verbose=0)
print("slopes:", [
    round(p.item(), 4) for layer in model.layers for name, child in layer.named_modules()
    for p in child.parameters(recurse=False) if p.numel() == 1 and "prelu" in name
])
"""
_LIGHTNING = """
import logging, warnings
warnings.filterwarnings("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
import lightning as L, torch
from torch import nn
L.seed_everything(7, verbose=False)
class Lit(L.LightningModule):
    def __init__(self):
        super().__init__()
        layers = nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8), nn.GELU(), nn.Linear(8, 3)
        self.net = nn.Sequential(*layers)
    def training_step(self, batch, _):
        return nn.functional.cross_entropy(self.net(batch[0]), batch[1])
    def validation_step(self, batch, _):
        nn.functional.cross_entropy(self.net(batch[0]), batch[1])
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)
x = torch.randn(64, 8); y = x[:, :3].argmax(1)
data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), 16)
model = Lit()
silent = ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")
trainer = L.Trainer(max_epochs=2, accelerator="cpu", **dict.fromkeys(silent, False))
trainer.fit(model, data, data)
print("slopes:", [round(p.item(), 4) for n, p in model.named_parameters() if "prelu" in n])
"""


def _run(folder: Path, script: str, *remedies: Any, stop_after: int | None = None):
    (folder / "train.py").write_text(script)
    seeds = ("override_seeds", {"seed": 0})
    job = Job(
        "prelu", 0, program="train.py", folder=str(folder), remedies=(seeds, *remedies),
        stop_after=stop_after,
    )  # fmt: skip
    return run_job(job)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("library", "script", "own", "kept"),
    [
        ("keras", _KERAS, {"relu"}, {"softmax"}),
        ("lightning", _LIGHTNING, {"relu", "gelu"}, set()),
    ],
)
def test_every_hidden_site_learns_and_no_other(tmp_path, library, script, own, kept) -> None:
    if find_spec(library) is None:  # importing Keras here would ask for TensorFlow
        pytest.skip(f"{library} is not installed")
    look = _run(tmp_path, script, stop_after=4).result
    assert look.state == "finished", look.error
    sites = look.measured["sites"]
    targets = [site["target"] for site in sites if site["role"] == "hidden"]
    others = [site["target"] for site in sites if site["role"] != "hidden"]
    assert {site["activation"] for site in sites if site["role"] == "hidden"} == own
    swap = {"activation": "prelu", "parameters": {}, "targets": targets, "others": others}
    finished = _run(tmp_path, script, ("swap_activation", swap))
    result = finished.result
    assert result.state == "finished", result.error
    found = {site["activation"] for site in result.measured["sites"]}
    assert found == {"prelu", *kept}
    slopes = eval(finished.printed.partition("slopes:")[2])  # noqa: S307 - a list that we had printed
    assert len(slopes) == 2
    assert all(slope != 0.25 for slope in slopes)  # they have learnt
    told = result.measured["remedies"]["swap_activation"]
    assert (told["trained"], told["untrained"]) == (2, 0)
    assert result.measured["evaluation"]["loss"] > 0
    assert result.measured["evaluation"]["accuracy"] > 0
