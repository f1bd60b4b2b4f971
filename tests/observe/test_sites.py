"""What is one site, what are two, and what is named as not seen."""

from __future__ import annotations

import linecache
from typing import TYPE_CHECKING, Any

import torch
from observed import run_program, train_with, watched
from torch import Tensor, nn

if TYPE_CHECKING:
    from halfwave.recording import Recording, Site


def _described(recording: Recording) -> list[tuple[Any, ...]]:
    return [(site.path, site.activation, site.units, site.role) for site in recording.sites]


def test_one_module_at_two_places_is_two_sites() -> None:
    recording = watched(run_program, "residual")
    relu = ("relu", 6, "hidden")
    paths = [f"layers.{block}.relu" for block in (0, 0, 1, 1)]
    assert _described(recording) == [(path, *relu) for path in paths]
    lines = [linecache.getline(site.file, site.line) for site in recording.sites]
    assert ["# first" in line for line in lines] == [True, False, True, False]
    assert ["# second" in line for line in lines] == [False, True, False, True]


def test_two_calls_on_one_line_are_two_sites() -> None:
    recording = watched(run_program, "gan")
    found = sorted(
        (s.source[:12], *row) for s, row in zip(recording.sites, _described(recording), strict=True)
    )
    real = [row for row in found if row[0].startswith("loss_d")]
    assert [row[1:] for row in real] == [
        ("D.1", "leaky_relu", 16, "hidden"),
        ("D.1", "leaky_relu", 16, "hidden"),
        ("D.3", "sigmoid", 1, "output"),
        ("D.3", "sigmoid", 1, "output"),
    ]
    assert recording.info.steps == 36


def test_a_transformer_shows_its_activations_and_names_what_is_hidden() -> None:
    recording = watched(run_program, "transformer")
    found = _described(recording)
    assert [row[1:] for row in found if row[1] in ("relu", "gelu")] == [
        ("relu", 12, "hidden"),
        ("relu", 12, "hidden"),
        ("gelu", 10, "hidden"),
    ]
    assert {row[0] for row in found if row[1] == "relu"} == {"encoder.layers.0", "encoder.layers.1"}
    assert sum(row[1] == "softmax" and row[3] == "attention" for row in found) == 2
    named = {(entry.what, entry.where.rpartition("(")[2]) for entry in recording.unobserved}
    fused = "softmax inside scaled_dot_product_attention"
    assert {(fused, f"encoder.layers.{n}.self_attn)") for n in (0, 1)} <= named
    assert any("TransformerEncoderLayer in evaluation" in what for what, _ in named)


def test_recurrent_layers_show_their_outputs_and_name_their_gates() -> None:
    recording = watched(run_program, "recurrent")
    found = {(site.call, site.activation, site.units) for site in recording.sites}
    assert {("nn.RNNCell", "tanh", 6), ("nn.RNNCell", "relu", 6), ("nn.RNN", "relu", 4)} <= found
    assert ("nn.RNN", "tanh", 8) in found
    named = {entry.what for entry in recording.unobserved}
    assert {f"gates inside nn.{kind}" for kind in ("LSTM", "GRU", "LSTMCell", "GRUCell")} <= named


def test_every_fold_has_its_model_named_alike() -> None:
    def make() -> nn.Sequential:
        return nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1))

    def run() -> None:
        for _ in range(4):
            model = make()
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            for _ in range(3):
                loss = model(torch.randn(5, 4)).pow(2).mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()

    recording = watched(run)
    assert len(recording.sites) == 4
    assert all(site.path == "1" or site.path.endswith(".1") for site in recording.sites)


class _OwnMode(torch.overrides.TorchFunctionMode):
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return func(*args, **(kwargs or {}))


def test_a_mode_of_the_programs_own_does_not_hide_the_line() -> None:
    def apply(t: Tensor) -> Tensor:
        with _OwnMode():
            return torch.relu(t)  # here

    (site,) = watched(train_with, apply).sites
    assert "# here" in linecache.getline(site.file, site.line)


def test_what_the_program_does_not_learn_from_is_no_hidden_site() -> None:
    def apply(t: Tensor) -> Tensor:
        torch.sigmoid(t.detach()).mean().item()
        torch.softmax(torch.randn(5, 6), 1)
        t.clamp(-2, -1)
        torch.max(0.9 * t, -0.1 * t)
        return torch.relu(t)

    sites = watched(train_with, apply).sites
    judged: list[Site] = [site for site in sites if site.units is not None]
    assert [site.activation for site in judged] == ["relu"]


def test_a_part_that_is_called_by_itself_is_named_within_its_module() -> None:
    def program() -> None:  # no variable of a module's holds the autoencoder
        class Autoencoder(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.encoder = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
                self.decoder = nn.Sequential(nn.Linear(3, 4), nn.Tanh())

            def training_step(self, x: Tensor) -> Tensor:
                return self.decoder(self.encoder(x)).pow(2).mean()

        model = Autoencoder()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(2):
            model.training_step(torch.randn(5, 4)).backward()
            optimizer.step()

    recording = watched(program)
    assert [site.path for site in recording.sites] == ["encoder.1", "decoder.1"]
    assert {p.name for p in recording.parameters} >= {"encoder.0.weight", "decoder.0.weight"}
