"""Intervals equal the references and cover as often as they say, with few positives too."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from cutaway.core.errors import InputError
from cutaway.science.metrics import (
    RATES,
    Counts,
    Estimate,
    Rate,
    accuracy,
    clopper_pearson,
    counts,
    donner_zou,
    f1,
    f_beta_rate,
    informedness,
    label_counts,
    newcombe,
    newcombe_p,
    positive_likelihood_ratio,
    precision,
    recall,
    wilson,
)


@given(st.integers(1, 500), st.floats(0, 1), st.sampled_from([0.9, 0.95, 0.999]))
def test_clopper_pearson_equals_statsmodels(trials: int, share: float, level: float) -> None:
    successes = round(share * trials)
    want = proportion_confint(successes, trials, 1 - level, method="beta")
    assert clopper_pearson(successes, trials, level) == pytest.approx(want, abs=1e-9)
    exact = binomtest(successes, trials).proportion_ci(level)
    assert clopper_pearson(successes, trials, level) == pytest.approx((exact.low, exact.high), abs=1e-9)


@given(st.integers(1, 300), st.integers(1, 300), st.floats(0, 1), st.floats(0, 1))
def test_newcombe_equals_statsmodels(n: int, m: int, share: float, other: float) -> None:
    a, b = round(share * n), round(other * m)
    want = confint_proportions_2indep(a, n, b, m, method="newcomb", compare="diff")
    assert newcombe(a, n, b, m) == pytest.approx(want, abs=1e-9)
    low, high = newcombe(b, m, a, n)
    assert newcombe(a, n, b, m) == pytest.approx((-high, -low), abs=1e-12)


@given(st.integers(1, 200), st.integers(1, 200), st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.3))
def test_the_p_value_is_the_level_at_which_the_interval_touches(
    n: int, m: int, share: float, other: float, tolerance: float
) -> None:
    a, b = round(share * n), round(other * m)
    p = newcombe_p(a, n, b, m, tolerance)
    low, high = newcombe(a, n, b, m)
    assert (p < 0.05) == (low > tolerance or high < -tolerance)
    assert newcombe_p(b, m, a, n, tolerance) == pytest.approx(p, rel=1e-9)


def test_nothing_seen_tells_nothing() -> None:
    assert wilson(0, 0) == clopper_pearson(0, 0) == (0.0, 1.0)
    assert newcombe(0, 0, 3, 5) == (-1.0, 1.0) and newcombe_p(0, 0, 3, 5) == 1.0
    assert newcombe_p(10**6, 10**6, 0, 10**6) == 0.0
    for bad in ((-1, 5), (6, 5)):
        with pytest.raises(InputError, match="clopper_pearson expected 0 <= successes <= trials"):
            clopper_pearson(*bad)
        with pytest.raises(InputError, match="wilson expected"):
            newcombe(*bad, 1, 2)


def test_proportions_take_wilson_or_clopper_pearson() -> None:
    c = Counts(np.array([[90.0, 4.0], [1.0, 5.0]]))
    assert recall.interval(c) == Estimate(5 / 6, *wilson(5, 6), "Wilson interval")
    got = precision.interval(c, method="clopper-pearson", level=0.9)
    assert got == Estimate(5 / 9, *clopper_pearson(5, 9, 0.9), "Clopper-Pearson interval", 0.9)
    assert got.width == got.high - got.low
    assert accuracy.interval(c).low == pytest.approx(wilson(95, 100)[0])
    with pytest.raises(InputError, match="clopper-pearson is for proportions, and f1 is none"):
        f1.interval(c, method="clopper-pearson")
    with pytest.raises(InputError, match=r"take counts\.label\(k\)"):
        f1.interval(label_counts([[1]], [[1]]))  # type: ignore[arg-type]


def test_weights_enter_by_the_effective_number_of_each_class() -> None:
    """A weight that is the same for all positives says nothing about recall, however large it is."""
    y, pred = np.repeat([0, 0, 1, 1], [900, 60, 10, 30]), np.repeat([0, 1, 0, 1], [900, 60, 10, 30])
    plain, weighted = counts(y, pred), counts(y, pred, np.where(y == 1, 49.0, 1.0))
    for rate in (recall, RATES["specificity"]):
        a, b = rate.interval(plain), rate.interval(weighted)
        assert (a.low, a.high) == pytest.approx((b.low, b.high))
    uneven = np.random.default_rng(0).exponential(size=1000)
    rows, found = uneven[y == 1], pred[y == 1]
    got = recall.interval(counts(y, pred, uneven))
    variance = (rows**2 @ (found - got.value) ** 2) / rows.sum() ** 2  # of a ratio of weighted sums
    effective = got.value * (1 - got.value) / variance
    assert (got.low, got.high) == pytest.approx(wilson(got.value * effective, effective))
    alike = np.tile(uneven[:10], 100)  # the same weights among the hits and the misses: Kish's number
    rows = alike[y == 1]
    assert recall.effective(counts(y, pred, alike))[1] == pytest.approx(rows.sum() ** 2 / (rows**2).sum())


@pytest.mark.parametrize("rate", [f1, f_beta_rate(2.0), RATES["matthews_correlation"], RATES["cohen_kappa"]])
def test_the_delta_method_is_the_variance_over_many_samples(rate: Rate) -> None:
    rng = np.random.default_rng(0)
    cells = np.array([0.6, 0.1, 0.05, 0.25])
    drawn = [rate.of(Counts(m.reshape(2, 2).astype(float))) for m in rng.multinomial(4000, cells, 4000)]
    got = rate.interval(Counts(4000 * cells.reshape(2, 2)))
    assert (got.high - got.low) / (2 * 1.96) == pytest.approx(np.std(drawn), rel=0.04)


def test_intervals_of_averages_cover() -> None:
    rng = np.random.default_rng(0)
    share = np.array([[40, 5, 5], [4, 18, 3], [5, 2, 18]]) / 100
    for average in ("macro", "micro", "weighted"):
        truth = f1.of(Counts(share), average=average)  # type: ignore[call-overload]
        drawn = [
            f1.interval(Counts(m.reshape(3, 3).astype(float)), average=average)  # type: ignore[arg-type]
            for m in rng.multinomial(200, share.ravel(), 800)
        ]
        assert 0.93 < np.mean([e.low <= truth <= e.high for e in drawn]) < 0.97


@pytest.mark.parametrize("name", ["recall", "precision", "accuracy", "f1", "matthews_correlation"])
def test_weighted_intervals_cover(name: str) -> None:
    """Rows of random weights, and positives that weigh 20 times as much. Weights with longer tails than these, among
    few rows, cover less: 92.5 % with exponential ones.
    """
    rng = np.random.default_rng(0)
    rate, share = RATES[name], np.array([[0.8, 0.05], [0.04, 0.11]])
    heavy = np.array([1.0, 20.0])
    truth = rate.of(Counts(share * heavy[:, None]))
    hits = []
    for _ in range(800):
        cells = rng.choice(4, 400, p=share.ravel())
        weight = heavy[cells // 2] * rng.gamma(4, 0.25, size=400)
        got = rate.interval(Counts.of(cells // 2, cells % 2, weight, classes=2))
        hits.append(got.low <= truth <= got.high)
    assert 0.93 < np.mean(hits) < 0.97


def test_an_absent_class_left_out_changes_no_interval() -> None:
    matrix = np.array([[30.0, 4, 0], [5, 21, 0], [0, 0, 0]])
    got = f1.interval(Counts(matrix), average="macro", undefined="omit")
    want = f1.interval(Counts(matrix[:2, :2]), average="macro")
    assert got.value == want.value and (got.low, got.high) == pytest.approx((want.low, want.high), abs=0.01)
    assert f1.interval(Counts(matrix), average="macro").method == "not defined"


def covered(rate: Rate, cells: np.ndarray, rows: int, rng: np.random.Generator, times: int) -> float:
    """How often the interval holds the true value, by the chance of each table that is drawn."""
    truth = rate.of(Counts(cells.reshape(2, 2)))
    tables, often = np.unique(rng.multinomial(rows, cells, times), axis=0, return_counts=True)
    hits = defined = 0
    for table, n in zip(tables, often, strict=True):
        got = rate.interval(Counts(table.reshape(2, 2).astype(float)))
        if not math.isnan(got.value):
            defined += n
            hits += n * (got.low - 1e-12 <= truth <= got.high + 1e-12)
    return hits / defined


def binomial_coverage(trials: int, method: str) -> np.ndarray:
    """Coverage at 99 proportions, by the exact chance of every count."""
    p = np.arange(1, 100) / 100
    k = np.arange(trials + 1)
    ends = np.array([wilson(i, trials) if method == "wilson" else clopper_pearson(i, trials) for i in k])
    log_choose = np.array([math.lgamma(trials + 1) - math.lgamma(i + 1) - math.lgamma(trials - i + 1) for i in k])
    chance = np.exp(log_choose + k * np.log(p)[:, None] + (trials - k) * np.log(1 - p)[:, None])
    inside = (ends[:, 0] <= p[:, None]) & (p[:, None] <= ends[:, 1])
    return np.asarray((chance * inside).sum(1))


@pytest.mark.parametrize("trials", [5, 10, 20, 50, 200])
def test_proportions_cover(trials: int) -> None:
    """Wilson's is near 95 % on average over the proportions; Clopper and Pearson's never below it, so above on
    average: 98 % for ten trials, 96 % for 200.
    """
    assert 0.93 < binomial_coverage(trials, "wilson").mean() < 0.97
    exact = binomial_coverage(trials, "clopper-pearson")
    assert exact.min() >= 0.95 - 1e-12 and 0.95 < exact.mean() < 0.995


@pytest.mark.slow
@pytest.mark.parametrize("positives", [5, 10, 40])
@pytest.mark.parametrize(
    "rate",
    [*(r for r in RATES.values() if not r.share), f_beta_rate(2.0), f_beta_rate(0.5)],
    ids=lambda r: r.name if isinstance(r, Rate) else str(r),
)
def test_rates_cover_with_few_positives(rate: Rate, positives: int) -> None:
    """200 rows, of which so many are expected to be positive; on average over six classifiers, poor to good."""
    rng = np.random.default_rng(positives)
    share = positives / 200
    cover = [
        covered(rate, np.array([(1 - share) * (1 - b), (1 - share) * b, share * (1 - a), share * a]), 200, rng, 1000)
        for a, b in ((0.3, 0.05), (0.5, 0.2), (0.6, 0.1), (0.8, 0.05), (0.9, 0.02), (0.95, 0.1))
    ]
    # Five positives carry little: there the intervals may hold the truth too often, never too rarely.
    assert 0.93 < np.mean(cover) < (0.97 if positives > 5 else 0.985)
    assert min(cover) > 0.90


@pytest.mark.parametrize("n", [10, 30, 100])
def test_newcombes_differences_cover(n: int) -> None:
    rng = np.random.default_rng(n)
    hits = []
    for p in (0.05, 0.2, 0.5, 0.9):
        for q in (0.1, 0.3, 0.6):
            a, b = rng.binomial(n, p, 400), rng.binomial(2 * n, q, 400)
            ends = np.array([newcombe(x, n, y, 2 * n) for x, y in zip(a.tolist(), b.tolist(), strict=True)])
            hits.append(np.mean((ends[:, 0] <= p - q) & (p - q <= ends[:, 1])))
    assert 0.93 < np.mean(hits) < 0.97


def test_likelihood_ratios_are_ratios_of_proportions() -> None:
    c = Counts(np.array([[900.0, 100.0], [20.0, 80.0]]))
    got = positive_likelihood_ratio.interval(c)
    assert (got.low, got.high) == donner_zou(80, 100, 100, 1000)
    half = 1.96 * math.sqrt(1 / 80 - 1 / 100 + 1 / 100 - 1 / 1000)  # Simel, Samsa & Matchar's, good for large counts
    assert (got.low, got.high) == pytest.approx((8 * math.exp(-half), 8 * math.exp(half)), rel=0.03)
    none = positive_likelihood_ratio.interval(Counts(np.array([[50.0, 50.0], [10.0, 0.0]])))
    assert none.value == 0.0 == none.low and 0 < none.high < 1
    assert donner_zou(0, 0, 3, 5) == (0.0, math.inf) and donner_zou(0, 5, 0, 5) == (0.0, math.inf)
    low, high = donner_zou(50, 100, 0, 1000)
    assert 50 < low < 200 and high == math.inf  # no false alarm in 1000 bounds the ratio from below
    assert donner_zou(50, 100, 1e-9, 1000)[0] == pytest.approx(low, rel=1e-6)
    assert positive_likelihood_ratio.interval(c, average="macro").method == "delta method on the log scale"


def test_only_proportions_have_trials() -> None:
    c = Counts(np.array([[90.0, 4.0], [1.0, 5.0]]))
    assert recall.effective(c) == (5, 6) and accuracy.effective(c) == (95, 100)
    with pytest.raises(InputError, match="informedness is no proportion of rows"):
        informedness.effective(c)
