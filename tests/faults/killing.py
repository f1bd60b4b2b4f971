"""Kill a hundred watched trainings at random moments, and open what each left.

A program of its own: torch is imported once, and every training runs in a fork of it. It is
killed some time after a flush: which one, and how long after it, is drawn by chance.

    python killing.py FOLDER KILLS
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import TextIO

import torch
from torch import nn

import halfwave
from halfwave.diagnose import diagnose
from halfwave.observe import windows
from halfwave.recording import read
from halfwave.report import as_json

_STEPS = 25


def train(path: Path, told: int) -> None:
    """Train, watched; after every flush, tell what has been flushed."""
    windows._STORE_GAP = windows._STORE_SHARE = 0  # flush after every step
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    run = halfwave.watch(path=path, every=1)
    write = run._watcher._writer.write

    def flush(**content: object) -> None:
        write(**content)
        steps, sites = content["info"].steps, len(content.get("sites", ()))
        os.write(told, f"{steps} {sites}\n".encode())

    run._watcher._writer.write = flush
    with run:
        for _ in range(_STEPS):
            loss = net(torch.randn(16, 8)).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def start(path: Path) -> tuple[int, TextIO]:
    """Start a training in a fork; return its process and what it tells."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, os.fdopen(reading)
    os.close(reading)
    try:
        train(path, writing)
    finally:
        os._exit(0)


def main(folder: Path, kills: int) -> None:
    """Print one line of JSON: how many were killed when, and what was wrong."""
    train(folder / "warm.halfwave", os.open(os.devnull, os.O_WRONLY))  # imports what it needs
    began = time.perf_counter()
    child, lines = start(folder / "whole.halfwave")
    with lines:
        whole = len(lines.readlines())
    os.waitpid(child, 0)
    between = (time.perf_counter() - began) / whole
    dice = random.Random(0)  # noqa: S311 - no secret
    moments, wrong = [], []
    for number in range(kills):
        path = folder / f"{number}.halfwave"
        child, lines = start(path)
        with lines:
            told = [lines.readline() for _ in range(dice.randrange(whole))]
            time.sleep(dice.random() * between)
            os.kill(child, signal.SIGKILL)
            told = [line for line in (*told, *lines) if line]
        os.waitpid(child, 0)
        moments.append(len(told))
        if not path.exists():
            if told:
                wrong.append(f"{number}: no file, after {told[-1]}")
            continue
        try:
            recording = read(path)
            as_json(recording, diagnose(recording))
        except Exception as error:  # noqa: BLE001 - it is what the test is about
            # made, but not yet laid out: nothing had been flushed, and it says so
            if told:
                wrong.append(f"{number}: {error!r} after {told[-1]}")
            continue
        steps, sites = map(int, told[-1].split()) if told else (0, 0)
        if recording.info.steps < steps or len(recording.sites) < sites:
            wrong.append(f"{number}: {recording.info.steps} steps where {steps} were flushed")
        if any(site.training is None or len(site.samples) == 0 for site in recording.sites):
            wrong.append(f"{number}: half a site after {steps} steps")
    print(json.dumps({"whole": whole, "moments": moments, "wrong": wrong}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
