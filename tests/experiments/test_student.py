"""Student's t against SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from halfwave.experiments.student import cdf, power, quantile, seeds_needed


@pytest.mark.parametrize("df", [1, 2, 4, 9, 30, 500])
def test_distribution_and_quantiles(df) -> None:
    for t in (-40.0, -3.0, -0.5, 0.0, 0.1, 1.0, 2.5, 8.0, float("inf")):
        assert cdf(t, df) == pytest.approx(stats.t.cdf(t, df), abs=1e-12)
    for p in (0.001, 0.3, 0.5, 0.6, 0.975, 0.9999):
        assert quantile(p, df) == pytest.approx(stats.t.ppf(p, df), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("n", [2, 3, 5, 10, 50, 1000])
@pytest.mark.parametrize("effect", [0.1, 1.0, 1.414, 3.0])
@pytest.mark.parametrize("alpha", [0.05, 0.0125])
def test_power(n, effect, alpha) -> None:
    bound, shift = stats.t.ppf(1 - alpha / 2, n - 1), effect * np.sqrt(n)
    other = stats.nct.cdf(-bound, n - 1, shift)  # NaN where it is 0 to all digits
    expected = stats.nct.sf(bound, n - 1, shift) + np.nan_to_num(other)
    assert power(effect, n, alpha) == pytest.approx(expected, abs=3e-3)


def test_seeds_needed() -> None:
    assert seeds_needed(0.5) == 34  # as in every table of sample sizes
    assert seeds_needed(0.001) is None
    assert seeds_needed(0.0) is None
    assert seeds_needed(float("nan")) is None


def test_refuses_what_is_no_share() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile(1.0, 3)
