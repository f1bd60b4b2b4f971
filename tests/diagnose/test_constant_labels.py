"""constant-labels: sorted data and lost labels, not a GAN's or a contrastive loss's."""

from __future__ import annotations

from dataclasses import replace

import pytest
import structure_builders as build

RULE = "constant-labels"
ONE = (32, 1)
BCE = "binary_cross_entropy_with_logits"


def net(function="cross_entropy", target=None, way=(), **changes):
    return build.objective(function, way, target=target or build.labels(), **changes)


@pytest.mark.parametrize(
    ("made", "severity"),
    [
        (net(), None),
        (net(target=build.labels(10, constant_calls=50)), "warning"),  # sorted by class
        (net(target=build.labels(10, constant_calls=64)), "warning"),
        (net(target=build.labels(10, constant_calls=5)), None),
        (net(BCE, build.labels(2, ONE, constant_calls=50)), "warning"),
        (net(BCE, build.labels(2, ONE, constant_calls=64)), None),  # a GAN's
        (net(BCE, build.labels(2, ONE, constant_calls=50, mean=0.01)), None),  # rare
        (net(target=build.labels(10, (1,), constant_calls=64, elements=64.0)), None),  # one a batch
        (net(target=build.labels(10, (32, 7, 7), constant_calls=50)), None),  # maps
        (net("mse_loss", build.labels(2, ONE, constant_calls=64)), None),
        (net(target=build.labels(1, constant_calls=64)), "error"),
        (net(target=build.labels(1, constant_calls=64), way=("product",)), None),  # MoCo
        (net(BCE, build.labels(1, ONE, constant_calls=64)), "error"),
        (net(BCE, build.labels(1, ONE, calls=2, constant_calls=2)), None),  # too short
    ],
)
def test_table(made, severity):
    assert build.severities(RULE, build.record(made)) == ([severity] if severity else [])


def test_two_losses_with_a_label_each_are_a_gan():
    real = net(BCE, build.labels(1, ONE, low=1.0, high=1.0, mean=1.0, constant_calls=64))
    fake = replace(net(BCE, build.labels(1, ONE, constant_calls=64)), id=1, line=46)
    assert build.found(RULE, build.record(real, fake)) == []
