"""Trainings by other people's trainers, with our callback and without: the same bits."""

from __future__ import annotations

import logging
import sys
import warnings

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from trained import SITES, fingerprint, net

from halfwave.integrations.writer import FigureWriter
from halfwave.recording import read

# what the frameworks themselves warn of in such small trainings
pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.usefixtures("as_it_was"),
]


@pytest.fixture
def as_it_was():
    """Frameworks change the filters and loggers of the process."""
    with warnings.catch_warnings():
        yield
    logging.captureWarnings(capture=False)


class Kept(FigureWriter):
    """Keeps what it is sent."""

    def __init__(self):
        self.steps, self.words, self.closed = [], [], 0

    def log(self, figures, step):
        self.steps.append((step, figures))

    def text(self, words, step):
        self.words.append(words)

    def close(self):
        self.closed += 1

    def all_is_there(self, steps):
        logged = [step for step, _ in self.steps]
        assert logged == sorted(logged)
        assert set(range(1, steps + 1)) <= set(logged)
        names = {name for _, figures in self.steps for name in figures}
        for site in ("relu", "tanh"):
            assert any(site in name and name.endswith("closed_share") for name in names)
        assert any(name.endswith("dead_share") for name in names)
        assert "halfwave/loss" in names
        (words,) = self.words
        assert "dead" in words
        assert self.closed == 1


def data():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(96, 4, generator=generator), torch.randn(96, 1, generator=generator)


# -- Lightning ---------------------------------------------------------------------------------


def fit_with_lightning(folder, callbacks, *, fails=False, logger=False, seconds=0.0):
    import lightning.pytorch as pl

    class Module(pl.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = net()

        def training_step(self, batch, number):
            if fails and number == 3:
                raise ValueError("planted")
            return nn.functional.mse_loss(self.net(batch[0]), batch[1])

        def validation_step(self, batch, number):
            self.log("checked", nn.functional.mse_loss(self.net(batch[0]), batch[1]))

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), lr=0.01)

    torch.manual_seed(0)
    module = Module()
    loader = DataLoader(TensorDataset(*data()), batch_size=8, shuffle=True)
    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=2,
        callbacks=callbacks,
        logger=logger,
        default_root_dir=folder,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(module, loader, DataLoader(TensorDataset(*data()), batch_size=32))
    return fingerprint(module)


def test_lightning(tmp_path, capsys):
    pytest.importorskip("lightning")
    from lightning.pytorch.loggers import CSVLogger

    from halfwave.integrations.lightning import HalfwaveCallback

    plain = fit_with_lightning(tmp_path, [])
    path, kept, logger = tmp_path / "run.halfwave", Kept(), CSVLogger(tmp_path)
    callback = HalfwaveCallback(every=1, path=path, writers=[kept])
    capsys.readouterr()
    assert fit_with_lightning(tmp_path, [callback], logger=logger) == plain
    printed = capsys.readouterr().out
    assert "dead-units" in printed
    kept.all_is_there(24)
    logger.save()
    rows = (tmp_path / "lightning_logs" / "version_0" / "metrics.csv").read_text()
    assert "halfwave/net.1 relu/closed_units" in rows
    assert "halfwave/net.1 relu evaluation/dead_share" in rows
    assert "dead_share" in rows
    recording = read(path)
    assert recording.info.steps == 24
    assert recording.info.state == "finished"
    trained = [site.path for site in recording.sites if site.training is not None]
    assert trained == ["net.1", "net.3"]
    assert len(recording.sites) == 4  # validation was seen, on a line of its own
    assert callback.run.findings
    # trained once more, it is watched once more
    assert fit_with_lightning(tmp_path, [callback]) == plain
    assert read(path).info.steps == 24


def test_a_training_of_lightning_that_fails(tmp_path, capsys):
    pytest.importorskip("lightning")
    from halfwave.integrations.lightning import HalfwaveCallback

    callback = HalfwaveCallback(every=1)
    with pytest.raises(ValueError, match="planted"):
        fit_with_lightning(tmp_path, [callback], fails=True)
    assert callback.run.recording.info.state == "failed"
    assert callback.run.recording.info.error == "ValueError: planted"
    assert "planted" in capsys.readouterr().out


def test_a_tracker_out_of_reach_leaves_the_training_alone(tmp_path, capsys):
    pytest.importorskip("lightning")
    from halfwave.integrations.lightning import HalfwaveCallback

    class OutOfReach(Kept):
        def log(self, figures, step):
            raise ConnectionError("no route to host")

    plain = fit_with_lightning(tmp_path, [])
    callback = HalfwaveCallback(every=1, writers=[OutOfReach()], report=False)
    assert fit_with_lightning(tmp_path, [callback]) == plain
    error = capsys.readouterr().err
    assert error.count("halfwave: figures are not logged any more") == 1
    assert "ConnectionError: no route to host" in error
    assert len(callback.run.sites) == 4


def test_a_report_that_cannot_be_shown_is_told_as_that(monkeypatch, capsys):
    from halfwave.integrations.training import WatchedTraining
    from halfwave.run import Run

    def report(_run):
        raise OSError("no space left")

    monkeypatch.setattr(Run, "report", report)
    training = WatchedTraining()
    training.begin()
    net()(data()[0])
    training.end()
    assert (
        capsys.readouterr().err == "halfwave: the report cannot be shown: OSError: no space left\n"
    )
    assert training.run.recording.info.state == "finished"


# -- transformers ------------------------------------------------------------------------------


