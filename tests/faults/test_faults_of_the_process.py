"""A run is killed, forks in the middle of a step, or has another beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from halfwave.recording import read

HERE = Path(__file__).parent

_FORKS = """
import hashlib, os, sys
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(4, 16), nn.Linear(16, 1)
        self.calls = 0

    def forward(self, x):
        hidden = torch.relu(self.first(x))
        self.calls += 1
        if self.calls == 5:
            self.child = os.fork()
        return self.last(hidden)

torch.manual_seed(0)
torch.set_num_threads(1)
net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(12):
    optimizer.zero_grad()
    net(torch.randn(8, 4)).square().mean().backward()
    optimizer.step()
weights = b"".join(p.detach().numpy().tobytes() for p in net.parameters())
name = "parent" if net.child else "child"
if net.child:
    assert os.waitpid(net.child, 0)[1] == 0
print(name, hashlib.sha256(weights).hexdigest(), flush=True)
"""


def _command(*words):
    return [sys.executable, "-m", "halfwave", "check", *words]


def _environment():
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}


def test_a_hundred_kills_at_any_moment_lose_nothing_that_was_flushed(tmp_path):
    done = subprocess.run(
        [sys.executable, HERE / "killing.py", tmp_path, "100"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=_environment(),
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["wrong"] == []
    assert len(result["moments"]) == 100
    # they were killed early, late and in between
    assert len(set(result["moments"])) > result["whole"] / 2
    assert sum(moment < result["whole"] for moment in result["moments"]) > 30


def test_a_fork_in_the_middle_of_a_step(tmp_path):
    (tmp_path / "forks.py").write_text(_FORKS)
    here = {"cwd": tmp_path, "capture_output": True, "text": True, "timeout": 300}
    plain = subprocess.run([sys.executable, "forks.py"], **here, check=True, env=_environment())
    command = _command("--every", "1", "-o", "run.halfwave", "forks.py")
    watched = subprocess.run(command, **here, check=False, env=_environment())
    assert watched.returncode == 0, watched.stderr
    assert watched.stdout == plain.stdout
    assert watched.stdout.split()[::2] == ["child", "parent"]
    assert watched.stderr.count("halfwave report") == 1  # the child says nothing
    recording = read(tmp_path / "run.halfwave")
    assert recording.info.steps == 12
    assert [site.activation for site in recording.sites] == ["relu"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["forks.py", "run.halfwave"]


def test_two_runs_in_one_folder_whose_script_has_any_name(tmp_path):
    name = "обучение 训练 مدرّب \u202e\x1b[31mred\nline.py"
    (tmp_path / name).write_text(_FORKS.replace("os.fork()", "0"), encoding="utf-8")
    command = _command(name)
    running = [
        subprocess.Popen(
            command,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=_environment(),
        )
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=300) for process in running]
    assert [process.returncode for process in running] == [0, 0], outputs
    assert outputs[0][0] == outputs[1][0]  # each computed the same
    left = [path for path in tmp_path.iterdir() if path.name != name]
    assert len(left) == 2
    for path in left:
        recording = read(path)
        assert recording.info.script == name
        assert recording.info.steps == 12
        assert recording.info.state == "finished"
    for process, (_, error) in zip(running, outputs, strict=True):
        assert "\x1b" not in error
        assert "\u202e" not in error
        assert f".{process.pid}.halfwave" in error  # each names its own recording
        assert "训练" in error
