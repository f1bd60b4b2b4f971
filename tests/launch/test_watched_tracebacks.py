"""Errors out of watched calls: the watcher stands between the script and torch, and is not seen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# every branch fails in the first steps, which are all watched
_SCRIPT = """
import logging, sys, threading, traceback
import torch
import torch.nn.functional as F
from torch import nn

net = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(5, 4))

class Broken(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        return x * 1

    @staticmethod
    def backward(context, gradient):
        raise ValueError("in backward")

def shapes():
    net(torch.randn(3, 4))

def no_tensor():
    F.relu("no tensor")

def backward():
    Broken.apply(net[1](net[0](torch.randn(3, 4)))).sum().backward()

def softmax():
    F.softmax(torch.randn(3), dim=7)

def caused():
    try:
        shapes()
    except RuntimeError as error:
        raise KeyError("outer") from error

failures = [shapes, no_tensor, backward, softmax, caused]
for fail in failures:
    try:
        fail()
    except Exception:
        traceback.print_exc()
    try:
        fail()
    except Exception:
        logging.exception("logged")
    thread = threading.Thread(target=fail, name="worker")
    thread.start()
    thread.join()
    try:
        fail()
    except Exception as error:
        print(error.__traceback__.tb_lineno)
traceback.print_exc()
failures[int(sys.argv[1])]()
"""


@pytest.mark.parametrize("which", [1, 4])
def test_tracebacks_are_those_of_plain_python(tmp_path: Path, which: int) -> None:
    (tmp_path / "train.py").write_text(_SCRIPT)
    halfwave = str(Path(sys.executable).with_name("halfwave"))
    plain, watched = (
        subprocess.run(
            [*command, "train.py", str(which)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        for command in ([sys.executable], [halfwave, "check", "--quiet"])
    )
    assert watched.stderr == plain.stderr
    assert watched.stdout == plain.stdout
    assert watched.returncode == plain.returncode == 1
    assert plain.stderr.count("Traceback (most recent call last)") >= 16
