"""What a `Run` shows of itself: the page in a notebook, text elsewhere, pictures."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import matplotlib as mpl
import pytest
import torch
from torch import nn

import halfwave

mpl.use("Agg")


@pytest.fixture(scope="module")
def run():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    with halfwave.watch(every=1) as watched:
        for _ in range(12):
            optimizer.zero_grad()
            net(torch.randn(16, 4)).square().mean().backward()
            optimizer.step()
    return watched


@pytest.fixture
def notebook(monkeypatch):
    shown = []
    ipython, display = ModuleType("IPython"), ModuleType("IPython.display")
    ipython.get_ipython = lambda: SimpleNamespace(kernel=object())
    ipython.display = display
    display.display = lambda data, raw: shown.append(data)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    return shown


def test_a_terminal_gets_text(run, capsys):
    run.report()
    assert "halfwave" in capsys.readouterr().out


def test_a_notebook_gets_the_page(run, notebook, capsys):
    run.report()
    assert capsys.readouterr().out == ""
    (shown,) = notebook
    assert shown["text/html"].startswith("<iframe srcdoc=")
    assert 'sandbox="allow-scripts"' in shown["text/html"]
    assert shown["text/plain"] == run.verdict


def test_a_notebook_without_the_libraries_gets_text(run, notebook, capsys, monkeypatch):
    from halfwave.report.html import page

    page._templates.cache_clear()
    monkeypatch.setitem(sys.modules, "bokeh", None)
    run.report()
    page._templates.cache_clear()
    assert notebook == []
    assert "halfwave" in capsys.readouterr().out


def test_the_page_can_be_written(run):
    assert run.html().startswith("<!doctype html>")


@pytest.mark.parametrize(
    "name",
    [
        "gradient_flow", "signal_scale", "sparsity", "update_ratios", "loss", "learning_rate",
        "heat_map", "histogram", "activation_inputs", "closed_share",
    ],
)  # fmt: skip
def test_every_picture_of_a_run_is_a_method(run, name):
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    assert getattr(run.plot, name)(ax=axes) is axes
    assert name in repr(run.plot)
