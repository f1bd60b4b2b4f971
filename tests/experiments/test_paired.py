"""What is claimed of paired differences, and how often wrongly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from halfwave.experiments.choosing import chosen
from halfwave.experiments.paired import differences


def test_one_variant_is_a_paired_t_test() -> None:
    values = [0.3, -0.1, 0.4, 0.2, 0.5]
    found = differences({"gelu": values})["gelu"]
    reference = stats.ttest_1samp(values, 0.0)
    assert found.p == pytest.approx(reference.pvalue)
    interval = reference.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_an_interval_leaves_out_zero_where_a_difference_is_claimed() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        shifts = rng.choice([0.0, 0.7, 2.0], 5)
        found = differences({str(i): rng.normal(s, 1, 6) for i, s in enumerate(shifts)})
        for one in found.values():
            assert one.claimed == (one.low > 0 or one.high < 0)
            assert one.needed is None or one.needed > 6
            assert not (one.claimed and one.needed)


def test_holm_by_hand() -> None:
    # p of about 0.003, 0.02 and 0.04: 0.05/3 and 0.05/2 are passed, 0.05/1 too
    base = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])

    def shifted(p):
        t = stats.t.isf(p / 2, 4)
        return base + t * base.std(ddof=1) / np.sqrt(5)

    found = differences({"a": shifted(0.003), "b": shifted(0.02), "c": shifted(0.04)})
    assert [found[name].claimed for name in "abc"] == [True, True, True]
    found = differences({"a": shifted(0.003), "b": shifted(0.03), "c": shifted(0.04)})
    assert [found[name].claimed for name in "abc"] == [True, False, False]
    assert [round(found[name].alpha, 4) for name in "abc"] == [0.0167, 0.025, 0.025]


@pytest.mark.parametrize("variants", [1, 4])
def test_what_differs_in_nothing_is_seldom_claimed(variants) -> None:
    rng = np.random.default_rng(variants)
    false = 0
    for _ in range(1500):
        own = rng.normal(size=8)
        found = differences({str(i): rng.normal(size=8) - own for i in range(variants)})
        false += any(one.claimed for one in found.values())
    assert false / 1500 <= 0.065  # 5 %, and three standard errors


@pytest.mark.parametrize("variants", [1, 4])
def test_two_standard_deviations_are_claimed_with_ten_seeds(variants) -> None:
    rng = np.random.default_rng(variants)
    right = 0
    for _ in range(400):
        own = rng.normal(size=10)
        pairs = {str(i): rng.normal(size=10) - own for i in range(1, variants)}
        pairs["better"] = rng.normal(2.0, size=10) - own
        right += differences(pairs)["better"].claimed
    assert right / 400 >= 0.8


@pytest.mark.parametrize(
    ("values", "claimed"), [([], False), ([1.0], False), ([0.0, 0.0], False), ([0.5, 0.5], True)]
)
def test_odd_samples(values, claimed) -> None:
    (found,) = differences({"x": values}).values()
    assert found.claimed is claimed
    assert found.n == len(values)
    assert math.isnan(found.sd) == (len(values) < 2)


def test_a_factor_is_chosen_without_the_seed_judged() -> None:
    # factor 3 is best on seed 0 alone: nobody may profit from that there
    values = {1.0: {0: 0.5, 1: 0.4, 2: 0.4}, 3.0: {0: 0.1, 1: 0.6, 2: 0.6}}
    found = chosen(values, larger_is_better=False)
    assert found == {0: (1.0, 0.5), 1: (3.0, 0.6), 2: (3.0, 0.6)}
    found = chosen(values, larger_is_better=True)
    assert found == {0: (3.0, 0.1), 1: (1.0, 0.4), 2: (1.0, 0.4)}


def test_choosing_a_factor_does_not_flatter() -> None:
    rng = np.random.default_rng(0)
    picked = []
    for _ in range(300):
        values = {f: dict(enumerate(rng.normal(size=6))) for f in (0.3, 1.0, 3.0)}
        found = chosen(values, larger_is_better=False)
        picked.append(np.mean([value for _, value in found.values()]))
    assert abs(np.mean(picked)) < 4 * np.std(picked) / np.sqrt(300)


def test_a_factor_that_diverges_is_not_chosen() -> None:
    values = {1.0: {0: 0.5, 1: 0.5}, 3.0: {0: 0.1, 1: math.nan}}
    assert chosen(values, larger_is_better=False)[0] == (1.0, 0.5)
