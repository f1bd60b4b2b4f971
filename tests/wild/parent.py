"""Trains in itself and in children of seven kinds; each prints its weights and surroundings."""

import hashlib
import multiprocessing
import os
import shlex
import subprocess
import sys

import torch
from torch import nn


def train(number):
    torch.manual_seed(number)
    net = nn.Sequential(nn.Linear(4, 8 + number), nn.ReLU(), nn.Linear(8 + number, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(12):
        optimizer.zero_grad()
        net(torch.randn(16, 4)).square().mean().backward()
        optimizer.step()
    digest = hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in net.parameters()))
    ours = {k: v for k, v in os.environ.items() if k in ("PYTHONPATH", "NUMBER") or "HALF" in k}
    custom = getattr(sys.modules.get("sitecustomize"), "WHOSE", None)
    line = f"{number} {digest.hexdigest()} {ours} {sys.path[1:]} {custom}\n"
    sys.stdout.write(line)  # in one write: children print too
    sys.stdout.flush()


def train_and_fail(number):
    train(number)
    raise ValueError(f"number {number}")


if __name__ == "__main__":
    if "NUMBER" in os.environ:
        train(int(os.environ["NUMBER"]))
    else:
        for number, (method, target) in enumerate((("fork", train), ("spawn", train_and_fail))):
            child = multiprocessing.get_context(method).Process(target=target, args=(number,))
            child.start()
            child.join()
        with_number = {**os.environ, "NUMBER": "2"}
        subprocess.run([sys.executable, __file__], env=with_number, check=True)
        subprocess.run(["/bin/true"], check=True)
        words = f"{shlex.quote(sys.executable)} {shlex.quote(__file__)}"
        with_path = f"PYTHONPATH=/nowhere:$PYTHONPATH NUMBER=3 {words}"
        subprocess.run(with_path, shell=True, check=True)  # noqa: S602 - as programs do
        os.system(f"NUMBER=4 {words}")  # noqa: S605 - as above
        spawned = {**os.environ, "NUMBER": "6"}
        os.waitpid(os.posix_spawn(sys.executable, [sys.executable, __file__], spawned), 0)
        if (forked := os.fork()) == 0:
            os.environ["NUMBER"] = "7"
            os.execl(sys.executable, sys.executable, __file__)  # noqa: S606 - as above
        os.waitpid(forked, 0)
        train(5)
