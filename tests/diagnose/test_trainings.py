"""Several trainings in one run: the loss of one is judged, not where one follows another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import recording_builders as make

from halfwave.diagnose import diagnose
from halfwave.diagnose.curves import main_loss
from halfwave.diagnose.trainings import trainings

FALLING = [*np.linspace(1.4, 0.1, 100), *np.linspace(1.4, 1.2, 50), *np.linspace(1.4, 1.1, 50)]
STEPS = ((0, 99), (100, 149), (150, 199))


def run(steps=STEPS, *, lines=(5, 5, 5), parameters=12):
    names = ("SGD", "SGD#2", "SGD#3")
    rates, optimizers = [], []
    for name, (first, last), line in zip(names, steps, lines, strict=True):
        rate = make.rate()
        rows = rate.samples.copy()
        rows["first_step"], rows["last_step"] = first, last
        rates.append(replace(rate, optimizer=name, samples=rows))
        made = make.optimizer(name)
        optimizers.append(replace(made, parameters=4, file="/train.py", line=line))
    return make.recording(
        rates=tuple(rates),
        optimizers=tuple(optimizers),
        parameters=tuple(make.parameter(f"{i}.weight") for i in range(parameters)),
        losses=(make.loss(FALLING),),
    )


def test_the_longest_training_is_judged():
    record = run()
    assert trainings(record) == list(STEPS)
    loss = main_loss(record)
    assert (loss.first, round(loss.last, 3), len(loss.samples)) == (1.4, 0.1, 100)
    assert not diagnose(record, select=["loss-not-decreasing", "diverging-loss"])


def test_optimizers_at_one_time_are_one_training():
    assert not trainings(run(((0, 199), (0, 199), (100, 199))))


def test_one_model_whose_optimizer_is_made_anew_has_one_training():
    assert not trainings(run(parameters=4))


def test_stages_with_optimizers_of_different_lines_are_one_training():
    record = run(lines=(5, 9, 12))
    assert not trainings(record)
    assert main_loss(record) is record.losses[0]
