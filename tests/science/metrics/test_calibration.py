"""Calibration: reliability, decompositions, slope, tests and their nulls."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import isotonic_regression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as sklearn_log_loss

from cutaway.core.errors import InputError
from cutaway.science import metrics
from cutaway.science.metrics import ScoreHistogram, Tally
from cutaway.science.metrics.tally import sigmoid

ROWS = st.lists(st.tuples(st.floats(0.001, 0.999), st.booleans(), st.floats(0.1, 4)), min_size=2, max_size=30)
VALUES = st.lists(st.tuples(st.floats(-5, 5), st.floats(0.05, 4)), min_size=1, max_size=25)


def columns(rows: list[tuple[float, bool, float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels with both classes, probabilities and weights."""
    y = np.array([k for _, k, _ in rows]).astype(int)
    y[0], y[1] = 0, 1
    return y, np.array([p for p, _, _ in rows]), np.array([w for _, _, w in rows])


def drawn(rng: np.random.Generator, n: int, mean: float = -1.0, spread: float = 1.2) -> tuple[np.ndarray, np.ndarray]:
    """Labels of calibrated log-odds, and the log-odds."""
    s = rng.normal(mean, spread, n)
    return (rng.random(n) < sigmoid(s)).astype(int), s


@given(VALUES)
def test_isotonic_fit_equals_scikit_learn(pairs: list[tuple[float, float]]) -> None:
    value, weight = (np.array(v) for v in zip(*pairs, strict=True))
    assert metrics.isotonic_fit(value, weight) == pytest.approx(
        isotonic_regression(value, sample_weight=weight), abs=1e-9
    )


@given(VALUES)
def test_isotonic_fit_keeps_order_and_totals_and_is_idempotent(pairs: list[tuple[float, float]]) -> None:
    value, weight = (np.array(v) for v in zip(*pairs, strict=True))
    fit = metrics.isotonic_fit(value, weight)
    assert (np.diff(fit) >= 0).all()
    assert fit @ weight == pytest.approx(value @ weight, abs=1e-9)
    assert metrics.isotonic_fit(fit, weight) == pytest.approx(fit, abs=1e-12)
    assert metrics.isotonic_fit(2 * value + 1, weight) == pytest.approx(2 * fit + 1, abs=1e-9)


def test_isotonic_fit_of_nothing_and_of_faults() -> None:
    assert metrics.isotonic_fit(np.array([])).size == 0
    with pytest.raises(InputError, match="nan"):
        metrics.isotonic_fit(np.array([1.0, np.nan]))
    with pytest.raises(InputError, match="one weight a value"):
        metrics.isotonic_fit(np.ones(2), np.ones(3))


@given(ROWS)
def test_losses_equal_scikit_learn(rows: list[tuple[float, bool, float]]) -> None:
    y, p, w = columns(rows)
    tally = Tally.of(y, p, w)
    assert metrics.mean_log_loss(tally) == pytest.approx(sklearn_log_loss(y, p, sample_weight=w))
    assert metrics.mean_brier(tally) == pytest.approx(brier_score_loss(y, p, sample_weight=w))
    assert tally.mean_score == pytest.approx(np.average(p, weights=w))
    assert tally.prevalence == pytest.approx(np.average(y, weights=w))


@given(ROWS, st.sampled_from(["log", "brier"]))
def test_the_decomposition_adds_up_and_has_no_negative_part(rows: list[tuple[float, bool, float]], rule: str) -> None:
    y, p, w = columns(rows)
    parts = metrics.decomposition(Tally.of(y, p, w), rule)  # type: ignore[arg-type]
    assert min(parts.miscalibration, parts.discrimination, parts.uncertainty) >= 0
    assert parts.score == pytest.approx(parts.miscalibration - parts.discrimination + parts.uncertainty, abs=1e-9)


@given(ROWS)
def test_recalibrated_scores_are_calibrated_and_discriminate_as_before(rows: list[tuple[float, bool, float]]) -> None:
    y, p, w = columns(rows)
    tally = Tally.of(y, p, w)
    before, curve = metrics.decomposition(tally, "brier"), metrics.recalibrated(tally)
    after = metrics.decomposition(Tally.of(y, curve[np.searchsorted(np.unique(p), p)], w), "brier")
    assert after.miscalibration == pytest.approx(0, abs=1e-9)
    assert after.discrimination == pytest.approx(before.discrimination, abs=1e-9)