def train_with_transformers(folder, callback=None):
    from transformers import Trainer, TrainingArguments

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net()

        def forward(self, x, labels):
            out = self.net(x)
            return {"loss": nn.functional.mse_loss(out, labels), "logits": out}

    torch.manual_seed(0)
    model = Model()
    x, y = data()
    arguments = TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=8,
        num_train_epochs=1,
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
        save_strategy="no",
        logging_steps=100,
    )
    rows = [{"x": a, "labels": b} for a, b in zip(x, y, strict=True)]
    trainer = Trainer(model=model, args=arguments, train_dataset=rows)
    if callback is not None:
        trainer.add_callback(callback)
    trainer.train()
    return fingerprint(model), trainer.state.log_history


def test_transformers(tmp_path, capsys):
    pytest.importorskip("transformers")
    from halfwave.integrations.transformers import HalfwaveCallback

    plain, _ = train_with_transformers(tmp_path)
    kept = Kept()
    callback = HalfwaveCallback(every=1, path=tmp_path / "run.halfwave", writers=[kept])
    capsys.readouterr()
    watched, log = train_with_transformers(tmp_path, callback)
    assert watched == plain
    assert "dead-units" in capsys.readouterr().out
    kept.all_is_there(12)
    ours = [entry for entry in log if "halfwave/net.1 relu/closed_units" in entry]
    assert [entry["step"] for entry in ours] == list(range(1, 13))
    recording = read(tmp_path / "run.halfwave")
    assert recording.info.steps == 12
    assert [site.path for site in recording.sites] == ["net.1", "net.3"]
    logged = []
    train_with_transformers(tmp_path, HalfwaveCallback(every=1, report=False, log=logged.append))
    assert logged[0]["halfwave/step"] == 1
    assert callback.run.sites


# -- Accelerate --------------------------------------------------------------------------------


def train_with_accelerate(tracker=None):
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=True, log_with=[] if tracker is None else [tracker])
    torch.manual_seed(0)
    model = net()
    if tracker is not None:
        accelerator.init_trackers("project", config={"lr": 0.01})
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    loader = DataLoader(TensorDataset(*data()), batch_size=8, shuffle=True)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        accelerator.backward(loss)
        optimizer.step()
        accelerator.log({"loss": loss.item()})
    accelerator.end_training()
    return fingerprint(model)


def test_accelerate(tmp_path, capsys):
    pytest.importorskip("accelerate")
    from halfwave.integrations.accelerate import HalfwaveTracker

    plain = train_with_accelerate()
    kept = Kept()
    tracker = HalfwaveTracker(every=1, path=tmp_path / "run.halfwave", writers=[kept])
    assert train_with_accelerate(tracker) == plain
    assert "dead-units" in capsys.readouterr().out
    kept.all_is_there(12)
    recording = read(tmp_path / "run.halfwave")
    assert recording.info.steps == 12
    assert {f"{site.path} {site.activation}" for site in recording.sites} == SITES


# -- Keras -------------------------------------------------------------------------------------


def fit_with_keras(callbacks, epochs=2):
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.layers.Dense(
                8, activation="relu", bias_initializer=keras.initializers.Constant(-50)
            ),
            keras.layers.Dense(6, activation="tanh"),
            keras.layers.Dense(1),
        ]
    )
    model.compile(optimizer="sgd", loss="mse")
    x, y = data()
    history = model.fit(
        x.numpy(), y.numpy(), batch_size=8, epochs=epochs, verbose=0, callbacks=callbacks
    )
    weights = b"".join(weight.tobytes() for weight in model.get_weights())
    return weights, history.history


def test_keras(tmp_path, capsys, monkeypatch):
    if "keras" not in sys.modules:
        monkeypatch.setenv("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    if keras.backend.backend() != "torch":
        pytest.skip("Keras was imported with another backend")
    from halfwave.integrations.keras import HalfwaveCallback

    plain, _ = fit_with_keras([])
    kept = Kept()
    callback = HalfwaveCallback(every=1, path=tmp_path / "run.halfwave", writers=[kept])
    weights, history = fit_with_keras([callback])
    assert weights == plain
    assert "dead-units" in capsys.readouterr().out
    kept.all_is_there(24)
    assert read(tmp_path / "run.halfwave").info.steps == 24
    ours = [name for name in history if name.startswith("halfwave/")]
    assert any(name.endswith("relu/closed_units") for name in ours)
    assert len(history["loss"]) == 2
    # figures that are not new in every epoch: the history stays a table
    _, history = fit_with_keras([HalfwaveCallback(report=False)], epochs=5)
    assert any(name.endswith("relu/closed_units") for name in history)
    assert {name: len(values) for name, values in history.items()} == dict.fromkeys(history, 5)


def test_keras_on_another_backend_says_so(capsys, monkeypatch):
    keras = pytest.importorskip("keras")
    from halfwave.integrations.keras import HalfwaveCallback

    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    callback = HalfwaveCallback()
    callback.on_train_begin()
    callback.on_train_batch_end(0)
    callback.on_train_end()
    assert capsys.readouterr().err == (
        "halfwave: not watching: Keras computes with jax here, and halfwave watches torch "
        "(set KERAS_BACKEND=torch)\n"
    )
    assert callback.run is None


@pytest.mark.parametrize(
    ("module", "kind"),
    [
        ("lightning", "HalfwaveCallback"),
        ("transformers", "HalfwaveCallback"),
        ("keras", "HalfwaveCallback"),
        ("accelerate", "HalfwaveTracker"),
    ],
)
def test_wrong_options_are_refused_with_the_value(module, kind):
    pytest.importorskip(module)
    from importlib import import_module

    made = getattr(import_module(f"halfwave.integrations.{module}"), kind)
    with pytest.raises(ValueError, match="-3"):
        made(every=-3)
    with pytest.raises(TypeError, match="evry"):
        made(evry=3)
