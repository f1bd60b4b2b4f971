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
#: What asks whether a generator is one: those from before the script began are meant, too.
_KINDS = """
import abc, copy, pickle, random
import numpy as np
import torch
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.utils import check_random_state

x, y = make_classification()
train_test_split(x, y, stratify=y)
MLPClassifier((4,), max_iter=2).fit(x, y)
check_random_state(np.random)

class Own(random.Random, abc.ABC): pass

out = {
    "numpy": isinstance(np.random.mtrand._rand, np.random.RandomState),
    "torch": isinstance(torch.default_generator, torch.Generator),
    "system": isinstance(random.SystemRandom(), random.Random),
    "subclass": issubclass(random.SystemRandom, random.Random),
    "made": isinstance(np.random.RandomState(0), np.random.RandomState),
    "of a subclass": isinstance(Own(0), random.Random) and not isinstance(random.Random(), Own),
    "neither": not isinstance(random.Random(0), np.random.RandomState),
    "by name": random.Random(x=5).random() == random.Random(5).random(),
    "no other": not isinstance(3, torch.Generator),
}
for thing in (
    random._inst, random.Random(5), Own(0), np.random.mtrand._rand, np.random.RandomState(seed=0),
):
    again = pickle.loads(pickle.dumps(thing))
    copied = copy.deepcopy(thing)
    assert thing.random() == again.random() == copied.random()
    assert isinstance(again, random.Random if hasattr(thing, "getstate") else np.random.RandomState)
for thing in (torch.default_generator, torch.Generator().manual_seed(0)):
    again = pickle.loads(pickle.dumps(thing))
    assert isinstance(again, torch.Generator)
    assert torch.rand(1, generator=thing) == torch.rand(1, generator=again)
"""
_RUN = """
import json, sys
from halfwave.remedies import make
remedy = make("override_seeds", {"seed": int(sys.argv[1])})
remedy.begin()
names = globals()  # what is pickled has to be found in a module
exec(compile(sys.argv[2], "/home/somebody/train.py", "exec"), names)
print(json.dumps([names["out"], remedy.told()]))
"""


def _run(seed: int, script: str = _SCRIPT):
    command = [sys.executable, "-c", _RUN, str(seed), script]
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


def test_instances_of_the_classes_that_were_replaced_stay_instances() -> None:
    pytest.importorskip("sklearn")
    out, _ = _run(0, _KINDS)
    assert all(out.values()), out
