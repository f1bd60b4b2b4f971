"""exploding-gradients: over depth, over time, and in the weights."""

from __future__ import annotations

import numpy as np
import pytest
import recording_builders as make

from halfwave.diagnose import diagnose


def found(**changes):
    return diagnose(make.recording(**changes), select=["exploding-gradients"])


def test_healthy_run_is_silent():
    assert found() == ()


@pytest.mark.parametrize(
    ("rate", "depth", "severity"),
    [(1.0, 20, None), (2.0, 8, None), (3.0, 9, "warning"), (3.0, 20, "error")],
)
def test_over_depth(rate, depth, severity):
    parameters = tuple(
        make.parameter(f"fc{i}.weight", order=i, grad_norm=rate ** (depth - 1 - i))
        for i in range(depth)
    )
    assert [f.severity for f in found(parameters=parameters)] == ([severity] if severity else [])


def test_first_layer_with_large_inputs_is_not_depth():
    norms = [1e6, 1, 1, 1, 1, 1]
    parameters = tuple(make.parameter(f"fc{i}.weight", grad_norm=g) for i, g in enumerate(norms))
    assert found(parameters=parameters) == ()


def jumping(at=120, factor=1e4):
    norms = np.full(200, 0.1)
    norms[at:] *= factor
    return tuple(make.parameter(f"fc{i}.weight", order=i, grad_norm=norms) for i in range(4))


def test_over_time_with_the_loss_worse():
    values = make.falling()
    values[120:] = 50
    (finding,) = found(parameters=jumping(), losses=(make.loss(values),))
    assert finding.severity == "error"
    assert finding.evidence["step"] == 120
    assert finding.evidence["growth"] == pytest.approx(1e4, rel=1e-3)
    assert "from 0.1 to 0.01" in finding.advice


def test_a_jump_that_the_loss_does_not_feel_is_no_finding():
    assert found(parameters=jumping()) == ()


def test_growth_from_the_first_step_on():
    growth = 1e3 ** np.arange(6.0)
    values = np.append(growth[:5], np.nan)
    parameters = tuple(make.parameter(f"fc{i}.weight", steps=6, grad_norm=growth) for i in range(2))
    (finding,) = found(parameters=parameters, losses=(make.loss(values),))
    assert finding.severity == "error"
    assert finding.evidence["step"] == 1


def test_explains_the_nan_it_ends_in():
    values = make.falling()
    values[120:140] = 50
    values[140:] = np.nan
    findings = diagnose(make.recording(parameters=jumping(), losses=(make.loss(values),)))
    assert [(f.rule, f.cause) for f in findings][:2] == [
        ("exploding-gradients", ""),
        ("non-finite", "exploding-gradients"),
    ]


@pytest.mark.parametrize(("ratio", "count"), [(1e-3, 0), (0.3, 0), (2.5, 1)])
def test_steps_as_large_as_the_weights(ratio, count):
    parameters = tuple(make.parameter(f"fc{i}.weight", update_ratio=ratio) for i in range(3))
    findings = found(parameters=parameters)
    assert len(findings) == count
    if count:
        assert findings[0].evidence["update_ratio"] == pytest.approx(ratio)


def test_first_steps_from_zero_weights_are_no_fault():
    ratios = np.full(200, 1e-3)
    ratios[:5] = 1e6
    assert found(parameters=(make.parameter(update_ratio=ratios),)) == ()


def test_gradients_not_measured():
    parameters = (make.parameter(grad_norm=np.nan, update_ratio=np.nan),)
    assert found(parameters=parameters) == ()


def test_a_first_batch_without_anything_to_learn_is_no_explosion():
    norms = np.full(200, 0.1)
    norms[0] = 1e-4
    parameters = tuple(make.parameter(f"fc{i}.weight", order=i, grad_norm=norms) for i in range(4))
    values = np.append(1e-5, np.full(199, 0.05))
    assert found(parameters=parameters, losses=(make.loss(values),)) == ()


def test_a_loss_below_0_that_comes_back_to_0_is_none_the_worse_for_it():
    values = np.full(200, -0.02)
    values[120:] = -1e-5
    assert found(parameters=jumping(), losses=(make.loss(values),)) == ()
    values[120:] = 0.5
    assert len(found(parameters=jumping(), losses=(make.loss(values),))) == 1


def test_factors_are_written_as_numbers():
    values = make.falling()
    values[120:] = 50
    (finding,) = found(parameters=jumping(factor=832.0), losses=(make.loss(values),))
    assert "gradients grew 830 times" in finding.title
