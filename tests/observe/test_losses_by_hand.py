"""Losses that a program writes by hand, as a watched run shows them."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from small_classifier import BITS, CLASSES, SHARES, X, net, operations, watched
from torch import nn

from halfwave.observe.around.by_hand import DIFFERENCE

ROWS = torch.arange(12)


@pytest.mark.parametrize(
    "loss",
    [
        lambda logp: -(SHARES * logp).sum(1).mean(),
        lambda logp: -logp[ROWS, CLASSES].mean(),
        lambda logp: (-logp[range(12), CLASSES]).sum() / 12,
        lambda logp: -logp.gather(1, CLASSES[:, None]).squeeze(1).mean(),
    ],
    ids=["product", "index", "sum", "gather"],
)
@pytest.mark.parametrize(("last", "ways"), [(None, [()]), (nn.Softmax(1), [("softmax",)])])
def test_cross_entropy_by_hand(loss, last, ways):
    model = net(last=last)
    recording = watched(lambda: loss(F.log_softmax(model(X), dim=-1)), model)
    (objective,) = recording.objectives
    assert (objective.function, operations(objective)) == ("cross_entropy", ways)
    assert objective.reached
    assert objective.training["mean"] == pytest.approx(recording.losses[0].samples["mean"])
    assert (objective.training["accuracy"] >= 0).all()


@pytest.mark.parametrize(
    "loss",
    [
        lambda logp: -(logp[ROWS, CLASSES] * X[:, 0]).mean(),  # a policy's gradient
        lambda logp: (logp.exp() * logp).sum(1).mean(),  # an entropy
        lambda logp: -(logp * 3).mean(),
    ],
)
def test_no_cross_entropy(loss):
    model = net()
    assert watched(lambda: loss(F.log_softmax(model(X), dim=1)), model).objectives == ()


MANY = (X[:, :3] > 0).float()


@pytest.mark.parametrize("targets", [MANY, 0.05 + 0.9 * MANY, SHARES, 5 * MANY])
@pytest.mark.parametrize(
    "loss",
    [
        lambda p, y: -(y * p.log() + (1 - y) * (1 - p).log()).mean(),
        lambda p, y: (-y * (p + 1e-7).log() - (1 - y) * torch.log(1 - p + 1e-7)).sum(1).mean(),
        lambda p, y: (
            -torch.mean((1 - y) * torch.log((1 - p).clamp(1e-7)) + p.clamp(1e-7).log() * y)
        ),
    ],
)
def test_each_output_judged_by_itself_by_hand(loss, targets):
    model = net(last=nn.Sigmoid())
    recording = watched(lambda: loss(model(X), targets), model)
    assert {o.function for o in recording.objectives} == {"binary_cross_entropy"}
    assert {("sigmoid",)} == {
        tuple(step for step in way if step == "sigmoid")
        for objective in recording.objectives
        for way in operations(objective)
    }


@pytest.mark.parametrize("none", [False, True], ids=["some true", "none true"])
def test_truth_values_for_targets_by_hand(none):
    model, targets = net(last=nn.Sigmoid()), (X[:, :3] > (9 if none else 0))
    recording = watched(
        lambda: -(targets * (p := model(X)).log() + ~targets * (1 - p).log()).mean(), model
    )
    assert {o.function for o in recording.objectives} == {"binary_cross_entropy"}


@pytest.mark.parametrize("function", ["categorical_cross_entropy", "binary_cross_entropy"])
def test_shares_of_one_tell_a_categorical_cross_entropy(function):
    model = net(last=nn.Softmax(1))
    targets = SHARES if function.startswith("cat") else MANY
    recording = watched(lambda: -(targets * model(X).log()).sum(1).mean(), model)
    assert [o.function for o in recording.objectives] == [function]


def test_a_signal_that_a_mean_is_taken_off_is_not_held():
    held = []

    class Centred(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = nn.Conv2d(2, 3, 1), nn.Linear(3, 1)
            self.mean = torch.zeros(3, 1, 1)

        def forward(self, x):
            x = self.first(x) - self.mean
            held.append(("signal", DIFFERENCE in x.grad_fn.metadata))
            return self.last(x.tanh().mean((2, 3)))

    model = Centred()

    def loss():
        difference = model(torch.randn(12, 2, 4, 4)) - BITS
        held.append(("target", DIFFERENCE in difference.grad_fn.metadata))
        return (difference**2).mean()

    recording = watched(loss, model, steps=2)
    assert held == [("signal", False), ("target", True)] * 2
    assert [objective.function for objective in recording.objectives] == ["mse_loss"]
