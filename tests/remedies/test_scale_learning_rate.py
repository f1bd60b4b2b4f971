"""Learning rates times a factor, whatever the program does with them."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from swapping import look  # noqa: E402

from halfwave.remedies import make  # noqa: E402


def _by_hand(optimizer, step: int) -> None:
    for group in optimizer.param_groups:
        group["lr"] = 0.1 / step


def _decay(optimizer, step: int) -> None:
    for group in optimizer.param_groups:
        group["lr"] *= 0.5


def _one_cycle(optimizer):
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 0.3, total_steps=9, cycle_momentum=False
    )
    return lambda _: scheduler.step()


_SCHEDULES = {
    "constant": lambda optimizer: lambda _: None,
    "one cycle": _one_cycle,
    "by hand": lambda optimizer: lambda step: _by_hand(optimizer, step),
    "relative": lambda optimizer: lambda step: _decay(optimizer, step),
}


def _program(schedule: str, factor: float = 1.0):
    """Plain gradient descent shows the rate it steps with; `factor` is written in by hand."""
    used, own = [], []
    weight = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = torch.optim.SGD([{"params": [weight], "lr": 0.1}], lr=0.7)
    advance = _SCHEDULES[schedule](optimizer)
    for step in range(1, 6):
        before = weight.item()
        weight.grad = torch.ones_like(weight)
        optimizer.step()
        own.append(optimizer.param_groups[0]["lr"])
        used.append((before - weight.item()) * factor)
        advance(step)
    return used, own


@pytest.mark.parametrize("schedule", _SCHEDULES)
def test_steps_with_the_factor_and_the_program_sees_its_own(schedule) -> None:
    used, own = _program(schedule)
    remedy = make("scale_learning_rate", {"factor": 3.0})
    scaled = look(lambda: _program(schedule), remedy)
    assert scaled.result[0] == pytest.approx([3 * rate for rate in used])
    assert scaled.result[1] == own
    assert remedy.told() == {"factor": 3.0, "steps": 5}
    recorded = scaled.recording.rates[0].samples["last"]
    assert recorded[-1] == pytest.approx(3 * used[-1])  # the recording has what was stepped with


def test_a_step_that_fails_leaves_the_rate() -> None:
    def program():
        weight = torch.nn.Parameter(torch.zeros(1))
        optimizer = torch.optim.SGD([weight], lr=0.1)

        def closure():
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            optimizer.step(closure)
        weight.grad = torch.ones(1)
        optimizer.step()
        return weight.item(), optimizer.param_groups[0]["lr"]

    result = look(program, make("scale_learning_rate", {"factor": 2.0})).result
    assert result == pytest.approx((-0.2, 0.1))


@pytest.mark.parametrize("factor", [0.0, -1.0, float("nan")])
def test_refuses_what_is_no_factor(factor) -> None:
    with pytest.raises(ValueError, match="above 0"):
        make("scale_learning_rate", {"factor": factor})
