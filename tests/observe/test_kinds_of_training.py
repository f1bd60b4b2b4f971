"""What is seen of programs that train in their own way; `test_identity` compares their bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from observed import run_program, watched

if TYPE_CHECKING:
    from halfwave.recording import Recording

#: program -> steps, sites as (path, activation, units, "T"raining or "E"valuation, inputs)
_SEEN: dict[str, tuple[int, list[tuple[str, str, int, str, int]]]] = {
    # each of two optimizers steps fourteen times
    "accumulation": (
        28,
        [("1", "leaky_relu", 12, "T", 14 * 4 * 6), ("3", "tanh", 12, "T", 14 * 4 * 6)],
    ),
    "amp_fused": (14, [("1", "relu", 10, "T", 14 * 8)]),
    # the average that is evaluated without gradients, and the one whose batch norm is updated
    "averaged": (
        16,
        [
            ("model.2", "relu", 8, "T", 16 * 16),
            ("ema.module.2", "relu", 8, "E", 4 * 16),
            ("swa.module.2", "relu", 8, "T", 4 * 16),
        ],
    ),
    # an ensemble of three, mapped
    "functional": (
        12,
        [("single.1", "relu", 7, "T", 12 * 12), ("skeleton.1", "silu", 5, "T", 12 * 3 * 12)],
    ),
    "quantised": (12, [("2", "relu", 4, "T", 12 * 6), ("5", "relu6", 8, "T", 12 * 6)]),
    "parametrised": (
        12,
        [
            (f"act{number}", name, units, "T", 12 * 4 * 5)
            for number, name, units in (
                (1, "relu", 9),
                (2, "elu", 6),
                (3, "gelu", 6),
                (4, "relu", 6),
            )
        ],
    ),
    "subclassed": (12, [("act", "relu", 9, "T", 12 * 7)]),
    "serving": (
        0,
        [("1", "relu", 16, "E", 20 * 3), ("3", "hardswish", 16, "E", 20 * 3)],
    ),
    "evaluation_only": (
        0,
        [("model", "relu", 6, "E", 15 * 5), ("model", "sigmoid", 4, "E", 15 * 5)],
    ),
}


def _watched_with(name: str) -> tuple[Recording, dict[str, Any]]:
    left: dict[str, Any] = {}
    return watched(lambda: left.update(run_program(name))), left


@pytest.mark.filterwarnings("ignore::UserWarning")  # what the programs themselves provoke
@pytest.mark.parametrize("name", _SEEN)
def test_steps_and_sites(name: str) -> None:
    recording, _ = _watched_with(name)
    steps, sites = _SEEN[name]
    seen = [
        (
            site.path,
            site.activation,
            site.units,
            "T" if site.training else "E",
            0 if site.statistics is None else int(site.statistics.inputs[0]),
        )
        for site in recording.sites
    ]
    assert [site for site in seen if site[1] != "softmax"] == sites
    assert recording.info.steps == steps


@pytest.mark.parametrize(("name", "optimizers"), [("accumulation", 2), ("amp_fused", 1)])
def test_gradients_are_those_of_the_optimizers_step_without_the_scale(
    name: str, optimizers: int
) -> None:
    recording, left = _watched_with(name)
    truth = left["norms"]
    by_name = {parameter.name: parameter for parameter in recording.parameters}
    for index, (parameter_name, _) in enumerate(left["model"].named_parameters()):
        seen = by_name[parameter_name].samples["grad_norm"]
        assert seen.tolist() == pytest.approx([row[index] for row in truth], rel=1e-4)
    if name == "amp_fused":
        (loss,) = recording.losses
        assert loss.samples["mean"].tolist() == pytest.approx(left["losses"], rel=1e-6)
    assert len(recording.optimizers) == optimizers


def test_every_closure_of_lbfgs_is_one_loss_of_its_step() -> None:
    recording, left = _watched_with("lbfgs")
    (loss,) = recording.losses
    assert recording.info.steps == 12
    assert int(loss.samples["count"].sum()) == len(left["calls"]) > 12
    (site,) = recording.sites
    assert site.training is not None
    assert site.training.inputs.tolist() == [20 * len(left["calls"])] * 8
    assert {parameter.optimizer for parameter in recording.parameters} == {"LBFGS"}


def test_a_tied_weight_is_one_parameter() -> None:
    recording, left = _watched_with("parametrised")
    assert len(recording.parameters) == len(list(left["net"].parameters()))
    names = [parameter.name for parameter in recording.parameters]
    assert "embed.weight" in names
    assert "out.weight" not in names
    assert all((p.samples["grad_norm"] > 0).any() for p in recording.parameters)


def test_threads_beside_the_one_that_serves_are_named() -> None:
    import threading

    import torch

    def evaluate() -> None:
        with torch.no_grad():
            torch.relu(torch.randn(3, 4))

    def program() -> None:
        for _ in range(2):
            thread = threading.Thread(target=evaluate)
            thread.start()
            thread.join()
            evaluate()

    recording = watched(program)
    assert [site.function for site in recording.sites] == [
        "test_threads_beside_the_one_that_serves_are_named.<locals>.evaluate"
    ]
    assert "what runs in other threads" in [note.what for note in recording.unobserved]