def test_the_histogram_tells_the_same_as_the_rows(rng: np.random.Generator) -> None:
    y, s = drawn(rng, 40_000)
    rows, bins = Tally.of_logits(y, s), ScoreHistogram.of(s, y)
    for rule in ("log", "brier"):
        a, b = metrics.decomposition(rows, rule), metrics.decomposition(bins, rule)  # type: ignore[arg-type]
        assert (a.score, a.discrimination) == pytest.approx((b.score, b.discrimination), abs=2e-5)
    assert metrics.calibration_line(rows).slope.value == pytest.approx(
        metrics.calibration_line(bins).slope.value, abs=1e-4
    )
    assert metrics.implied_weight(rows).value == pytest.approx(metrics.implied_weight(bins).value, abs=1e-4)


def test_a_certain_and_wrong_score_is_infinitely_bad() -> None:
    tally = Tally.of(np.array([0, 1, 1]), np.array([0.3, 0.0, 1.0]))
    parts = metrics.decomposition(tally)
    assert parts.score == parts.miscalibration == math.inf and math.isfinite(parts.uncertainty)
    assert metrics.spiegelhalter(tally).p_value == 0 == metrics.level_p(tally)
    assert metrics.calibration_test(tally, np.random.default_rng(0)).p_value == 0
    assert metrics.mean_brier(tally) == pytest.approx((0.09 + 1) / 3)


def test_nothing_is_undefined_never_zero() -> None:
    nothing = Tally.of(np.array([], int), np.array([]))
    assert math.isnan(metrics.mean_log_loss(nothing)) and math.isnan(metrics.mean_brier(nothing))
    assert math.isnan(metrics.calibration_line(nothing).slope.value)
    assert math.isnan(metrics.implied_weight(nothing).value)
    assert metrics.reliability(nothing).rate.size == 0
    assert math.isnan(metrics.calibration_test(nothing, np.random.default_rng(0)).p_value)
    one = Tally.of(np.ones(5, int), np.full(5, 0.7))
    assert math.isnan(metrics.calibration_line(one).slope.value) and math.isnan(metrics.implied_weight(one).value)
    assert metrics.decomposition(one).uncertainty == 0


@pytest.mark.parametrize(
    ("y", "p", "message"),
    [
        ([0, 2], [0.1, 0.2], "labels 0 or 1, got 2 at row 1"),
        ([0, 1], [0.1, 1.2], "probabilities in \\[0, 1\\], got 1.2 at row 1"),
        ([0, 1], [0.1], "one score and weight a label"),
    ],
)
def test_faults_are_named_with_their_row(y: list[int], p: list[float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Tally.of(np.array(y), np.array(p))


def test_the_line_equals_an_unpenalised_logistic_regression(rng: np.random.Generator) -> None:
    y, s = drawn(rng, 3000)
    found = metrics.calibration_line(Tally.of_logits(y, 2 * s - 1))
    fit = LogisticRegression(C=np.inf, tol=1e-10).fit((2 * s - 1)[:, None], y)
    assert found.slope.value == pytest.approx(fit.coef_[0, 0], abs=1e-4)
    assert found.intercept.value == pytest.approx(fit.intercept_[0], abs=1e-4)
    assert found.p_value < 1e-6 and found.slope.high < 1


def test_separated_classes_give_an_infinite_slope() -> None:
    y, p = np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.6, 0.9])
    assert metrics.calibration_line(Tally.of(y, p)).slope.value == math.inf
    assert metrics.calibration_line(Tally.of(1 - y, p)).slope.value == -math.inf


def test_reliability_has_exact_intervals(rng: np.random.Generator) -> None:
    y, s = drawn(rng, 5000)
    found = metrics.reliability(Tally.of_logits(y, s), bins=7)
    assert found.weight.sum() == 5000 and found.weight.min() >= 714
    for rate, weight, low, high in zip(found.rate, found.weight, found.low, found.high, strict=True):
        assert (low, high) == pytest.approx(metrics.clopper_pearson(round(rate * weight), weight))
    assert (np.diff(found.mean) > 0).all() and found.off.sum() <= 2


def test_equal_scores_are_never_split() -> None:
    found = metrics.reliability(Tally.of(np.arange(100) % 2, np.full(100, 0.5)), bins=10)
    assert found.rate.tolist() == [0.5]


def test_spiegelhalter_by_hand() -> None:
    y, p = np.array([0, 0, 1]), np.array([0.2, 0.3, 0.6])
    z = ((y - p) * (1 - 2 * p)).sum() / math.sqrt(((1 - 2 * p) ** 2 * p * (1 - p)).sum())
    assert metrics.spiegelhalter(Tally.of(y, p)).statistic == pytest.approx(z)


