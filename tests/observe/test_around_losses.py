"""Where outputs meet targets, as a watched run shows it."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from small_classifier import BITS, CLASSES, SHARES, X, net, operations, watched
from torch import nn

import halfwave


@pytest.mark.parametrize(
    ("loss", "target", "last", "function", "ways"),
    [
        (nn.CrossEntropyLoss(), CLASSES, None, "cross_entropy", [()]),
        (nn.CrossEntropyLoss(), CLASSES, nn.Softmax(1), "cross_entropy", [("softmax",)]),
        (nn.NLLLoss(), CLASSES, nn.LogSoftmax(1), "nll_loss", [("log_softmax",)]),
        (F.mse_loss, SHARES, nn.Tanh(), "mse_loss", [("tanh",)]),
        (lambda o, t: F.mse_loss(t, o), SHARES, nn.Tanh(), "mse_loss", [("tanh",)]),
        (nn.SmoothL1Loss(), SHARES, nn.ReLU(), "smooth_l1_loss", [("relu",)]),
        (lambda o, t: ((o - t) ** 2).mean(), SHARES, None, "mse_loss", [()]),
        (lambda o, t: ((t - o) * (t - o)).sum(), SHARES, nn.ReLU(), "mse_loss", []),
        (lambda o, t: (d := t - o).mul(d).sum(), SHARES, nn.ReLU(), "mse_loss", [("relu",)]),
        (lambda o, t: (o - t).pow(2).mean().sqrt(), SHARES, nn.ELU(), "mse_loss", [("elu",)]),
        (lambda o, t: (o - t).abs().mean(), SHARES, None, "l1_loss", [()]),
        (
            lambda o, t: -(t * torch.log(o)).sum(1).mean(),
            SHARES,
            nn.Softmax(1),
            "categorical_cross_entropy",
            [("softmax",)],
        ),
    ],
    ids=[
        "logits",
        "softmax",
        "log-softmax",
        "mse",
        "the other way round",
        "smooth",
        "squared",
        "two differences",
        "one difference twice",
        "root",
        "absolute",
        "likelihood",
    ],
)
def test_the_loss_and_the_way_to_it(loss, target, last, function, ways):
    model = net(last=last)
    recording = watched(lambda: loss(model(X), target), model)
    if not ways:  # two differences of their own: no square of one
        assert recording.objectives == ()
        return
    (objective,) = recording.objectives
    assert objective.function == function
    assert operations(objective) == ways
    assert objective.reached
    assert objective.differentiable
    assert objective.line > 0
    assert objective.training["count"].sum() == 3
    assert objective.evaluation["count"].sum() == 0
    assert objective.output is not None
    assert objective.output.shape == (12, 3)
    assert objective.output.calls == 3


def test_what_is_known_of_outputs_and_targets():
    model = net(last=nn.Softmax(1))
    recording = watched(lambda: F.mse_loss(model(X), SHARES), model)
    (objective,) = recording.objectives
    output, target = objective.output, objective.target
    assert output is not None
    assert target is not None
    assert output.row_sum_low == pytest.approx(1, abs=1e-5)
    assert 0 < output.low < output.high < 1
    assert (target.low, target.high, target.distinct, target.integral) == (0, 1, 2, True)
    assert objective.unit_mapped


def test_class_labels_and_accuracy():
    model = net()
    recording = watched(lambda: F.cross_entropy(model(X), CLASSES), model, steps=1)
    (objective,) = recording.objectives
    assert objective.target is not None
    assert (objective.target.shape, objective.target.dtype) == ((12,), "int64")
    assert objective.target.distinct == 3
    assert not objective.unit_mapped
    row = objective.training[0]
    assert row["examples"] == 12
    assert 0 <= row["accuracy"] <= 1


def test_accuracy_is_that_of_the_labels():
    scale = nn.Parameter(torch.ones(()))
    logits = torch.eye(3)[CLASSES] * 4
    logits[0] = torch.tensor([0.0, 0.0, 9.0])
    with halfwave.watch(every=1) as run:
        F.cross_entropy(logits * scale, CLASSES).backward()
        F.binary_cross_entropy_with_logits((BITS - 0.5) * scale, BITS).backward()
    by_name = {o.function: o.training["accuracy"][0] for o in run.recording.objectives}
    assert by_name["cross_entropy"] == pytest.approx(11 / 12)
    assert by_name["binary_cross_entropy_with_logits"] == 1.0


def test_labels_to_be_ignored_count_in_no_accuracy():
    scale = nn.Parameter(torch.ones(()))
    labels = torch.where(CLASSES == 0, -100, CLASSES)
    with halfwave.watch(every=1) as run:
        F.cross_entropy(torch.eye(3)[CLASSES] * scale, labels).backward()
    row = run.recording.objectives[0].training[0]
    assert (row["examples"], row["accuracy"]) == (8, 1.0)


def test_shapes_that_broadcast_are_kept_apart():
    model = net(1)
    with pytest.warns(UserWarning, match="size"):
        recording = watched(lambda: F.mse_loss(model(X), torch.zeros(12)), model, steps=1)
    (objective,) = recording.objectives
    assert objective.output is not None
    assert objective.target is not None
    assert objective.output.shape == (12, 1)
    assert objective.target.shape == (12,)


def test_evaluation_is_told_from_training():
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with halfwave.watch() as run:
        for _ in range(3):
            for _ in range(20):
                optimizer.zero_grad()
                F.cross_entropy(model(X), CLASSES).backward()
                optimizer.step()
            with torch.no_grad():
                F.cross_entropy(model(X), CLASSES)
    train, evaluate = run.recording.objectives
    assert train.training["count"].sum() >= 10
    assert train.evaluation["count"].sum() == 0
    assert evaluate.training["count"].sum() == 0
    # the first two evaluations are watched wherever they come
    assert evaluate.evaluation["first_step"][:2].tolist() == [21, 41]


def test_a_loss_that_nothing_was_learnt_from():
    model = net()
    recording = watched(
        lambda: F.cross_entropy(model(X), CLASSES) + 0 * F.mse_loss(model(X), SHARES).detach(),
        model,
    )
    by_name = {o.function: o for o in recording.objectives}
    assert by_name["cross_entropy"].reached
    assert not by_name["mse_loss"].reached
    assert by_name["mse_loss"].training["count"].sum() == 0


def test_outputs_that_need_no_gradient():
    model = net()
    with halfwave.watch(every=1) as run:
        F.mse_loss(model(X).detach(), SHARES)
    (objective,) = run.recording.objectives
    assert not objective.differentiable


def test_the_sum_over_a_batch_is_told_by_example():
    model = net()
    recording = watched(lambda: F.mse_loss(model(X), SHARES, reduction="sum"), model, steps=1)
    (objective,) = recording.objectives
    assert objective.parameters["reduction"] == "sum"
    assert objective.training["mean"][0] < 10


def test_gradients_that_were_never_cleared():
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    with halfwave.watch(every=1) as run:
        for _ in range(6):
            F.cross_entropy(model(X), CLASSES).backward()
            optimizer.step()
    (told,) = run.recording.optimizers
    assert (told.name, told.steps) == ("SGD", 6)
    assert told.stale == told.checked == 5
    assert told.settings["momentum"] == 0


@pytest.mark.parametrize("to_none", [True, False])
def test_gradients_that_are_cleared_and_added_up_on_purpose(to_none):
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    with halfwave.watch(every=1) as run:
        for _ in range(6):
            for _ in range(3):
                F.cross_entropy(model(X), CLASSES).backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=to_none)
    (told,) = run.recording.optimizers
    assert told.checked >= 4
    assert told.stale == 0


@pytest.mark.parametrize("to_none", [True, False])
def test_gradients_that_another_networks_loss_leaves_behind(to_none):
    """As in a GAN: the generator's loss reaches the discriminator, which clears before its own."""
    maker, judge = nn.Linear(2, 4), nn.Linear(4, 1)
    makes = torch.optim.SGD(maker.parameters(), lr=1e-3)
    judges = torch.optim.SGD(judge.parameters(), lr=1e-3)
    with halfwave.watch(every=1) as run:
        for _ in range(6):
            judges.zero_grad(set_to_none=to_none)
            judge(maker(torch.ones(3, 2)).detach()).mean().backward()
            judges.step()
            makes.zero_grad(set_to_none=to_none)
            judge(maker(torch.ones(3, 2))).mean().neg().backward()
            makes.step()
    assert [told.stale for told in run.recording.optimizers] == [0, 0]
    assert all(told.checked >= 4 for told in run.recording.optimizers)


