"""An activation swapped as a program runs: at the sites that are meant, and nowhere else."""

from __future__ import annotations

import copy

import pytest

torch = pytest.importorskip("torch")

from programs_to_swap import PROGRAMS  # noqa: E402
from swapping import applied, look, swap  # noqa: E402
from torch import nn  # noqa: E402

import halfwave  # noqa: E402
from halfwave.activations import gain  # noqa: E402
from halfwave.remedies.host import Host  # noqa: E402
from halfwave.remedies.models import Models  # noqa: E402
from halfwave.remedies.swap_activation import SwapActivation  # noqa: E402


def _bits(module: nn.Module) -> bytes:
    return b"".join(p.detach().numpy().tobytes() for p in module.parameters())


def _is_swapped(site) -> bool:
    return site.role == "hidden" and site.activation != "glu"


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_hidden_site_and_no_other(name) -> None:
    program, old, kept = PROGRAMS[name]
    before, after = swap(program, "silu", _is_swapped)
    changed = [site for site in before.recording.sites if _is_swapped(site)]
    assert {site.activation for site in changed} == old
    expected = sorted(
        (s.path, "silu" if _is_swapped(s) else s.activation, s.line) for s in before.recording.sites
    )
    assert sorted(applied(after)) == expected
    assert after.told["sites"] == len(changed)
    assert not after.told["left"]
    assert sorted(a for _, a, _ in applied(after) if a != "silu") == sorted(kept)


@pytest.mark.parametrize("name", PROGRAMS)
def test_nothing_swapped_is_bit_for_bit_the_program(name) -> None:
    program, _, _ = PROGRAMS[name]
    plain = _bits(program())
    assert _bits(look(program).result) == plain
    _, after = swap(program, "silu", _is_swapped)
    assert _bits(after.result) != plain


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_computes_what_the_rewritten_program_would(name) -> None:
    """Swapping one spelling of ReLU for another is the same program."""
    program, old, _ = PROGRAMS[name]
    if old != {"relu"}:
        pytest.skip("not all ReLU")
    _, after = swap(program, "threshold", _is_swapped, threshold=0.0, value=0.0)
    assert "threshold" in {a for _, a, _ in applied(after)}
    for one, other in zip(after.result.parameters(), program().parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-7)


def test_only_the_sites_that_are_named() -> None:
    program, _, _ = PROGRAMS["sequential"]
    _, after = swap(program, "tanh", lambda site: site.path == "3")
    assert [a for _, a, _ in applied(after)] == ["relu", "tanh"]


def test_parameters_are_the_activations() -> None:
    program, _, _ = PROGRAMS["sequential"]
    _, after = swap(program, "leaky_relu", negative_slope=0.25)
    assert [s.parameters for s in after.recording.sites] == [{"negative_slope": 0.25}] * 2


def test_gated_for_gated() -> None:
    program, _, _ = PROGRAMS["mixed"]
    _, after = swap(program, "swiglu", lambda site: site.activation == "glu")
    assert sorted(a for _, a, _ in applied(after)) == ["gelu", "swiglu"]


class _Shared(nn.Module):
    def __init__(self, *, as_module: bool) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Linear(4, 8), nn.Linear(8, 8), nn.Linear(8, 1)
        self.act = nn.ReLU() if as_module else torch.relu

    def forward(self, x):
        return self.c(self.act(self.b(self.act(self.a(x)))))


def _learn(as_module: bool, as_list: bool, late: bool = False):
    torch.manual_seed(0)
    net, x = _Shared(as_module=as_module), torch.randn(16, 4)
    if late:
        net(x)
    parameters = list(net.parameters()) if as_list else net.parameters()
    optimizer = torch.optim.Adam(parameters, lr=0.05)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)
    net.load_state_dict({k: v for k, v in net.state_dict().items() if "prelu" not in k})
    for _ in range(4):
        optimizer.zero_grad()
        net(x).square().mean().backward()
        optimizer.step()
        scheduler.step()
    return net, optimizer


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("as_list", [False, True])
@pytest.mark.parametrize("as_module", [False, True])
def test_new_parameters_reach_the_optimizer_and_learn(as_module, as_list, late) -> None:
    _, after = swap(lambda: _learn(as_module, as_list, late), "prelu")
    net, optimizer = after.result
    learnt = [p for name, p in net.named_parameters() if "prelu" in name]
    assert len(learnt) == (1 if as_module else 2)  # a module used twice has one weight
    assert all(float(p.detach()) != 0.25 for p in learnt)
    (group,) = optimizer.param_groups  # no group of its own: schedulers go on as they were
    assert sum(any(p is q for q in group["params"]) for p in learnt) == len(learnt)
    assert len(group["params"]) == len({id(p) for p in group["params"]})
    assert after.told["untrained"] == 0
    assert [a for _, a, _ in applied(after)] == ["prelu"] * 2


