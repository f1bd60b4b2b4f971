"""non-finite: where a NaN began, as exactly as the samples allow and no more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make

from halfwave.diagnose import diagnose


def found(**changes):
    return diagnose(make.recording(**changes), select=["non-finite"])


def nan_from(step, *, steps=200):
    values = make.falling(steps)
    values[step:] = np.nan
    return make.loss(values)


def bad_site(name, order, step, *, every=1, before=0.0):
    rows = make.site_samples(every=every)
    bad = rows["first_step"] >= step
    rows["nonfinite"][bad] = 7
    rows["input_nonfinite"][bad] = before
    return make.site(name, order=order, samples=rows)


def test_healthy_run_is_silent():
    assert found() == ()


def test_first_site_and_exact_step():
    sites = (make.site("act1"), bad_site("act2", 1, 57), bad_site("act3", 2, 57, before=7))
    (finding,) = found(sites=sites, losses=(nan_from(57),))
    assert finding.severity == "error"
    assert finding.sites == ("act2",)
    assert finding.where == "train.py:32"
    assert finding.evidence["step"] == 57
    assert finding.evidence["loss_step"] == 57
    assert "turns finite inputs into" in finding.title


def test_origin_before_the_site_is_said():
    (finding,) = found(sites=(bad_site("act1", 0, 57, before=3),), losses=(nan_from(57),))
    assert "made before this site" in finding.title


def test_interval_where_sampling_leaves_one():
    (finding,) = found(sites=(bad_site("act1", 0, 51, every=10),), losses=(nan_from(70),))
    assert (finding.evidence["after_step"], finding.evidence["by_step"]) == (50, 60)
    assert "step" not in finding.evidence
    assert "after step 50 and by step 60" in finding.title


def test_merged_row_says_an_interval():
    rows = make.site_samples(every=10)
    rows["last_step"] += 9
    rows["nonfinite"][5:] = 1
    (finding,) = found(sites=(make.site(samples=rows),), losses=(nan_from(70),))
    assert (finding.evidence["after_step"], finding.evidence["by_step"]) == (49, 59)


def test_loss_itself_when_the_sites_of_that_step_were_finite():
    sites = (make.site("act1"), bad_site("act2", 1, 58))
    (finding,) = found(sites=sites, losses=(nan_from(57),))
    assert finding.evidence["step"] == 57
    assert finding.where == "train.py:50"
    assert "after the last site" in finding.advice


def test_unknown_origin_is_not_guessed():
    sites = tuple(bad_site(f"act{i}", i, 57, every=50) for i in range(2))
    (finding,) = found(sites=sites, losses=(nan_from(57),))
    assert finding.evidence["step"] == 57
    assert (finding.evidence["after_step"], finding.evidence["by_step"]) == (50, 100)
    assert "unknown" in finding.advice


def test_gradient_before_the_loss():
    parameter = make.parameter(nonfinite=0)
    parameter.samples["nonfinite"][56:] = 4
    (finding,) = found(parameters=(parameter,), losses=(nan_from(57),))
    assert finding.sites == ("fc.weight",)
    assert finding.evidence["gradient_by_step"] == 56
    assert "backward pass came first" in finding.advice


@pytest.mark.parametrize(("bad", "count"), [(slice(0, 3), 0), (slice(100, None), 1)])
def test_scaler_that_skips_a_few_steps_is_no_fault(bad, count):
    parameter = make.parameter()
    parameter.samples["nonfinite"][bad] = 4
    assert len(found(parameters=(parameter,))) == count


def test_loss_that_recovers_is_a_warning():
    values = make.falling()
    values[40] = np.inf
    (finding,) = found(losses=(make.loss(values),))
    assert finding.severity == "warning"


def test_infinite_inputs_alone_are_masks():
    rows = make.site_samples(input_nonfinite=12)
    assert found(sites=(make.site("attn", role="attention", samples=rows),)) == ()


@pytest.mark.parametrize(("role", "severity"), [("attention", "info"), ("hidden", "warning")])
def test_masked_outputs_with_finite_losses(role, severity):
    (finding,) = found(sites=(replace(bad_site("act", 0, 0), role=role),))
    assert finding.severity == severity


def test_evaluation_only():
    bad = make.unit_statistics(nonfinite=np.full(16, 2.0))
    (finding,) = found(sites=(make.site(evaluation=bad),))
    assert "evaluation" in finding.title


def test_explains_the_loss():
    values = np.full(200, 2.0)
    values[150:] = np.nan
    values[:150] += np.arange(150) * 0.1
    record = make.recording(sites=(bad_site("act1", 0, 150),), losses=(make.loss(values),))
    findings = diagnose(record)
    assert [(f.rule, f.cause) for f in findings if f.rule != "exploding-gradients"] == [
        ("non-finite", ""),
        ("loss-not-decreasing", "non-finite"),
    ]
    assert findings[0].consequences[0].rule == "loss-not-decreasing"
