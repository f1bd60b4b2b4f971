"""``halfwave check`` with everything in its place: a sick network, ended in many ways."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest
from command_line import recordings, run

if TYPE_CHECKING:
    from pathlib import Path

_SCRIPT = """
import hashlib, os, signal, sys
import torch
from torch import nn

torch.manual_seed(0)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.act, self.fc2 = nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 3)
        with torch.no_grad():
            self.fc1.bias[:20] -= 50

    def forward(self, x):
        return self.fc2(self.act(self.fc1(x)))

net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(64, 8)
y = x[:, :3].argmax(1)
for step in range(40):
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    optimizer.step()
weights = b"".join(p.detach().numpy().tobytes() for p in net.parameters())
print(hashlib.sha256(weights).hexdigest(), flush=True)
ending = sys.argv[1]
if ending == "fails": net(torch.randn(3, 9))
if ending == "exits": sys.exit(3)
if ending == "exits at once": os._exit(4)
if ending == "is interrupted": os.kill(os.getpid(), signal.SIGINT)
if ending == "is terminated": os.kill(os.getpid(), signal.SIGTERM)
if ending == "is killed": os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(
    ("ending", "code", "state"),
    [
        ("ends", 0, "finished"),
        ("fails", 1, "failed"),
        ("exits", 3, "failed"),
        ("is interrupted", -2, "interrupted"),
        ("is terminated", -15, "interrupted"),
        ("exits at once", 4, "running"),
        ("is killed", -9, "running"),
    ],
)
def test_every_ending_leaves_a_recording(
    tmp_path: Path, ending: str, code: int, state: str
) -> None:
    (tmp_path / "train.py").write_text(_SCRIPT)
    plain = run(tmp_path, "train.py", ending, program=(sys.executable,))
    done = run(tmp_path, "check", "-o", "run.halfwave", "train.py", ending)
    assert (done.code, done.out) == (plain.code, plain.out)  # the weights are the same bits
    assert done.code == code
    assert done.errors[: len(plain.errors)] == plain.errors
    assert "run.halfwave" in recordings(tmp_path)
    again = run(tmp_path, "report", "--json", "run.halfwave")
    assert (again.code, again.errors) == (0, [])
    value = json.loads(again.out[0])
    assert value["run"]["state"] == state
    assert value["sites"][0]["path"] == "act"
    if state == "running":
        assert done.errors == plain.errors
    else:
        assert value["sites"][0]["dead"] == 20
        assert value["steps"] == 40
        assert "dead-units" in [finding["rule"] for finding in value["findings"]]
        assert done.errors[-1] == "halfwave report run.halfwave"
        assert recordings(tmp_path) == ["run.halfwave"]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_data_loader_workers(tmp_path: Path, method: str) -> None:
    (tmp_path / "train.py").write_text(
        "import sys, torch\nfrom torch.utils.data import DataLoader, Dataset\n"
        "class Data(Dataset):\n    def __len__(self): return 24\n"
        "    def __getitem__(self, i): return torch.relu(torch.full((4,), float(i)))\n"
        "if __name__ == '__main__':\n"
        "    net = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.ReLU())\n"
        "    loader = DataLoader(Data(), 8, num_workers=2, multiprocessing_context=sys.argv[1])\n"
        "    for x in loader: net(x).sum().backward()\n    print('done')\n"
    )
    done = run(tmp_path, "check", "--json", "--quiet", "train.py", method)
    assert (done.code, done.errors, done.out[0]) == (0, [], "done")
    assert len(done.out) == 2
    assert [site["activation"] for site in json.loads(done.out[1])["sites"]] == ["relu"]
    assert len(recordings(tmp_path)) == 1


@pytest.mark.parametrize(
    ("typed", "again"),
    [
        (("here/bin/halfwave",), "here/bin/halfwave"),
        (("my env/bin/halfwave",), "'my env/bin/halfwave'"),
        (("here/bin/python", "-m", "halfwave"), "here/bin/python -m halfwave"),
    ],
)
def test_last_line_can_be_typed_where_the_command_was(
    tmp_path: Path, typed: tuple[str, ...], again: str
) -> None:
    for name in ("here", "my env"):
        (tmp_path / name).symlink_to(sys.prefix)
    (tmp_path / "train.py").write_text("import torch\ntorch.relu(torch.ones(2))\n")
    path = "/usr/bin:/bin"  # halfwave is not on it
    done = run(tmp_path, "check", "-o", "a.halfwave", "train.py", program=typed, PATH=path)
    assert (done.code, done.errors[-1]) == (0, f"{again} report a.halfwave")
    opened = run(tmp_path, "-c", done.errors[-1], program=("sh",), PATH=path)
    assert (opened.code, opened.errors) == (0, [])
    assert any("train.py:2" in line for line in opened.out)


def test_the_page_is_left_where_it_was_asked_for(tmp_path):
    (tmp_path / "train.py").write_text(_SCRIPT)
    done = run(tmp_path, "check", "--html", "page.html", "train.py", "ends")
    assert done.code == 0
    assert done.errors[-1] == "halfwave: the page is in page.html"
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "20 of 32" in page
    again = run(tmp_path, "check", "--html", "page.html", "train.py", "ends")
    assert again.code == 2
    assert again.out == []
    assert "--html 'page.html' exists already" in again.errors[0]


def test_each_rank_leaves_a_recording_and_the_first_one_reports(tmp_path):
    (tmp_path / "train.py").write_text("import torch\ntorch.relu(torch.ones(3, 4))\n")
    size = {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"}
    first = run(tmp_path, "check", "--json", "train.py", RANK="0", **size)
    second = run(tmp_path, "check", "--json", "--html", "a.html", "train.py", RANK="1", **size)
    assert (first.code, len(first.out)) == (0, 1)
    assert second == (0, [], [])
    start = f"halfwave-train.{os.getpid()}.rank"  # they are children of one launcher: of us
    assert recordings(tmp_path) == [f"{start}0.halfwave", f"{start}1.halfwave"]
    assert first.errors[-1] == f"halfwave report {start}*.halfwave"
    merged = run(tmp_path, "report", "--json", *recordings(tmp_path))
    value = json.loads(merged.out[0])
    assert value["sites"][0]["inputs"] == 6
    assert [info["rank"] for info in value["ranks"]] == [0, 1]
    assert not (tmp_path / "a.html").exists()


def test_a_rank_whose_place_is_taken_says_so_under_its_name(tmp_path):
    (tmp_path / "train.py").write_text("import torch\ntorch.relu(torch.ones(3, 4))\n")
    (tmp_path / "run.rank1.halfwave").touch()
    given = {"RANK": "1", "WORLD_SIZE": "2"}
    done = run(tmp_path, "check", "-o", "run.halfwave", "train.py", **given)
    assert done.code == 2
    assert "-o 'run.rank1.halfwave' exists already" in done.errors[0]
