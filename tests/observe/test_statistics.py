"""The figures of a recording, against the same figures taken by plain hooks."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from observed import watched
from torch import Tensor, nn

if TYPE_CHECKING:
    from halfwave.recording import Recording, Site, UnitStatistics

_BATCH, _STEPS = 5, 14


class _Net(nn.Module):
    """Keeps what its activations were given and gave; every second unit is planted closed."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 6, 3)
        self.up = nn.ConvTranspose2d(6, 4, 2)
        self.fc = nn.Linear(4, 8)
        self.last = nn.Linear(8, 3)
        with torch.no_grad():
            self.conv.bias[::2] = -100.0
            self.up.bias[1:] -= 0.05
            self.fc.bias[::2] = 100.0
        self.kept: dict[str, list[tuple[Tensor, Tensor]]] = defaultdict(list)

    def keep(self, name: str, given: Tensor, out: Tensor) -> Tensor:
        out.retain_grad()
        self.kept[name].append((given.detach().double(), out))
        return out

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv(x)
        h = self.keep("relu", h, torch.relu(h))
        h = self.up(h)
        h = self.keep("leaky_relu", h, nn.functional.leaky_relu(h, 0.0001)).mean((2, 3))
        h = self.fc(h)
        h = self.keep("tanh", h, torch.tanh(h))
        return self.last(h)


class _Trained:
    """One training run, watched, and all that happened in it."""

    def __init__(self) -> None:
        torch.manual_seed(3)
        self.net = _Net()
        self.losses: list[float] = []
        self.grad_norms: dict[str, list[float]] = defaultdict(list)
        self.norms: dict[str, list[float]] = defaultdict(list)
        self.ratios: dict[str, list[float]] = defaultdict(list)
        self.rates: list[float] = []
        self.recording: Recording = watched(self._run)
        self.sites: dict[str, Site] = {site.activation: site for site in self.recording.sites}

    def _run(self) -> None:
        optimizer = torch.optim.SGD(self.net.parameters(), lr=0.05, momentum=0.9)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 4, 0.5)
        for _ in range(_STEPS):
            loss = nn.functional.cross_entropy(
                self.net(torch.randn(_BATCH, 2, 6, 6)), torch.randint(0, 3, (_BATCH,))
            )
            optimizer.zero_grad()
            loss.backward()
            before = {name: p.detach().clone() for name, p in self.net.named_parameters()}
            self.rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
            self.losses.append(loss.item())
            for name, p in self.net.named_parameters():
                assert p.grad is not None
                self.norms[name].append(before[name].norm().item())
                self.grad_norms[name].append(p.grad.norm().item())
                self.ratios[name].append(
                    ((p.detach() - before[name]).norm() / before[name].norm()).item()
                )


@pytest.fixture(scope="module")
def trained() -> _Trained:
    return _Trained()


# |slope| of an element, from what the activation was given
_SLOPES: dict[str, Any] = {
    "relu": lambda z: (z > 0).double(),
    "leaky_relu": lambda z: torch.where(z > 0, 1.0, 0.0001),
    "tanh": lambda z: 1 - torch.tanh(z) ** 2,
}


@pytest.mark.parametrize("name", _SLOPES)
def test_unit_statistics(trained: _Trained, name: str) -> None:
    site = trained.sites[name]
    given = torch.cat([given for given, _ in trained.net.kept[name]])
    out = torch.cat([out.detach().double() for _, out in trained.net.kept[name]])
    gradient = torch.cat([o.grad.double() for _, o in trained.net.kept[name] if o.grad is not None])
    # units first, then samples, then positions
    given, out, gradient = (
        values.reshape(len(out), out.shape[1], -1).transpose(0, 1)
        for values in (given, out, gradient)
    )
    is_open = _SLOPES[name](given) > 1e-3
    seen: UnitStatistics | None = site.training
    assert seen is not None
    assert (site.units, site.unit_dim) == (out.shape[0], 1)
    elements = out.shape[1] * out.shape[2]
    expected: dict[str, Tensor] = {
        "inputs": torch.full((out.shape[0],), _BATCH * _STEPS),
        "elements": torch.full((out.shape[0],), elements),
        "open_inputs": is_open.any(2).sum(1),
        "open_elements": is_open.sum((1, 2)),
        "zeros": (out == 0).sum((1, 2)),
        "total": out.sum((1, 2)),
        "total_abs": out.abs().sum((1, 2)),
        "total_square": (out**2).sum((1, 2)),
        "absmax": out.abs().amax((1, 2)),
        "nonfinite": torch.zeros(out.shape[0]),
        "grad_elements": torch.full((out.shape[0],), elements),
        "grad_square": (gradient**2).sum((1, 2)),
        "grad_zeros": (gradient == 0).sum((1, 2)),
    }
    for field, value in expected.items():
        np.testing.assert_allclose(getattr(seen, field), value, rtol=1e-4, err_msg=field)


@pytest.mark.parametrize(("name", "planted"), [("relu", [0, 2, 4]), ("tanh", [0, 2, 4, 6])])
def test_planted_units_are_never_open(trained: _Trained, name: str, planted: list[int]) -> None:
    seen = trained.sites[name].training
    assert seen is not None
    assert set(planted) <= set(np.flatnonzero(seen.open_inputs == 0))
    assert all(seen.first_open[planted] == -1)
    assert all(seen.last_open[planted] == -1)
    assert all(seen.closed_run[planted] == _BATCH * _STEPS)
    out = torch.cat([given for given, _ in trained.net.kept[name]])
    slope = _SLOPES[name](out.reshape(len(out), out.shape[1], -1)) > 1e-3
    truly = [int(unit) for unit in np.flatnonzero(~slope.any(2).any(0).numpy())]
    assert list(np.flatnonzero(seen.open_inputs == 0)) == truly


