"""Where the mode stands among the program's own, and whose line its calls bear."""

import functools
import threading
import warnings

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from torch import nn
from torch.overrides import TorchFunctionMode

import halfwave
from halfwave.observe.mode import WatchMode
from halfwave.observe.private import mode_stack, scripted


class Theirs(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))


@pytest.fixture
def ours():
    mode = WatchMode({})
    mode.put_on()
    yield mode
    mode.take_off()
    assert not mode_stack()


def test_their_modes_leave_in_order(ours):
    with Theirs() as theirs:
        ours.take_off()
        ours.put_on()
        assert mode_stack() == [ours, theirs]
    assert mode_stack() == [ours]


def test_put_on_inside_a_device_context(ours):
    with torch.device("meta"):
        ours.take_off()
        ours.put_on()
        assert torch.zeros(1).is_meta
    assert not torch.zeros(1).is_meta
    assert mode_stack() == [ours]


def test_a_default_device_comes_and_goes(ours):
    torch.set_default_device("meta")
    ours.take_off()
    ours.put_on()
    try:
        assert torch.zeros(1).is_meta
    finally:
        torch.set_default_device(None)
    assert not torch.zeros(1).is_meta
    assert mode_stack() == [ours]


def test_other_threads_pass(ours):
    seen = []
    ours._handlers = {F.relu: lambda *_: seen.append("handled")}

    def work():
        ours.put_on()
        seen.append(F.relu(torch.tensor(-1.0)).item())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [0.0]


def test_a_warning_bears_the_line_of_the_program(ours):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(2):
            F.softmax(torch.zeros(2, 2))  # no dim: torch warns
        F.softmax(torch.zeros(2, 2))
    assert {warning.filename for warning in caught} == {__file__}
    assert len({warning.lineno for warning in caught}) == len(caught) == 2


def test_a_replaced_function_runs_once(ours, monkeypatch):
    old = F.relu
    monkeypatch.setattr(F, "relu", lambda x, inplace=False: old(x) + 1)
    assert nn.ReLU()(torch.tensor(2.0)).item() == 3.0


def test_a_replacement_that_is_of_no_module_ends_no_watching(monkeypatch):
    old = F.relu

    def own(x, inplace=False):
        return old(x) + 1

    own.__module__ = None  # as of one that `exec` has made
    monkeypatch.setattr(F, "relu", own)
    with halfwave.watch(every=1) as run:
        out = nn.Sequential(nn.Linear(3, 3), nn.ReLU())(torch.ones(2, 3))
        out.sum().backward()
    assert bool((out >= 1).all())
    assert run.recording.info.watching_ended is None


def test_an_exception_of_ours_switches_off_and_the_program_goes_on(capsys, monkeypatch):
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    optimizer = torch.optim.SGD(net.parameters(), 0.1)

    def step():
        loss = net(torch.ones(2, 3)).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    def broken(*_args, **_kwargs):
        raise RuntimeError("planted")

    with halfwave.watch(every=1) as run:
        step()
        monkeypatch.setattr("halfwave.observe.figures.SiteFigures.after", broken)
        step()
        step()
    error = capsys.readouterr().err
    assert error.count("planted") == 1
    assert error.startswith("halfwave: the watcher was switched off")
    assert run.recording.info.watching_ended is not None
    assert [site.activation for site in run.sites] == ["relu"]
    assert not mode_stack()


def test_everything_is_put_back():
    def held():
        return (
            torch.autograd.graph._engine_run_backward,
            torch.autograd._engine_run_backward,
            torch.Tensor.backward,
            torch.autograd.grad,
            torch.compile,
            torch.amp.GradScaler.scale,
            torch.optim.Optimizer.__init__,
            nn.MultiheadAttention.forward,
            nn.TransformerEncoderLayer.forward,
            nn.TransformerEncoder.forward,
        )

    before = held()
    weight = torch.ones(2, requires_grad=True)
    with halfwave.watch():
        assert held() != before
        for _ in range(3):
            torch.relu(weight * 2).sum().backward()
    assert held() == before


