"""The tables that a page looks up in lose nothing that its pictures show."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cutaway.core.errors import InputError
from cutaway.science import metrics
from cutaway.science.metrics import Cuts, LeastCost, ScoreHistogram, cut_table, reliability_bins, score_bins
from cutaway.science.metrics.tally import Tally

SCORED = st.lists(st.tuples(st.integers(-6, 6).map(float), st.booleans()), max_size=25)


def made(rows: int, prevalence: float, seed: int = 0, spread: float = 1.5) -> ScoreHistogram:
    rng = np.random.default_rng(seed)
    y = (rng.random(rows) < prevalence).astype(int)
    return ScoreHistogram.of(rng.normal(np.where(y, 1.0, -1.0)) * spread, y)


@given(SCORED)
def test_few_scores_keep_every_cut(rows: list[tuple[float, bool]]) -> None:
    s, y = np.array([s for s, _ in rows]), np.array([k for _, k in rows]).astype(int)
    table = cut_table(ScoreHistogram.of(s, y), cuts=100)
    states = set(zip(table.fp.tolist(), table.tp.tolist(), strict=True))
    for cut in (*np.unique(s), np.inf):
        assert (float(((s >= cut) & (y == 0)).sum()), float(((s >= cut) & (y == 1)).sum())) in states
    assert (table.tp[-1], table.fp[-1]) == (0, 0)
    assert (table.tp[0], table.fp[0]) == (y.sum(), (y == 0).sum())
    assert np.all(np.diff(table.threshold) > 0)


@pytest.mark.parametrize("prevalence", [0.001, 0.05, 0.5])
def test_neighbouring_cuts_differ_by_little(prevalence: float) -> None:
    histogram = made(300_000, prevalence)
    table = cut_table(histogram, 500)
    bins = histogram.counts.max(axis=1)  # what one bin holds cannot be split
    assert np.diff(table.fp).min() >= -max(table.negatives / 500, bins[0])
    assert np.diff(table.tp).min() >= -max(table.positives / 500, bins[1])
    assert table.threshold.size < 2500
    every = Cuts.of_histogram(histogram)
    above = np.searchsorted(table.cuts.logits, every.logits)
    flagged = every.tp + every.fp > 200
    exact = (every.tp / np.maximum(every.tp + every.fp, 1))[flagged]
    shown = (table.tp / np.maximum(table.tp + table.fp, 1))[above][flagged]
    assert np.abs(exact - shown).max() < 0.016  # 5 / 500 and what one bin moves


@pytest.mark.parametrize(("fp", "fn"), [(1, 1), (1, 8), (1, 300), (40, 1), (3, 7)])
def test_the_cheapest_cut_is_that_of_all_rows(fp: float, fn: float) -> None:
    histogram = made(50_000, 0.04)
    table, every = cut_table(histogram), Cuts.of_histogram(histogram)
    least = every.point(LeastCost(fp, fn)(every)).cost(fp, fn)
    assert table.cuts.point(LeastCost(fp, fn)(table.cuts)).cost(fp, fn) == pytest.approx(least, rel=1e-12)


def test_the_cut_at_half_is_exact() -> None:
    histogram = made(200_000, 0.3)
    table = cut_table(histogram, 50)
    at = int(np.searchsorted(table.threshold, 0.5))
    assert table.threshold[at] == 0.5
    assert (table.fp[at], table.tp[at]) == histogram.above(0.0)


def test_certain_scores_can_be_left_unflagged() -> None:
    table = cut_table(ScoreHistogram.from_probabilities(np.array([0.0, 1.0, 1.0, 0.5]), np.array([0, 1, 0, 1])))
    assert table.threshold[-1] > 1 and (table.tp[-1], table.fp[-1]) == (0, 0)
    assert table.threshold[-2] == 1 and (table.tp[-2], table.fp[-2]) == (1, 1)


def test_without_rows() -> None:
    assert cut_table(ScoreHistogram.zero()).threshold.tolist() == [1.0]
    assert score_bins(ScoreHistogram.zero()).low.size == 0
    assert reliability_bins(ScoreHistogram.zero()).rows.size == 0
    assert np.isnan(reliability_bins(ScoreHistogram.zero()).ece)


def test_bad_sizes_are_refused() -> None:
    with pytest.raises(InputError, match="cut_table expected at least 2, got 1"):
        cut_table(ScoreHistogram.zero(), 1)
    with pytest.raises(InputError, match="score_bins expected at least 2, got 0"):
        score_bins(ScoreHistogram.zero(), 0)


@given(SCORED, st.integers(2, 30))
def test_score_bins_hold_every_row_in_its_bin(rows: list[tuple[float, bool]], bins: int) -> None:
    s, y = np.array([s for s, _ in rows]), np.array([k for _, k in rows]).astype(int)
    found = score_bins(Tally.of_logits(y, s), bins)
    assert (found.positives.sum(), found.negatives.sum()) == (y.sum(), (y == 0).sum())
    if rows:
        assert found.low[0] == 0 and found.high[-1] == 1
        assert np.array_equal(found.low[1:], found.high[:-1])
        p = 1 / (1 + np.exp(-s))
        for low, high, positives in zip(found.low[1:-1], found.high[1:-1], found.positives[1:-1], strict=True):
            assert abs(((p >= low + 1e-9) & (p < high - 1e-9) & (y == 1)).sum() - positives) <= np.sum(
                (np.abs(p - low) < 1e-8) | (np.abs(p - high) < 1e-8)
            )


def test_the_null_band_is_the_binomial_one() -> None:
    rng = np.random.default_rng(3)
    found = reliability_bins(Tally.of((rng.random(500) < 0.1).astype(int), np.full(500, 0.1)))
    low, high = stats.binom.ppf([0.025, 0.975], 500, 0.1) / 500
    assert (found.null_low[0], found.null_high[0]) == (low, high)
    certain = reliability_bins(Tally.of(np.array([0, 1, 0, 1]), np.array([0.0, 1.0, 0.001, 0.999])))
    assert np.all(certain.null_low <= certain.mean_score) and np.all(certain.mean_score <= certain.null_high + 1e-12)


def test_calibrated_scores_leave_their_band_in_one_group_of_twenty() -> None:
    rng = np.random.default_rng(5)
    outside = []
    for _ in range(200):
        p = rng.beta(1, 4, 2000)
        found = reliability_bins(Tally.of((rng.random(p.size) < p).astype(int), p))
        outside.append((found.observed < found.null_low) | (found.observed > found.null_high))
    share = np.concatenate(outside).mean()
    assert 0.02 < share < 0.06


def test_fifty_calibrated_points_have_a_visible_error() -> None:
    rng = np.random.default_rng(0)
    errors = []
    for _ in range(300):
        p = rng.random(50)
        errors.append(reliability_bins(Tally.of((rng.random(50) < p).astype(int), p), 10).ece)
    assert 0.05 < np.quantile(errors, 0.025) < 0.1 < np.quantile(errors, 0.975) < 0.25


def test_columns_have_the_names_that_pages_know() -> None:
    histogram = made(1000, 0.2)
    assert list(cut_table(histogram).columns) == ["threshold", "tp", "fp"]
    assert list(score_bins(histogram).columns) == ["low", "high", "negatives", "positives"]
    names = ["mean_score", "observed", "low", "high", "null_low", "null_high", "rows"]
    assert list(metrics.reliability_bins(histogram).columns) == names
