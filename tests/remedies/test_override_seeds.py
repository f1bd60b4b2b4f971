"""Seeds of a run, and what becomes of those that a script fixes itself."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytest.importorskip("torch")

_SCRIPT = """
import copy, pickle, random
import numpy as np
import torch

out = {"start": [random.random(), torch.rand(1).item()], "numpy": np.random.rand()}
torch.manual_seed(0); out["fixed"] = torch.rand(1).item()
torch.manual_seed(0); out["again"] = torch.rand(1).item()
torch.manual_seed(1); out["other"] = torch.rand(1).item()
random.seed(0); out["random"] = random.random()
np.random.seed(0); out["np"] = np.random.rand()
generator = torch.Generator().manual_seed(0)
out["generator"] = torch.rand(1, generator=generator).item()
out["rng"] = np.random.default_rng(0).random()
out["unseeded"] = np.random.default_rng().random()
own = random.Random(0); out["Random"] = own.random()
copy.deepcopy(own); pickle.loads(pickle.dumps(own))
out["state"] = copy.deepcopy(np.random.RandomState(0)).rand()
torch.seed(); out["entropy"] = torch.rand(1).item()
loader = torch.utils.data.DataLoader(range(8), 8, shuffle=True, generator=generator)
out["loader"] = next(iter(loader)).tolist()
from sklearn.model_selection import train_test_split
out["split"] = train_test_split(list(range(10)), random_state=0)[0]
"""
_RUN = f"""
import json, sys
from halfwave.remedies import make
remedy = make("override_seeds", {{"seed": int(sys.argv[1])}})
remedy.begin()
names = {{}}
exec(compile({_SCRIPT!r}, "/home/somebody/train.py", "exec"), names)
print(json.dumps([names["out"], remedy.told()]))
"""


def _run(seed: int):
    command = [sys.executable, "-c", _RUN, str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_a_script_with_fixed_seeds_under_two_seeds() -> None:
    (first, told), (second, _), (repeated, _) = _run(0), _run(1), _run(0)
    assert first == repeated  # what asks the system for randomness, too
    assert first["fixed"] == first["again"] == first["generator"]
    assert first["fixed"] != first["other"]
    differ = {name for name in first if first[name] != second[name]}
    assert differ == set(first) - {"split"}  # a library's own generator is not the training's
    assert told["overridden"]["torch.manual_seed"] == 3
    assert told["overridden"]["numpy.random.default_rng"] == 1
    assert not any("cuda" in name for name in told["overridden"])
