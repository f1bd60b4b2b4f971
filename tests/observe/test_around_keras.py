"""Keras on its torch backend: layers, losses and steps go by their own names."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys

import pytest

if importlib.util.find_spec("keras") is None:  # importing it here would choose its backend
    pytest.skip("Keras is not installed", allow_module_level=True)

PROGRAM = """
import json, sys
import keras, numpy as np
import halfwave

x = np.random.default_rng(0).standard_normal((96, 5)).astype("float32")
y = (x[:, 0] > 0).astype("float32")
model = keras.Sequential([
    keras.layers.Dense(8, activation="relu"),
    keras.layers.Dropout(0.2),
    keras.layers.Dense(4, activation=keras.activations.tanh),
    keras.layers.Dense(1, activation="relu"),
])
with halfwave.watch(every=1) as run:
    model.compile(optimizer=keras.optimizers.SGD(0.05, momentum=0.9), loss="binary_crossentropy")
    model.fit(x, y, epochs=2, batch_size=32, verbose=0)
    model.evaluate(x, y, verbose=0)
recording = run.recording
train = recording.objectives[0]
print(json.dumps({
    "steps": recording.info.steps,
    "sites": [(s.path, s.activation, s.role) for s in recording.sites],
    "layers": [(l.name, [k.operations for k in l.links]) for l in recording.layers],
    "function": train.function,
    "ways": [k.operations for k in train.links],
    "evaluations": int(sum(o.evaluation["count"].sum() for o in recording.objectives)),
    "parameters": [p.name for p in recording.parameters],
    "optimizers": [(o.name, o.settings["momentum"], o.steps) for o in recording.optimizers],
    "rate": float(recording.rates[0].samples["last"][-1]),
    "held": all(p.optimizer == "SGD" for p in recording.parameters),
}))
"""


def test_a_model_that_is_fitted():
    environment = os.environ | {"KERAS_BACKEND": "torch"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["steps"] == 6
    assert told["sites"] == [
        ["dense", "relu", "hidden"],
        ["dense_1", "tanh", "hidden"],
        ["dense_2", "relu", "output"],
    ]
    assert told["layers"] == [
        ["dense", [[]]],
        ["dense_1", [["relu", "dropout"]]],
        ["dense_2", [["tanh"]]],
    ]
    assert told["function"] == "binary_cross_entropy"
    assert told["ways"] == [["relu"]]
    assert told["evaluations"] == 3
    assert told["parameters"][0] == "dense.kernel"
    assert told["optimizers"] == [["SGD", 0.9, 6]]
    assert told["rate"] == pytest.approx(0.05)
    assert told["held"]


NORM = """
import json, sys
import keras, numpy as np
import halfwave

x = np.random.default_rng(0).standard_normal((12, 5)).astype("float32")
y = (x[:, 0] > 0).astype("float32")
frozen = keras.layers.BatchNormalization(trainable=False)
model = keras.Sequential([
    keras.layers.Dense(8), keras.layers.BatchNormalization(), frozen, keras.layers.Dense(1),
])
with halfwave.watch(every=1) as run:
    model.compile(optimizer="sgd", loss="mse")
    model.fit(x, y, epochs=2, batch_size=4, verbose=0)
    model.evaluate(x, y, batch_size=6, verbose=0)
print(json.dumps([
    (s.name, s.kind, s.training_on, s.training_off, s.evaluation_on, s.evaluation_off, s.fewest)
    for s in run.recording.switches
]))
"""


def test_batch_norm_in_training_and_in_evaluation():
    environment = os.environ | {"KERAS_BACKEND": "torch"}
    command = [sys.executable, "-c", NORM]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    # what is not trainable keeps its figures, as it should: it is no switch
    told = json.loads(done.stdout.splitlines()[-1])
    assert told == [["batch_normalization_1", "batch_norm", 6, 0, 0, 2, 4]]