def test_layers_that_compute_otherwise_in_training():
    model = nn.Sequential(
        nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.25), nn.Linear(8, 3)
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    with halfwave.watch(every=1) as run:
        for step in range(4):
            model.train(step < 3)
            optimizer.zero_grad()
            F.cross_entropy(model(X), CLASSES).backward()
            optimizer.step()
        model.train()
        with torch.no_grad():
            model(X)
        model.eval()
        with torch.no_grad():
            model(X)
    norm, drop = run.recording.switches
    for switch in (norm, drop):
        assert (switch.training_on, switch.training_off) == (3, 1)
        assert (switch.evaluation_on, switch.evaluation_off) == (1, 1)
        assert (switch.last_on_step, switch.last_off_step) == (3, 4)
    assert (norm.name, norm.kind, norm.fewest) == ("1", "batch_norm", 12)
    assert (drop.name, drop.kind, drop.rate) == ("3", "dropout", 0.25)


def test_two_losses_on_one_line_are_two():
    model = net()
    two = lambda: F.mse_loss(model(X), SHARES) + F.mse_loss(model(X) * 2, 5 * SHARES)  # noqa: E731
    recording = watched(two, model)
    highs = {o.target.high for o in recording.objectives if o.target is not None}
    assert highs == {1.0, 5.0}