def test_a_model_of_ones_own_alone():
    def net():
        return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))

    mine, other = net(), net()
    with halfwave.watch(mine, every=1) as run:
        for _ in range(3):
            (mine(torch.ones(2, 3)) + other(torch.ones(2, 3))).sum().backward()
    assert [(site.path, site.units) for site in run.sites] == [("1", 4)]
    assert run.sites[0].calls == 3


def test_partial_and_method_spellings_reach_the_same_handler():
    leaky = functools.partial(F.leaky_relu, negative_slope=0.3)
    layer = nn.Linear(3, 4)
    with halfwave.watch(every=1) as run:
        leaky(layer(torch.ones(2, 3))).sum().backward()
    assert run.sites[0].parameters == {"negative_slope": 0.3}


def test_sites_that_are_not_kept_are_named(monkeypatch):
    monkeypatch.setattr("halfwave.observe.registry._MOST", 1)
    monkeypatch.setattr("halfwave.observe.private.scripted", list)  # other tests' work
    monkeypatch.setattr("halfwave.observe.unseen.started", int)
    layer = nn.Linear(3, 4)
    with halfwave.watch(every=1) as run:
        torch.tanh(torch.relu(layer(torch.ones(2, 3)))).sum().backward()
    assert [site.activation for site in run.sites] == ["relu"]
    assert [entry.what for entry in run.recording.unobserved] == ["sites beyond the first 1"]


def _of_the_program(x: torch.Tensor) -> torch.Tensor:
    return F.leaky_relu(x)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_scripted_code_is_named_if_it_is_the_programs_own():
    before = set(scripted())
    torch.jit.script(nn.LeakyReLU())
    torch.jit.script(halfwave.nn.LeakyReLU(0.2))
    assert set(scripted()) == before
    torch.jit.script(_of_the_program)
    assert set(scripted()) == {*before, "_of_the_program"}


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_what_is_traced_or_loaded_is_named(tmp_path):
    net, x = nn.Sequential(nn.Linear(3, 4), nn.ReLU()), torch.ones(2, 3)
    before = torch.jit.trace
    with halfwave.watch(every=1) as run:
        traced = torch.jit.trace(net, x)
        traced(x).sum().backward()
        torch.jit.trace(_of_the_program, x)
        traced.save(tmp_path / "net.pt")
        torch.jit.load(tmp_path / "net.pt")
    found = {entry.what: entry for entry in run.recording.unobserved}
    assert {
        "activations inside Sequential, from torch.jit.trace",
        "activations inside _of_the_program, from torch.jit.trace",
        "activations inside Sequential, from torch.jit.load",
    } <= set(found)
    entry = found["activations inside Sequential, from torch.jit.trace"]
    assert entry.where.startswith(__file__)
    assert entry.count == 1
    assert torch.jit.trace is before


def test_activations_of_complex_numbers_are_named():
    z = torch.ones(2, 3, dtype=torch.complex64, requires_grad=True)
    with halfwave.watch(every=1) as run:
        torch.tanh(z).abs().sum().backward()
        torch.view_as_real(z).relu().sum().backward()
    (entry,) = (e for e in run.recording.unobserved if "complex" in e.what)
    assert entry.what == "torch.tanh of complex numbers"
    assert [site.activation for site in run.sites] == ["relu"]


@pytest.mark.parametrize(
    "name", ["backward", "register_hook", "split", "relu", "tanh", "norm", "__format__"]
)
def test_a_method_that_the_program_has_replaced_runs_once(name, monkeypatch):
    """Torch tells a mode by name what was called: the replacement, from inside itself."""
    original = getattr(torch.Tensor, name)
    calls = []

    def replaced(self, *args, **kwargs):
        calls.append(name)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(torch.Tensor, name, replaced)
    model = nn.Linear(4, 4)
    with halfwave.watch(every=1):
        hidden = model(torch.ones(2, 4))
        hidden.register_hook(lambda gradient: None)
        left, right = hidden.split(2, dim=1)
        loss = (left.relu() + right.tanh()).norm() ** 2
        format(loss, ".3f")
        seen = len(calls)
        loss.backward()
    assert (len(calls) if name == "backward" else seen) == 1