def test_tests_of_calibration_keep_their_level_and_intervals_cover() -> None:
    rng = np.random.default_rng(7)
    times, refuted, covered = 400, np.zeros(4), np.zeros(3)
    for _ in range(times):
        y, s = drawn(rng, 600, -2)
        tally = Tally.of_logits(y, s)
        line, weight = metrics.calibration_line(tally), metrics.implied_weight(tally)
        refuted += [
            metrics.spiegelhalter(tally).p_value < 0.05,
            line.p_value < 0.05,
            metrics.calibration_test(tally, rng, 99).p_value <= 0.05,
            metrics.level_p(tally) < 0.05,
        ]
        covered += [
            line.slope.low <= 1 <= line.slope.high,
            line.intercept.low <= 0 <= line.intercept.high,
            weight.low <= 1 <= weight.high,
        ]
    assert (refuted / times < 0.08).all() and (refuted / times > 0.02).all()
    assert (covered / times > 0.925).all() and (covered / times < 0.98).all()


def test_the_isotonic_test_sees_what_the_line_does_not(rng: np.random.Generator) -> None:
    s = rng.normal(0, 1.5, 20_000)
    y = rng.random(s.size) < sigmoid(s + 1.2 * (np.abs(s) < 0.4) - 1.2 * (np.abs(s - 0.8) < 0.4))
    tally = Tally.of_logits(y, s)
    assert metrics.calibration_test(tally, rng, 999).p_value <= 0.001


def test_the_band_holds_calibrated_curves(rng: np.random.Generator) -> None:
    inside = []
    for _ in range(40):
        y, s = drawn(rng, 2000)
        band = metrics.calibration_band(Tally.of_logits(y, s), rng, times=199)
        inside.append(np.mean((band.low <= band.rate + 1e-12) & (band.rate <= band.high + 1e-12)))
    assert 0.93 <= np.mean(inside) <= 0.98


@given(st.floats(0.02, 60), st.floats(-4, 0))
def test_the_implied_weight_is_recovered_whatever_it_is(weight: float, mean: float) -> None:
    s = np.linspace(mean - 2, mean + 2, 101)
    p = sigmoid(s)
    # labels exactly as probable as the scores say: fractional rows
    tally = Tally(s + math.log(weight), 1 - p, p, 101.0)
    found = metrics.implied_weight(tally)
    assert found.value == pytest.approx(weight, rel=1e-6) and found.low < weight < found.high


def test_the_implied_weight_matches_mean_score_and_prevalence(rng: np.random.Generator) -> None:
    y, s = drawn(rng, 4000, -3)
    tally = Tally.of_logits(y, s + 2)
    shift = metrics.LogOddsShift.undo_class_weight(metrics.implied_weight(tally).value)
    assert metrics.corrected(tally, shift).mean_score == pytest.approx(y.mean(), abs=1e-8)


def test_weights_of_rows_widen_intervals_by_the_effective_number(rng: np.random.Generator) -> None:
    y, s = drawn(rng, 4000)
    even, doubled = Tally.of_logits(y, s), Tally.of_logits(y, s, np.full(4000, 2.0))
    assert doubled.scale == 0.5
    assert metrics.calibration_line(doubled).slope.width == pytest.approx(metrics.calibration_line(even).slope.width)
    assert metrics.implied_weight(doubled).width == pytest.approx(metrics.implied_weight(even).width)
    assert metrics.reliability(doubled).high == pytest.approx(metrics.reliability(even).high)


@pytest.mark.parametrize(("high", "least"), [(39.2, 1e15), (5.0, 100.0)])
def test_two_far_groups_on_the_wrong_sides_have_a_weight_with_ends(high: float, least: float) -> None:
    """The mean score moves only beside a group, so that the slope between them says nothing of the interval."""
    tally = metrics.Tally.of_logits(np.array([1, 1, 0, 0]), np.array([-1.0, -1.0, high, high]))
    found = metrics.implied_weight(tally)
    assert 0 < found.low < math.exp(-1) < found.value < least < found.high < math.inf
    for end, sign in ((found.low, -1), (found.high, 1)):
        moved = 1 / (1 + np.exp(math.log(end) - tally.finite))
        excess = float((tally.positives - tally.weight * moved).sum())
        spread = float((tally.weight * moved * (1 - moved)).sum())
        assert excess / math.sqrt(spread) == pytest.approx(sign * 1.959964, rel=1e-4)
