"""The first producer of a value that is not finite."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from torch import nn

import halfwave

X = torch.randn(8, 4, generator=torch.Generator().manual_seed(0))


def broken(make_loss, *, bad_step=30, steps=40, **options):
    """Train; from `bad_step` on the loss is what `make_loss(model, True)` says."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    with halfwave.watch(**options) as run:
        for step in range(1, steps + 1):
            optimizer.zero_grad()
            make_loss(model, step >= bad_step).backward()
            optimizer.step()
    return run.recording.breakdown


def log_of_zero(model, bad):
    p = F.softmax(model(X), 1) * (0.0 if bad else 1.0)
    return -torch.log(p).mean()


def log_of_negative(model, bad):
    return torch.log(model(X).abs() + (-9.0 if bad else 1.0)).mean()


def zero_by_zero(model, bad):
    y = model(X)
    scale = (y * 0).sum(1) if bad else (y * y).sum(1) + 1
    return ((y * (0.0 if bad else 1.0)).sum(1) / scale).mean()


def overflow(model, bad):
    return torch.exp(model(X) + (1000.0 if bad else 0.0)).mean()


def square_root(model, bad):
    return torch.sqrt(model(X).abs() * (-1.0 if bad else 1.0) + (0.0 if bad else 1.0)).mean()


@pytest.mark.parametrize("watching", [{"every": 1}, {}], ids=["every step", "sampled"])
@pytest.mark.parametrize(
    ("make_loss", "operation", "cause"),
    [
        (log_of_zero, "log", "log of 0"),
        (log_of_negative, "log", "log of a negative number"),
        (zero_by_zero, "div", "0/0"),
        (overflow, "exp", "overflow in exp"),
        (square_root, "sqrt", "sqrt of a negative number"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_the_operation_its_line_and_the_reason(make_loss, operation, cause, watching):
    found = broken(make_loss, **watching)
    assert found is not None
    assert (found.step, found.phase, found.operation) == (30, "forward", operation)
    assert found.cause.startswith(cause)
    assert found.file == __file__
    assert make_loss.__code__.co_firstlineno < found.line < make_loss.__code__.co_firstlineno + 5
    assert operation in found.source or "/" in found.source


def square_root_of_zero(model, bad):
    return (model(X) * (0.0 if bad else 1.0)).pow(2).sum(1).sqrt().mean()


def power_of_zero(model, bad):
    return ((model(X) * (0.0 if bad else 1.0)) ** 2).sum(1).pow(0.4).mean()


def angle_of_one(model, bad):
    y = model(X)
    return torch.acos(torch.tanh(y) * (0.0 if bad else 1.0) + (1.0 if bad else 0.0)).mean()


@pytest.mark.parametrize("watching", [{}, {"every": 1}, {"every": 29}], ids=str)
@pytest.mark.parametrize(
    ("loss", "operation", "at"),
    [(square_root_of_zero, "sqrt", 0), (power_of_zero, "pow", 0), (angle_of_one, "acos", 1)],
)
def test_a_slope_that_is_infinite(loss, operation, at, watching):
    found = broken(loss, **watching)
    assert found is not None
    assert (found.step, found.phase, found.operation) == (30, "backward", operation)
    assert found.cause == f"{operation} has an infinite slope at {at}"
    assert not found.exact


def test_an_input_that_is_not_a_number():
    def loss(model, bad):
        return model(X * (torch.nan if bad else 1.0)).pow(2).mean()

    found = broken(loss)
    assert found is not None
    assert (found.step, found.phase) == (30, "input")
    assert "input is NaN" in found.cause


def test_an_update_that_went_too_far():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=1e4)
    with halfwave.watch() as run:
        for _ in range(60):
            optimizer.zero_grad()
            (model(X * 100) ** 2).mean().backward()
            optimizer.step()
    found = run.recording.breakdown
    assert found is not None
    assert found.phase in ("update", "forward")


def test_a_sound_run_has_none():
    assert broken(lambda model, bad: model(X).pow(2).mean()) is None


def test_a_view_makes_nothing():
    """What it shows was made by what stands before it: a sum that has no room, less itself."""

    def loss(model, bad):
        large = model(X) * (3e38 if bad else 1.0)
        total = large + large + large + large
        return (total - total.detach()).view(-1).pow(2).mean()

    found = broken(loss)
    assert found is not None
    assert (found.step, found.phase, found.operation) == (30, "forward", "sub")


def test_a_relu_only_shows_what_the_layer_before_it_made():
    def loss(model, bad):
        large = 1e30 if bad else 1.0
        return model[1](model[0](X) * large * large).mean()

    found = broken(loss)
    assert found is not None
    assert (found.step, found.phase, found.operation) == (30, "forward", "mul")
    assert found.cause == "overflow in mul"


def test_float16_is_named_where_it_overflows():
    def loss(model, bad):
        with torch.autocast("cpu", dtype=torch.float16):
            hidden = model[0](X * (6e4 / X.abs().max() if bad else 1.0))
            return model[2](hidden * (10.0 if bad else 1.0)).float().mean()

    found = broken(loss)
    assert found is not None
    assert (found.phase, found.cause) == ("forward", "overflow in mul")
    assert found.figures["dtype"] == "float16"


def test_data_that_has_no_room_in_float16():
    def loss(model, bad):
        with torch.autocast("cpu", dtype=torch.float16):
            return model(X * (1e5 if bad else 1.0)).float().mean()

    found = broken(loss)
    assert found is not None
    assert (found.phase, found.cause) == ("input", "the input is infinite in float16")


def test_parameters_in_half_precision_that_adam_divides_by_nothing():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)).half()
    optimizer = torch.optim.Adam(model.parameters())
    with halfwave.watch() as run:
        for _ in range(20):
            optimizer.zero_grad()
            model(X.half()).float().pow(2).mean().backward()
            optimizer.step()
    found = run.recording.breakdown
    assert found is not None
    assert (found.phase, found.figures["dtype"]) == ("update", "float16")
    told = next(one for one in run.findings if one.rule == "non-finite")
    assert "no model.half()" in told.advice
