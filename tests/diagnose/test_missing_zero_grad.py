"""missing-zero-grad: by the share of steps that found old gradients."""

from __future__ import annotations

import pytest
import recording_builders as make

from halfwave.diagnose import diagnose


def found(*optimizers, **changes):
    record = make.recording(optimizers=optimizers, **changes)
    return diagnose(record, select=["missing-zero-grad"])


@pytest.mark.parametrize(
    ("checked", "stale", "severity"),
    [
        (20, 0, None),
        (20, 1, None),  # once, as a loop begins
        (20, 2, "warning"),
        (20, 9, "warning"),
        (20, 10, "error"),
        (20, 20, "error"),
        (3, 3, "error"),
        (2, 2, None),  # too few to say
        (0, 0, None),
    ],
)
def test_share_of_steps(checked, stale, severity):
    findings = found(make.optimizer(checked=checked, stale=stale))
    assert [f.severity for f in findings] == ([severity] if severity else [])


def test_names_the_optimizer_and_the_line_of_backward():
    (finding,) = found(make.optimizer(), make.optimizer("Adam#2", stale=19))
    assert "Adam#2" in finding.title
    assert finding.where == "train.py:50"
    assert "zero_grad() in every step, before loss.backward() at train.py:50" in finding.advice
    assert finding.evidence["stale_steps"] == 19


def test_explains_steps_that_grow():
    weights = tuple(make.parameter(f"fc{i}.weight", update_ratio=0.5) for i in range(3))
    record = make.recording(
        optimizers=(make.optimizer(stale=20),),
        parameters=weights,
        losses=(make.loss([2.3] * 200),),
    )
    causes = {f.rule: f.cause for f in diagnose(record)}
    assert causes["missing-zero-grad"] == ""
    assert causes["learning-rate-too-high"] == "missing-zero-grad"
    assert causes["loss-not-decreasing"] == "learning-rate-too-high"
