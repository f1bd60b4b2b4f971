"""What is advised at an operation that made a NaN or an infinity."""

from __future__ import annotations

import pytest

from halfwave.diagnose.cures import cure_for
from halfwave.recording.facts import Breakdown


@pytest.mark.parametrize(
    ("phase", "operation", "dtype", "cause", "said"),
    [
        ("forward", "addmm", "float16", "overflow in linear", "65,504"),
        ("forward", "addmm", "bfloat16", "overflow in linear", ""),
        ("forward", "exp", "float16", "overflow in exp", "clamp(max=20)"),
        ("update", "", "float16", "a parameter NaN", "no model.half()"),
        ("update", "", "float32", "a parameter NaN", "lower the learning rate"),
        ("input", "", "float16", "the input is NaN", "clean the data"),
        ("input", "", "float16", "the input is infinite in float16", "standardise"),
    ],
)
def test_a_cure_knows_the_precision(phase, operation, dtype, cause, said):
    cure = cure_for(Breakdown(3, phase, operation, cause, figures={"dtype": dtype}))
    assert (said in cure) if said else not cure