def test_no_optimizer_is_told() -> None:
    program, _, _ = PROGRAMS["raw tensors"]
    _, after = swap(program, "prelu")
    assert (after.told["trained"], after.told["untrained"]) == (0, 1)


@pytest.mark.parametrize("alive", [False, True])
def test_a_model_built_anew_goes_with_the_others_of_its_line(alive) -> None:
    def folds():
        models = []
        for _ in range(2):
            models.append(PROGRAMS["functional"][0]())
            models = models if alive else []

    first = look(PROGRAMS["functional"][0])
    chosen = [t.to_json() for s, t in first.targets if s.role == "hidden"]
    others = [t.to_json() for s, t in first.targets if s.role != "hidden"]
    after = look(folds, SwapActivation("silu", {}, chosen, others=others))
    assert sorted(a for _, a, _ in applied(after)) == sorted(["silu", "silu", "tanh"] * (1 + alive))


def _trained_then_judged(judged: bool):
    """Train, then evaluate the model and a copy of it; each call is on a line of its own."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 1))
    critic = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
    for _ in range(2):
        net(torch.randn(16, 3)).square().mean().backward()
        critic(torch.randn(16, 3)).square().mean().backward()
    if not judged:
        return
    average = copy.deepcopy(net)
    with torch.no_grad():
        net(torch.randn(16, 3))
        average(torch.randn(16, 3))
        critic(torch.randn(16, 3))


def test_a_line_not_met_before_goes_with_its_model() -> None:
    first = look(lambda: _trained_then_judged(False))
    swapped = [t.to_json() for s, t in first.targets if not s.path.startswith("Sequential#2")]
    kept = [t.to_json() for s, t in first.targets if s.path.startswith("Sequential#2")]
    assert (len(swapped), len(kept)) == (2, 1)
    after = look(
        lambda: _trained_then_judged(True), SwapActivation("tanh", {}, swapped, others=kept)
    )
    found = [(path.partition(".")[0], activation) for path, activation, _ in applied(after)]
    assert sorted(found) == sorted(
        [("Sequential", "tanh")] * 4  # the model
        + [("Sequential#2", "relu")] * 2  # the critic
        + [("Sequential#3", "tanh")] * 2  # the copy
    )


def test_a_custom_function_is_left() -> None:
    class Mine(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = torch.relu(x)
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx, g):
            (y,) = ctx.saved_tensors
            return g * (y > 0)

    def program():
        layer = nn.Linear(4, 4)
        for _ in range(2):
            Mine.apply(layer(torch.randn(8, 4))).sum().backward()
        return layer

    before, after = swap(program, "gelu", lambda _: True)
    assert [a for _, a, _ in applied(after)] == [a for _, a, _ in applied(before)]
    assert "autograd.Function" in after.told["left"][0]["why"]


def test_initialises_for_the_new_activation() -> None:
    seen = {}

    def program():
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(400, 300), nn.ReLU(), nn.Linear(300, 1))
        state = torch.get_rng_state()
        torch.optim.SGD(net.parameters(), lr=0.1)
        seen.update(net=net, drew=not torch.equal(torch.get_rng_state(), state))
        net(torch.randn(2, 400)).sum().backward()

    targets = [t.to_json() for _, t in look(program).targets]
    remedy = SwapActivation("tanh", {}, targets, initialise=True, seed=3)
    host = Host()
    remedy.apply(host)
    host.take()
    try:
        program()
    finally:
        host.release()
    assert remedy.told()["initialised"] == 1  # nothing feeds an activation from the last layer
    weight = seen["net"][0].weight
    assert (
        abs(float(weight.detach().std()) * 20 / 1.5925 - 1) < 0.02
    )  # the gain of tanh over √fan_in
    assert not seen["drew"]  # the program's own random numbers stay as they are


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Linear(64, 500),
        lambda: nn.Conv2d(64, 32, 3, groups=4),
        lambda: nn.ConvTranspose2d(64, 8, 4, stride=2),
    ],
    ids=["linear", "grouped", "transposed"],
)
def test_initialises_as_the_function_for_it_does(make) -> None:
    layer = make()
    Models([])._fill(layer, gain("relu"), seed=0)
    net = nn.Sequential(make(), nn.ReLU())
    (done, *_) = halfwave.nn.init_(net)
    assert float(layer.weight.detach().std()) == pytest.approx(done.std, rel=0.03)


def test_everything_is_put_back() -> None:
    held = (torch.optim.Optimizer.__init__, torch.autograd._engine_run_backward)
    swap(PROGRAMS["sequential"][0], "silu")
    assert (torch.optim.Optimizer.__init__, torch.autograd._engine_run_backward) == held
    assert not torch.overrides._get_current_function_mode_stack()
