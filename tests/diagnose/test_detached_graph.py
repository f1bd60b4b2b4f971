"""detached-graph: no gradient at all, which is not a gradient of zero."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make

from halfwave.diagnose import diagnose

NAN = float("nan")
FLAT = (make.loss([2.3] * 200),)


def found(*parameters, **changes):
    record = make.recording(parameters=parameters or make.recording().parameters, **changes)
    return diagnose(record, select=["detached-graph"])


def cut(name="fc1.weight", order=0, **changes):
    return make.parameter(name, order=order, grad_norm=NAN, update_ratio=NAN, **changes)


def whole(name="fc2.weight", order=1):
    return make.parameter(name, order=order)


def test_healthy_run_is_silent():
    assert found() == ()


@pytest.mark.parametrize(("losses", "severity"), [(FLAT, "error"), (None, "warning")])
def test_a_part_without_gradient(losses, severity):
    (finding,) = found(cut(), whole(), **({} if losses is None else {"losses": losses}))
    assert finding.severity == severity
    assert finding.sites == ("fc1.weight",)
    assert "between fc1.weight and the loss" in finding.advice


def test_all_without_gradient():
    nothing_back = (make.site(samples=make.site_samples(grad_rms=0.0)),)
    (finding,) = found(cut(), cut("fc2.weight", 1), sites=nothing_back)
    assert finding.severity == "error"
    assert finding.title.startswith("no weight ever gets a gradient")


def test_gradients_that_were_there_and_are_cleared():
    assert found(cut(), cut("fc2.weight", 1)) == ()  # loss-independent-of-parameters
    behind = (make.site(producer="fc1"),)
    (finding,) = found(cut(), whole(), sites=behind, losses=FLAT)
    assert "the graph is cut" not in finding.title
    assert finding.advice.startswith("Call zero_grad() before backward()")
    (finding,) = found(cut(), whole(), sites=(make.site(producer="fc2"),), losses=FLAT)
    assert "the graph is cut" in finding.title


@pytest.mark.parametrize(
    "changes",
    [
        {"used": False},  # a head that is not called
        {"optimizer": None},  # a target network, a teacher
        {"trainable": False},  # frozen: another rule's
        {"shape": (16,)},
    ],
)
def test_passed_over(changes):
    assert found(replace(cut(), **changes), whole(), losses=FLAT) == ()


def test_a_gradient_that_is_nan_is_there():
    assert found(cut(nonfinite=16.0), whole(), losses=FLAT) == ()


def test_a_gradient_that_comes_now_and_then_is_there():
    norms = np.full(200, NAN)
    norms[::5] = 0.1
    assert found(make.parameter(grad_norm=norms), whole(), losses=FLAT) == ()


@pytest.mark.parametrize(("steps", "count"), [(2, 0), (3, 1)])
def test_needs_some_steps(steps, count):
    assert len(found(cut(steps=steps), whole(), losses=FLAT)) == count


def test_the_error_of_torch_is_read():
    error = "RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn"
    info = replace(make.recording().info, state="failed", error=error, steps=0)
    (finding,) = found(info=info)
    assert finding.severity == "error"
    assert finding.where == "train.py:50"
    assert "torch.no_grad()" in finding.advice


def test_steps_without_backward():
    info = replace(make.recording().info, backwards=0)
    (finding,) = found(info=info, losses=())
    assert finding.severity == "error"
    assert finding.title == "backward was never run: 200 optimizer steps without a gradient"


def test_explains_the_flat_loss():
    record = make.recording(parameters=(cut(), whole()), losses=FLAT)
    causes = {f.rule: f.cause for f in diagnose(record)}
    assert causes["loss-not-decreasing"] == "detached-graph"
