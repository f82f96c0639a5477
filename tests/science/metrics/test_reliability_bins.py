"""Groups of a reliability diagram, and the calibration errors that chance alone makes."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.science import metrics
from cutaway.science.metrics.tally import Tally


def calibrated(rows: int, seed: int = 0) -> Tally:
    rng = np.random.default_rng(seed)
    p = rng.beta(1, 5, rows)
    return Tally.of((rng.random(rows) < p).astype(int), p)


def test_groups_ascend_and_share_the_variance() -> None:
    tally = calibrated(20_000)
    group = metrics.reliability_groups(tally, 10)
    assert (np.diff(group) >= 0).all() and group[0] == 0 and group[-1] == 9
    share = np.bincount(group, tally.weight * tally.p * (1 - tally.p))
    assert share.max() / share.min() < 1.1


def test_the_null_has_the_mean_that_theory_gives() -> None:
    """Of one group of n rows at p the error is |X / n - p|: about √(2 p (1 - p) / (π n)) on average."""
    n, p = 10_000, 0.3
    groups = metrics.reliability_bins(Tally.of((np.arange(n) < n * p).astype(int), np.full(n, p)))
    drawn = metrics.ece_null(groups, np.random.default_rng(1), 4000)
    assert drawn.mean() == pytest.approx(np.sqrt(2 * p * (1 - p) / (np.pi * n)), rel=0.05)


def test_calibrated_scores_lie_within_their_null() -> None:
    """The observed error is above the 95 % point of its null in about one sample of twenty."""
    above = 0
    for seed in range(60):
        groups = metrics.reliability_bins(calibrated(3000, seed))
        above += groups.ece > np.quantile(metrics.ece_null(groups, np.random.default_rng(seed), 400), 0.95)
    assert above <= 9  # more than nine of sixty once in a thousand


def test_fewer_effective_rows_widen_the_null() -> None:
    groups = metrics.reliability_bins(calibrated(5000))
    whole, half = (metrics.ece_null(groups, np.random.default_rng(0), 800, scale).mean() for scale in (1.0, 0.5))
    assert half == pytest.approx(whole * np.sqrt(2), rel=0.1)


def test_fifty_calibrated_points_show_an_error_that_is_no_fault() -> None:
    drawn = metrics.ece_of_fifty(np.random.default_rng(0), 2000)
    low, high = np.quantile(drawn, [0.05, 0.95])
    assert 0.05 < low < 0.08 and 0.16 < high < 0.2
    assert metrics.ece_of_fifty(np.random.default_rng(0), 500, points=5000).mean() < drawn.mean() / 5
