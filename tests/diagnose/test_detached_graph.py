"""detached-graph: no gradient at all, which is not a gradient of zero."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make
import structure_builders as build

from halfwave.diagnose import diagnose
from halfwave.recording import Link

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


def test_a_branch_that_leads_nowhere_is_information():
    layers = (
        build.layer(0),
        build.layer(1),
        build.layer(2, links=(Link(1, ("relu",)),), reached=False),
        build.layer(3, links=(Link(1, ("relu",)),)),
    )
    weights = [whole(f"fc{i}.weight", i) for i in (0, 1, 3)]
    (finding,) = found(cut("fc2.weight", 2), *weights, losses=FLAT, layers=layers)
    assert finding.severity == "warning"  # one of four
    (finding,) = found(
        cut("fc2.weight", 2), *weights, whole("fc4.weight", 4), losses=FLAT, layers=layers
    )
    assert finding.severity == "info"
    assert "no loss uses what the layer puts out" in finding.title
    assert finding.where == "train.py:22"


@pytest.mark.parametrize(
    "layers",
    [
        # what it puts out is taken up, by a detour
        (build.layer(0), build.layer(1, reached=False), build.layer(2)),
        # the network's first layer, run under no_grad
        (build.layer(0, links=(Link(None),), reached=False), build.layer(1)),
        # behind something that gets no gradient either
        (build.layer(0, reached=False), build.layer(1, reached=False), build.layer(2)),
    ],
)
def test_what_is_cut_is_told_as_cut(layers):
    parameters = [(whole if layer.reached else cut)(layer.weight, layer.order) for layer in layers]
    (finding,) = found(*parameters, losses=FLAT, layers=layers)
    assert finding.title.endswith("the graph is cut")


def test_both_at_once():
    layers = (
        build.layer(0),
        build.layer(1, links=(Link(0, ("relu",)),), reached=False),
        build.layer(2, links=(Link(None),), reached=False),
        build.layer(3, links=(Link(0, ("relu",)), Link(2, ("relu", "add")))),
    )
    parameters = [(whole if layer.reached else cut)(layer.weight, layer.order) for layer in layers]
    unused, severed = found(*parameters, losses=FLAT, layers=layers)
    assert {unused.sites, severed.sites} == {("fc1.weight",), ("fc2.weight",)}
