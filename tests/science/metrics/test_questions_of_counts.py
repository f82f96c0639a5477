"""Accuracy beyond a constant's, rows for an interval of a given width, precision at other base rates."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cutaway.science import metrics
from cutaway.science.metrics import Counts, over_constant, precision_at, trials_for_width


def test_gain_over_the_constant_by_hand() -> None:
    found = over_constant(Counts(np.array([[50.0, 3, 2], [4, 20, 1], [5, 0, 15]])))
    assert (found.accuracy, found.constant, found.commonest) == (0.85, 0.55, 0)
    low, high = metrics.wilson(35, 40)
    assert (found.gain.value, found.gain.low) == pytest.approx((0.3, 0.4 * (2 * low - 1)))
    assert found.gain.high == pytest.approx(0.4 * (2 * high - 1))
    same = over_constant(Counts(np.array([[9.0, 0], [1, 0]]))).gain
    assert (same.value, same.low, same.high) == (0, 0, 0)
    assert math.isnan(over_constant(Counts.zero(2)).accuracy)
    heavy = Counts(2 * np.array([[90.0, 4], [1, 5]]), squares=4 * np.array([[90.0, 4], [1, 5]]))
    plain = over_constant(Counts(np.array([[90.0, 4], [1, 5]]))).gain
    assert (over_constant(heavy).gain.low, over_constant(heavy).gain.high) == pytest.approx((plain.low, plain.high))


@pytest.mark.parametrize("p", [0.0, 0.03, 0.5, 0.8, 1.0])
@pytest.mark.parametrize("width", [0.01, 0.2, 0.6])
def test_trials_for_a_width(p: float, width: float) -> None:
    n = trials_for_width(p, width)
    low, high = metrics.wilson(p * n, n)
    assert high - low == pytest.approx(width)
    with pytest.raises(ValueError, match="expected a number between 0 and 1, got 2"):
        trials_for_width(p, 2)


def test_precision_at_the_datas_own_base_rate_is_precision() -> None:
    counts = Counts(np.array([[900.0, 100.0], [20.0, 80.0]]))
    found = precision_at(counts, metrics.prevalence.of(counts))
    assert found.value == pytest.approx(metrics.precision.of(counts)) and found.low < found.value < found.high
    assert precision_at(counts, 0.0).value == 0.0 and precision_at(counts, 1.0).value == 1.0
    clean = precision_at(Counts(np.array([[1000.0, 0.0], [20.0, 80.0]])), 0.01)
    assert clean.value == clean.high == 1.0 and 0.5 < clean.low < 0.95
    assert math.isnan(precision_at(Counts(np.array([[9.0, 0.0], [2.0, 0.0]])), 0.5).value)
    with pytest.raises(ValueError, match="expected a share between 0 and 1, got 2"):
        precision_at(counts, 2)


def test_the_interval_of_precision_elsewhere_covers() -> None:
    rng = np.random.default_rng(0)
    truth = 0.8 * 0.02 / (0.8 * 0.02 + 0.1 * 0.98)
    tp, fp = rng.binomial(60, 0.8, 2000), rng.binomial(300, 0.1, 2000)
    ends = [
        precision_at(Counts(np.array([[300 - b, b], [60 - a, a]], float)), 0.02) for a, b in zip(tp, fp, strict=True)
    ]
    assert 0.93 < np.mean([e.low <= truth <= e.high for e in ends]) < 0.97
