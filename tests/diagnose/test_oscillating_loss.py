"""oscillating-loss: more noise than the batch explains, and no progress."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import recording_builders as make

from halfwave.diagnose import diagnose
from halfwave.recording.facts import Values

RNG = np.random.default_rng(0)
#: As wild as a loss that is never negative gets.
WILD = 2.3 * np.exp(1.2 * RNG.standard_normal(200))
MILD = 2.3 * np.exp(0.2 * RNG.standard_normal(200))


def found(values, *, batch=64, **changes):
    objective = make.objective(output=Values((batch, 10), "float32"))
    record = make.recording(
        **{"losses": (make.loss(values),), "objectives": (objective,), **changes}
    )
    return diagnose(record, select=["oscillating-loss"])


@pytest.mark.parametrize(
    ("values", "batch", "count"),
    [
        (make.falling(), 64, 0),
        (WILD, 64, 1),
        (MILD, 64, 0),
        (WILD**0.7, 64, 1),
        (WILD**0.7, 8, 0),  # a batch of 8 is noisy by nature
        (WILD, 1, 0),
        (WILD * np.linspace(1, 0.2, 200), 64, 0),  # it gets somewhere
        (WILD - 3, 64, 0),  # below 0: no share of a level
        (WILD[:15], 64, 0),
        # it gets somewhere, after an odd first batch
        (np.append(1e-5, WILD[1:] * np.linspace(1, 0.2, 199)), 64, 0),
    ],
)
def test_noise_and_batch(values, batch, count):
    assert len(found(values, batch=batch)) == count


def test_a_loss_of_unknown_kind_is_not_judged():
    assert found(WILD, objectives=()) == ()
    assert found(WILD, objectives=(replace(make.objective(), output=None),)) == ()


def test_names_the_rate():
    (finding,) = found(WILD, rates=(make.rate(3.0),))
    assert finding.severity == "warning"
    assert "from 3 to 0.3" in finding.advice