def test_samples_follow_the_steps(trained: _Trained) -> None:
    samples = trained.sites["relu"].samples
    assert list(samples["first_step"]) == list(range(1, _STEPS + 1))
    for row, (_, out) in zip(samples, trained.net.kept["relu"], strict=True):
        assert out.grad is not None
        assert row["inputs"] == _BATCH
        assert row["zeros"] == pytest.approx((out == 0).double().mean().item(), rel=1e-5)
        assert row["mean"] == pytest.approx(out.double().mean().item(), rel=1e-4)
        assert row["std"] == pytest.approx(out.double().std(correction=0).item(), rel=1e-4)
        rms = out.grad.double().pow(2).mean().sqrt().item()
        assert row["grad_rms"] == pytest.approx(rms, rel=1e-4)


def test_losses_rates_and_steps(trained: _Trained) -> None:
    recording = trained.recording
    assert (recording.info.steps, recording.info.backwards) == (_STEPS, _STEPS)
    (loss,) = recording.losses
    assert (loss.first, loss.last) == (trained.losses[0], trained.losses[-1])
    assert list(loss.samples["last"]) == trained.losses
    (rate,) = recording.rates
    # rows that say the same are one
    steps = np.arange(1, _STEPS + 1)
    rows = np.searchsorted(rate.samples["last_step"], steps)
    assert list(rate.samples["last"][rows]) == trained.rates


def test_parameters(trained: _Trained) -> None:
    parameters = {parameter.name: parameter for parameter in trained.recording.parameters}
    assert set(parameters) == set(trained.norms)
    for name, parameter in parameters.items():
        steps = parameter.samples["first_step"] - 1
        for field, truth in (
            ("norm", trained.norms),
            ("grad_norm", trained.grad_norms),
            ("update_ratio", trained.ratios),
        ):
            found = parameter.samples[field]
            measured = np.isfinite(found)
            assert measured.any(), (name, field)
            expected = np.array(truth[name])[steps]
            np.testing.assert_allclose(found[measured], expected[measured], rtol=2e-4, atol=1e-7)


def test_scaled_gradients_are_told_unscaled() -> None:
    norms: list[float] = []
    kept: list[Tensor] = []

    def run() -> None:
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1))
        model[1].register_forward_hook(lambda _m, _a, out: (out.retain_grad(), kept.append(out))[0])
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        scaler = torch.amp.GradScaler("cpu", init_scale=512.0)
        for _ in range(4):
            loss = model(torch.randn(5, 4)).pow(2).mean()
            optimizer.zero_grad()
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            assert model[0].weight.grad is not None
            norms.append(model[0].weight.grad.norm().item())  # step() has unscaled it

    recording = watched(run)
    (site,) = recording.sites
    rms = [
        out.grad.double().pow(2).mean().sqrt().item() / 512 for out in kept if out.grad is not None
    ]
    np.testing.assert_allclose(site.samples["grad_rms"], rms, rtol=1e-4)
    weight = next(p for p in recording.parameters if p.name.endswith("0.weight"))
    np.testing.assert_allclose(weight.samples["grad_norm"], norms, rtol=1e-4)


def test_evaluation_is_kept_apart_from_training() -> None:
    def run() -> None:
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1))
        with torch.no_grad():
            model[0].bias[:3] = -100
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        for _ in range(6):
            model.train()
            out = model(torch.randn(5, 4))
            optimizer.zero_grad()
            out.pow(2).mean().backward()
            optimizer.step()
            model.eval()
            with torch.no_grad():
                model(torch.randn(7, 4))

    sites = watched(run).sites
    assert sum(int(s.training.inputs[0]) for s in sites if s.training is not None) == 30
    for site in sites:
        for seen, rows in ((site.training, 30), (site.evaluation, 42)):
            if seen is not None and seen.inputs[0]:
                assert seen.inputs[0] <= rows
                assert list(seen.open_inputs[:3]) == [0, 0, 0]


def test_a_program_that_never_trains_is_judged_by_its_evaluation() -> None:
    def run() -> None:
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1)).eval()
        with torch.no_grad():
            model[0].bias[:2] = -100
            for _ in range(8):
                model(torch.randn(5, 4))

    recording = watched(run)
    (site,) = recording.sites
    seen = site.statistics
    assert seen is site.evaluation
    assert seen is not None
    assert (recording.info.steps, int(seen.inputs[0])) == (0, 40)
    assert list(np.flatnonzero(seen.open_inputs == 0)) == [0, 1]


def test_the_step_of_the_first_non_finite_loss() -> None:
    values: list[float] = []

    def run() -> None:
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1))
        optimizer = torch.optim.SGD(model.parameters(), lr=1e18)
        for _ in range(8):
            loss = model(torch.randn(5, 4)).pow(4).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            values.append(loss.item())

    (loss,) = watched(run).losses
    first = next(step for step, value in enumerate(values, 1) if not np.isfinite(value))
    assert loss.first_nonfinite == first
