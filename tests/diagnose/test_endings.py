"""What stands before a loss: where a finding points."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import recording_builders as make

from halfwave.diagnose.endings import site_at


def test_a_last_activation_is_not_one_that_a_metric_is_read_by() -> None:
    last, metric = (
        make.site(name, order=at, activation="sigmoid", role="output")
        for at, name in enumerate(("head", "accuracy"))
    )
    assert last.training is not None
    silent = replace(last.training, grad_elements=np.zeros(16))
    sites = last, replace(metric, training=silent)
    assert site_at(make.recording(sites=sites), "sigmoid") is sites[0]
    # where none is known to have one, the last it is
    sites = tuple(replace(site, training=silent) for site in sites)
    assert site_at(make.recording(sites=sites), "sigmoid") is sites[1]
    assert site_at(make.recording(sites=sites), "softmax") is None