def test_where_every_step_is_watched_a_loss_takes_turns():
    torch.manual_seed(0)
    model, steps = net(), 400
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    second = nn.Linear(4, 3)
    with halfwave.watch(every=1) as run:
        for step in range(steps):
            loss = F.cross_entropy(model(X), CLASSES)
            if step >= 250:  # one that comes late is looked at from the first turn on
                loss = loss + F.mse_loss(second(X), SHARES)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if step % 20 == 0:
                model.eval()
                with torch.no_grad():
                    F.cross_entropy(model(X), CLASSES)
                model.train()
    trained, evaluated, late = sorted(run.recording.objectives, key=lambda each: each.id)
    assert (trained.reached, evaluated.reached, late.function) == (True, False, "mse_loss")
    looked = int(trained.training["count"].sum())
    assert 32 < looked < steps / 2
    assert int(evaluated.evaluation["count"].sum()) == steps // 20
    assert 32 <= int(late.training["count"].sum()) < 140
    assert int(sum(loss.samples["count"].sum() for loss in run.recording.losses)) == steps
    turns = trained.training["first_step"]
    assert len(set((turns % 4).tolist())) == 4  # no rhythm


def test_a_head_that_is_replaced_makes_another_objective():
    """The outputs of one and the labels of the other do not go together."""
    torch.manual_seed(0)
    with halfwave.watch(every=1) as run:
        for classes in (3, 5, 9, 7, 8, 6):  # then candidates, as many as there happen to be
            model = nn.Linear(4, classes)
            optimizer = torch.optim.Adam(model.parameters())
            for _ in range(3):
                labels = torch.arange(12) % classes
                F.cross_entropy(model(torch.randn(12, 4)), labels).backward()
                optimizer.step()
    made = run.recording.objectives
    shapes = {one.output.shape: one.target and one.target.high for one in made if one.output}
    assert shapes == {(12, 3): 2, (12, 5): 4, (12, 9): 8}


@pytest.mark.parametrize("by_hand", [False, True])
def test_objectives_of_updates_written_by_hand_are_seen_to_the_end(by_hand):
    """Where a backward counts the steps, it comes after the window of its forward pass."""
    torch.manual_seed(0)
    weight = torch.randn(4, 1, requires_grad=True)
    x = torch.randn(64, 4)
    y = x.sum(dim=1, keepdim=True)
    with halfwave.watch(every=20) as run:
        for _ in range(400):
            output = torch.tanh(x @ weight)
            loss = ((output - y) ** 2).mean() if by_hand else F.mse_loss(output, y)
            loss.backward()
            with torch.no_grad():
                weight -= 0.1 * weight.grad
                weight.grad = None
    (objective,) = run.recording.objectives
    assert run.recording.info.steps == 400
    assert objective.function == "mse_loss"
    assert objective.training["last_step"].max() > 370
    losses = run.recording.losses[0].samples
    at = objective.training["first_step"][-1]
    of_the_step = (losses["first_step"] <= at) & (at <= losses["last_step"])
    assert objective.training["mean"][-1] == pytest.approx(losses["mean"][of_the_step][0], rel=0.01)
