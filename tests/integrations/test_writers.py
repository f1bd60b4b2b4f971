"""A run's figures, as trackers hold them: read back with the trackers' own means."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing

import pytest
from trained import SITES, run

from halfwave.integrations.figures import history, text, totals


@pytest.fixture(scope="module")
def watched():
    return run()


def test_figures_by_step(watched):
    steps = history(watched.recording)
    assert [step for step, _ in steps] == list(range(1, 16))
    for _, figures in steps:
        for site in SITES:
            kinds = {name.rpartition("/")[2] for name in figures if f"/{site}/" in name}
            assert kinds == {"closed_share", "closed_units", "zeros", "grad_rms"}
    figures = steps[-1][1]
    assert figures["halfwave/1 relu/closed_units"] >= 6 / 8
    assert 6 / 8 <= figures["halfwave/1 relu/closed_share"] < 1
    assert figures["halfwave/3 tanh/zeros"] == 0
    assert figures["halfwave/loss"] == pytest.approx(watched.recording.losses[0].last)
    assert history(watched.recording, after=12) == steps[12:]


def test_figures_of_the_whole(watched):
    found = totals(watched.recording)
    assert found["halfwave/1 relu/dead_share"] == 6 / 8
    assert found["halfwave/3 tanh/dead_share"] == 0
    assert found["halfwave/findings/errors"] + found["halfwave/findings/warnings"] >= 1
    assert "dead" in text(watched.recording)


def test_tensorboard(watched, tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    from halfwave.integrations.tensorboard import TensorBoardWriter

    TensorBoardWriter(tmp_path / "logs").send(watched)
    events = EventAccumulator(str(tmp_path / "logs"))
    events.Reload()
    scalars = events.Scalars("halfwave/1 relu/closed_units")
    assert [event.step for event in scalars] == list(range(1, 16))
    assert scalars[-1].value >= 6 / 8
    assert events.Scalars("halfwave/1 relu/dead_share")[0].value == 6 / 8
    (words,) = events.Tensors("halfwave/findings/text_summary")
    assert b"dead" in words.tensor_proto.string_val[0]


def test_a_summary_writer_of_the_programs_own_stays_open(watched, tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from torch.utils.tensorboard import SummaryWriter

    from halfwave.integrations.tensorboard import TensorBoardWriter

    with SummaryWriter(tmp_path / "logs") as own:
        TensorBoardWriter(own).send(watched)
        own.add_scalar("mine", 1.0, 1)
    (file,) = (tmp_path / "logs").iterdir()  # one that was closed would begin another
    events = EventAccumulator(str(file))
    events.Reload()
    assert {"mine", "halfwave/loss"} <= set(events.Tags()["scalars"])


def test_weights_and_biases_offline(watched, tmp_path, monkeypatch):
    wandb = pytest.importorskip("wandb")
    from halfwave.integrations.wandb import WandbWriter

    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    monkeypatch.setenv("WANDB_SILENT", "true")
    with wandb.init(project="p", dir=tmp_path) as own:
        own.log({"mine": 1.0}, step=1000)  # its steps are its own affair
        WandbWriter(own).send(watched)
        assert own.summary["halfwave/1 relu/dead_share"] == 6 / 8
        assert own.summary["halfwave/step"] == 15
        assert "dead" in own.summary["halfwave/report"]
    WandbWriter(project="q").send(watched)
    assert wandb.run is None
    assert len(list(tmp_path.glob("wandb/offline-run-*"))) == 2


def test_mlflow(watched, tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    from halfwave.integrations.mlflow import MlflowWriter

    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri((tmp_path / "runs").as_uri())
    with mlflow.start_run() as own:
        MlflowWriter().send(watched)
        assert mlflow.active_run() is not None
    MlflowWriter().send(watched)
    assert mlflow.active_run() is None
    client = mlflow.MlflowClient()
    points = client.get_metric_history(own.info.run_id, "halfwave/1 relu/closed_units")
    assert sorted(point.step for point in points) == list(range(1, 16))
    data = client.get_run(own.info.run_id).data
    assert data.metrics["halfwave/1 relu/dead_share"] == 6 / 8
    assert "dead" in mlflow.artifacts.load_text(f"runs:/{own.info.run_id}/halfwave.md")


def test_trackio(watched, tmp_path, monkeypatch):
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path))
    trackio = pytest.importorskip("trackio")
    from halfwave.integrations.trackio import TrackioWriter

    TrackioWriter(project="p", name="one", embed=False).send(watched)
    with closing(sqlite3.connect(next(tmp_path.glob("**/*.db")))) as stored:
        rows = stored.execute("SELECT step, metrics FROM metrics ORDER BY step").fetchall()
    steps = {step for step, metrics in rows if "closed_units" in str(metrics)}
    assert steps == set(range(1, 16))
    assert "dead" in str(rows[-1]) + str(rows[-2])
    assert trackio.context_vars.current_run.get() is None


@pytest.mark.parametrize("name", ["tensorboard", "wandb", "mlflow", "trackio"])
def test_a_missing_package_is_named_with_its_extra(name, monkeypatch, tmp_path):
    from importlib import import_module

    monkeypatch.setitem(sys.modules, name, None)
    module = import_module(f"halfwave.integrations.{name}")
    kind = next(getattr(module, each) for each in module.__all__)
    arguments = (tmp_path,) if name == "tensorboard" else ()
    with pytest.raises(ImportError) as caught:
        kind(*arguments)
    said = f"{name} is not installed: pip install {name}, or 'halfwave[{name}]'"
    assert str(caught.value) == said


@pytest.mark.parametrize("name", ["lightning", "transformers", "accelerate", "keras"])
def test_a_missing_framework_is_named_with_its_extra(name, monkeypatch):
    from importlib import import_module

    for module in ("lightning.pytorch", "accelerate.tracking", "transformers", "keras", name):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, f"halfwave.integrations.{name}", raising=False)
    with pytest.raises(ImportError, match=f"pip install {name}, or 'halfwave\\[{name}\\]'"):
        import_module(f"halfwave.integrations.{name}")
