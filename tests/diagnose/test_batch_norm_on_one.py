"""batch-norm-on-one: how many values a channel is normalised over."""

from __future__ import annotations

from dataclasses import replace

import pytest
import recording_builders as make
import structure_builders as build

RULE = "batch-norm-on-one"
SMALL, SINGLE = (build.objective(output=build.values((rows, 10))) for rows in (2, 1))


@pytest.mark.parametrize(
    ("switch", "objective", "severity"),
    [
        (build.batch_norm(), None, None),
        (build.batch_norm(fewest=4), None, None),
        (build.batch_norm(fewest=2), None, "info"),  # the last batch of an epoch
        (build.batch_norm(fewest=1), None, "warning"),
        (build.batch_norm(fewest=2), SMALL, "warning"),  # batches of two
        (build.batch_norm(fewest=1), SMALL, "error"),
        (build.batch_norm(fewest=98), SMALL, None),  # maps
        (build.batch_norm(fewest=64), SINGLE, "warning"),  # of one image at a time
        (build.batch_norm(fewest=1, training_on=0), None, None),
        (build.batch_norm(fewest=None), None, None),
        (build.batch_norm(fewest=1, kind="dropout"), None, None),
    ],
)
def test_table(switch, objective, severity):
    rows = 32 if objective is None else objective.output.shape[0]
    layers = tuple(build.layer(i, shape=(rows, 16)) for i in range(3))
    made = build.record(*filter(None, [objective]), switches=(switch,), layers=layers)
    assert build.severities(RULE, made) == ([severity] if severity else [])


def test_what_torch_refused():
    said = "ValueError: Expected more than 1 value per channel when training, got [1, 8]"
    info = replace(make.recording().info, state="failed", error=said)
    (finding,) = build.found(RULE, replace(build.record(), info=info))
    assert finding.severity == "error"


def test_batches_of_an_evaluation_are_not_those_of_training():
    layers = tuple(build.layer(i, shape=(1, 16)) for i in range(3))
    training = build.objective(output=build.values((1, 10)))
    evaluation = build.objective(output=build.values((32, 10)), reached=False)
    made = build.record(training, evaluation, switches=(build.batch_norm(fewest=1),), layers=layers)
    assert build.severities(RULE, made) == ["error"]


@pytest.mark.parametrize(("fewest", "words"), [(4, "of two values"), (36, "to the same mean")])
def test_of_several_the_one_with_the_fewest_values_leads(fewest, words):
    norms = (build.batch_norm(name="bn1", fewest=64), build.batch_norm(name="bn2", fewest=fewest))
    layers = tuple(build.layer(i, shape=(1, 16)) for i in range(3))
    (finding,) = build.found(RULE, build.record(SINGLE, switches=norms, layers=layers))
    assert finding.title == "batch norm bn2 sees one example at a time"
    assert (finding.sites, finding.evidence["fewest_values"]) == (("bn2", "bn1"), fewest)
    assert words in finding.why
