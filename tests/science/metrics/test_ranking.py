"""Areas under ROC: exact, bounded, and their intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from cutaway.core.errors import InputError
from cutaway.science import metrics
from cutaway.science.metrics import ScoreHistogram
from cutaway.science.metrics.twosample import ks_distance, permuted_auc, share_distance

SCORED = st.lists(st.tuples(st.floats(-50, 50), st.booleans()), min_size=2, max_size=30)


def both_classes(rows: list[tuple[float, bool]]) -> tuple[np.ndarray, np.ndarray]:
    y = np.array([k for _, k in rows]).astype(np.int32)
    y[0], y[1] = 0, 1
    return y, np.array([s for s, _ in rows])


@given(SCORED)
def test_auc_equals_scikit_learn(rows: list[tuple[float, bool]]) -> None:
    y, scores = both_classes(rows)
    assert metrics.roc_auc(y, scores) == pytest.approx(roc_auc_score(y, scores))


@given(SCORED)
def test_the_histogram_bounds_hold_the_exact_area(rows: list[tuple[float, bool]]) -> None:
    y, scores = both_classes(rows)
    low, high = ScoreHistogram.of(scores, y).auc_bounds()
    assert low - 1e-12 <= metrics.roc_auc(y, scores) <= high + 1e-12


@given(SCORED, SCORED)
@settings(deadline=None)
def test_histograms_add_up_to_the_last_bit(a: list[tuple[float, bool]], b: list[tuple[float, bool]]) -> None:
    (ya, sa), (yb, sb) = both_classes(a), both_classes(b)
    whole = ScoreHistogram.of(np.concatenate([sa, sb]), np.concatenate([ya, yb]))
    parts = ScoreHistogram.of(sa, ya) + ScoreHistogram.of(sb, yb)
    assert np.array_equal(whole.counts, parts.counts) and whole.squares == parts.squares
    zero = ScoreHistogram.zero()
    assert np.array_equal((whole + zero).counts, whole.counts)
    again = (ScoreHistogram.of(sb, yb) + ScoreHistogram.of(sa, ya)).counts
    assert np.array_equal(again, whole.counts)


def test_bounds_are_close_on_ordinary_scores(rng: np.random.Generator) -> None:
    y = (rng.random(200_000) < 0.05).astype(np.int32)
    low, high = ScoreHistogram.of(rng.normal(-3, 1.5, y.size) + y, y).auc_bounds()
    assert high - low < 0.0005


def test_infinite_scores_lie_at_the_ends() -> None:
    histogram = ScoreHistogram.of(np.array([-np.inf, np.inf, 0.0, -1e-300]), np.array([0, 1, 1, 0]))
    assert histogram.auc_bounds() == (1.0, 1.0)
    assert histogram.above(0.0) == (0.0, 2.0)


def test_counts_at_one_half_are_exact(rng: np.random.Generator) -> None:
    scores, y = rng.normal(size=5000), rng.integers(0, 2, 5000)
    false, true = ScoreHistogram.of(scores, y).above(0.0)
    assert (false, true) == (np.sum((scores >= 0) & (y == 0)), np.sum((scores >= 0) & (y == 1)))


def test_the_two_intervals_agree(rng: np.random.Generator) -> None:
    y = (rng.random(20_000) < 0.1).astype(np.int32)
    scores = rng.normal(size=y.size) + y
    np.testing.assert_allclose(
        ScoreHistogram.of(scores, y).auc_interval(), metrics.ranking(y, scores).interval(), atol=2e-5
    )


@pytest.mark.parametrize(("positives", "gap"), [(15, 1.0), (40, 2.0), (200, 0.3)])
def test_the_interval_covers(positives: int, gap: float) -> None:
    rng = np.random.default_rng(5)
    from math import erf

    truth = 0.5 * (1 + erf(gap / 2))
    y = np.repeat([0, 1], [300, positives])
    hits = 0
    for _ in range(1000):
        low, high = metrics.ranking(y, rng.normal(size=y.size) + gap * y).interval()
        hits += low <= truth <= high
    assert 0.93 <= hits / 1000 <= 0.97


def test_a_difference_on_the_same_rows_is_sharper_than_two_areas(rng: np.random.Generator) -> None:
    y = rng.integers(0, 2, 2000)
    scores = rng.normal(size=2000) + y
    other = scores + 0.3 * rng.normal(size=2000)
    gap, se = metrics.ranking_difference(y, scores, other)
    assert gap == pytest.approx(metrics.roc_auc(y, scores) - metrics.roc_auc(y, other))
    assert se < metrics.ranking(y, scores).se


def test_undefined_areas_are_not_numbers() -> None:
    assert np.isnan(metrics.roc_auc(np.array([1, 1]), np.array([0.1, 0.2])))
    assert np.isnan(ScoreHistogram.of(np.array([1.0]), np.array([1])).auc)
    with pytest.raises(InputError, match="NaN at row 1"):
        metrics.roc_auc(np.array([0, 1]), np.array([0.1, np.nan]))
    with pytest.raises(InputError, match="one score a label"):
        metrics.roc_auc(np.array([0, 1]), np.array([0.1]))


def test_wilson_and_holm_refuse_and_pass_on() -> None:
    assert metrics.wilson(0, 0) == (0.0, 1.0)
    with pytest.raises(InputError, match="got 3 of 2"):
        metrics.wilson(3, 2)
    out = metrics.holm([0.01, np.nan, 0.5])
    assert out[0] == pytest.approx(0.02) and np.isnan(out[1])


def test_two_sample_distances_equal_scipy(rng: np.random.Generator) -> None:
    from scipy import stats

    a, b = rng.normal(size=800), rng.normal(0.1, 1, size=1200)
    expected = stats.ks_2samp(a, b, method="asymp")
    got = ks_distance(np.append(a, np.nan), b)
    assert got.distance == pytest.approx(expected.statistic) and got.p_value == pytest.approx(expected.pvalue, rel=0.2)
    u, v = rng.integers(0, 4, 500), rng.integers(0, 4, 700)
    table = np.stack([np.bincount(u, minlength=4), np.bincount(v, minlength=4)])
    assert share_distance(u, v).p_value == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue)
    assert ks_distance(np.array([np.nan]), b).p_value == 1.0
    assert share_distance(np.ones(5), np.ones(9)).p_value == 1.0


def test_shuffled_areas_centre_on_one_half(rng: np.random.Generator) -> None:
    y = rng.integers(0, 2, 400)
    null = permuted_auc(y, rng.normal(size=400), rng, 999)
    n1 = y.sum()
    assert abs(null.mean() - 0.5) < 0.01
    assert null.std() == pytest.approx(np.sqrt(401 / (12 * n1 * (400 - n1))), rel=0.1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sums_of_a_pair_equal_placements(dtype: type, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    module = importlib.import_module("cutaway.science.metrics.ranking")
    rng = np.random.default_rng(4)
    y = rng.random(30_000) < 0.2
    scores = (rng.normal(size=y.size) + y).astype(dtype)
    other = (scores + rng.normal(size=y.size)).round(2).astype(dtype)
    few = metrics.ranking_pair(y, scores, other), metrics.ranking(y, scores)
    monkeypatch.setattr(module, "_FEW", 100)
    many = metrics.ranking_pair(y, scores, other), metrics.ranking(y, scores)
    np.testing.assert_allclose(many[0].covariance, few[0].covariance, rtol=1e-8)
    np.testing.assert_allclose([many[0].first, many[0].second], [few[0].first, few[0].second], rtol=1e-12)
    np.testing.assert_allclose([many[1].auc, many[1].se], [few[1].auc, few[1].se], rtol=1e-9)
    assert many[0].p_value < 0.001 and many[0].interval()[0] > 0


@pytest.mark.parametrize("n", [4, 200])
def test_a_pair_without_two_of_a_class_has_no_error(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    module = importlib.import_module("cutaway.science.metrics.ranking")
    y = np.arange(n) == 2
    for few in (10**6, 1):
        monkeypatch.setattr(module, "_FEW", few)
        pair = metrics.ranking_pair(y, np.arange(n) / 1.0, -np.arange(n) / 1.0)
        assert pair.difference == pytest.approx(2 * 2 / (n - 1) - 1) and np.isnan(pair.se)
        none = metrics.ranking_pair(np.zeros(n, bool), np.arange(n) / 1.0, np.arange(n) / 1.0)
        assert np.isnan([none.first, none.se]).all()
