"""Corrections of scores: Platt, isotonic, beta, and shifts of the prior."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.calibration import _SigmoidCalibration
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from cutaway.core.errors import InputError
from cutaway.science import metrics
from cutaway.science.metrics import Beta, Isotonic, LogOddsShift, Platt, PriorShift, Tally
from cutaway.science.metrics.tally import sigmoid

PROBABILITIES = st.lists(st.floats(1e-6, 1 - 1e-6), min_size=1, max_size=20).map(np.array)


@pytest.fixture
def scored(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and log-odds that are too extreme and too high."""
    s = rng.normal(-1, 1.2, 4000)
    return (rng.random(s.size) < sigmoid(s)).astype(int), 1.6 * s + 1


@given(PROBABILITIES, st.floats(-8, 8))
def test_a_shift_and_its_inverse_leave_scores(p: np.ndarray, by: float) -> None:
    shift = LogOddsShift(by)
    assert shift.inverse(shift(p)) == pytest.approx(p, rel=1e-9)
    assert LogOddsShift.undo_class_weight(shift.undone_weight).shift == pytest.approx(by, abs=1e-12)


@given(PROBABILITIES, st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_shifts_of_the_prior_follow_each_other(p: np.ndarray, a: float, b: float, c: float) -> None:
    step = LogOddsShift.prior(b, c)(LogOddsShift.prior(a, b)(p))
    assert step == pytest.approx(LogOddsShift.prior(a, c)(p), rel=1e-9)


@given(PROBABILITIES, st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_the_shift_is_elkan_s_formula_and_saerens_s(p: np.ndarray, a: float, b: float) -> None:
    elkan = b * (p - p * a) / (a - p * a + b * p - a * b)
    assert LogOddsShift.prior(a, b)(p) == pytest.approx(elkan, rel=1e-6)
    both = PriorShift(np.array([1 - a, a]), np.array([1 - b, b]))(np.column_stack([1 - p, p]))
    assert both[:, 1] == pytest.approx(elkan, rel=1e-6)


@given(PROBABILITIES, st.floats(0.2, 5), st.floats(-3, 3))
def test_platt_s_line_and_its_inverse_leave_scores(p: np.ndarray, slope: float, intercept: float) -> None:
    line = Platt(slope, intercept)
    moved = line(p)
    assume(((moved > 1e-9) & (moved < 1 - 1e-9)).all())
    assert line.inverse(moved) == pytest.approx(p, rel=1e-5)


def test_certain_scores_stay_certain_under_a_shift() -> None:
    assert LogOddsShift(3.0)(np.array([0.0, 1.0])).tolist() == [0, 1]


def test_weighted_training_is_undone_exactly_in_a_logistic_model(rng: np.random.Generator) -> None:
    x = rng.normal(size=(60_000, 2))
    y = rng.random(len(x)) < sigmoid(x @ [1.0, -0.5] - 2)
    plain = LogisticRegression(C=np.inf).fit(x, y)
    weighted = LogisticRegression(C=np.inf, class_weight={0: 1, 1: 20}).fit(x, y)
    shift = LogOddsShift.undo_class_weight(20)
    off = np.abs(shift(weighted.predict_proba(x)[:, 1]) - plain.predict_proba(x)[:, 1])
    assert off.max() < 0.03 and shift.exact
    kept = y | (rng.random(y.size) < 0.1)
    sampled = LogisticRegression(C=np.inf).fit(x[kept], y[kept])
    undone = LogOddsShift.undo_resampling(1.0, 0.1)(sampled.predict_proba(x)[:, 1])
    assert np.abs(undone - plain.predict_proba(x)[:, 1]).max() < 0.05


def test_platt_equals_scikit_learn(scored: tuple[np.ndarray, np.ndarray]) -> None:
    y, s = scored
    theirs = _SigmoidCalibration().fit(s, y)
    ours = Platt.fit(Tally.of_logits(y, s))
    assert (ours.slope, ours.intercept) == pytest.approx((-theirs.a_, -theirs.b_), abs=1e-4)
    assert ours(sigmoid(s)) == pytest.approx(theirs.predict(s), abs=1e-5)


def test_isotonic_equals_scikit_learn(scored: tuple[np.ndarray, np.ndarray], rng: np.random.Generator) -> None:
    y, s = scored
    p = sigmoid(s)
    theirs = IsotonicRegression(out_of_bounds="clip").fit(p, y)
    ours = Isotonic.fit(Tally.of(y, p))
    asked = rng.random(500)
    assert ours(asked) == pytest.approx(theirs.predict(asked), abs=1e-9)


def test_beta_equals_a_logistic_regression_on_its_two_columns(scored: tuple[np.ndarray, np.ndarray]) -> None:
    y, s = scored
    p = sigmoid(s)
    fit = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(np.column_stack([np.log(p), -np.log(1 - p)]), y)
    ours = Beta.fit(Tally.of(y, p))
    assert fit.coef_.min() > 0
    assert (ours.a, ours.b, ours.c) == pytest.approx((*fit.coef_[0], fit.intercept_[0]), abs=2e-3)


def test_beta_keeps_its_coefficients_from_turning_negative(rng: np.random.Generator) -> None:
    p = rng.random(4000)
    y = rng.random(4000) < 0.2 + 0.7 * (2 * p - 1) ** 2  # falls with p at first, so that log p would count against
    ours = Beta.fit(Tally.of(y.astype(int), p))
    assert ours.a == 0 < ours.b


@pytest.mark.parametrize("kind", [Platt, Isotonic, Beta])
def test_corrections_lower_the_log_loss_on_other_rows(kind: type, scored: tuple[np.ndarray, np.ndarray]) -> None:
    y, s = scored
    fitted = kind.fit(Tally.of_logits(y[::2], s[::2]))
    other = Tally.of_logits(y[1::2], s[1::2])
    corrected = metrics.corrected(other, fitted)
    assert metrics.mean_brier(corrected) < metrics.mean_brier(other) - 0.01
    assert corrected.total == other.total and np.array_equal(corrected.logits, np.sort(corrected.logits))


@given(st.lists(st.booleans(), min_size=4, max_size=20), st.sampled_from([Platt, Beta]))
def test_fits_are_finite_even_where_classes_are_apart(labels: list[bool], kind: type) -> None:
    y = np.array(labels).astype(int)
    assume(0 < y.sum() < y.size)
    p = 0.1 + 0.8 * y
    p[0] = 0.2
    out = kind.fit(Tally.of(y, p))(p)
    assert np.isfinite(out).all() and ((out >= 0) & (out <= 1)).all()


def test_faults_say_what_to_do() -> None:
    with pytest.raises(InputError, match="both classes"):
        Platt.fit(Tally.of(np.ones(3, int), np.array([0.1, 0.2, 0.3])))
    with pytest.raises(InputError, match="different scores"):
        Beta.fit(Tally.of(np.array([0, 1]), np.array([0.5, 0.5])))
    with pytest.raises(InputError, match="smooth=True"):
        Platt.fit(Tally.of(np.array([0, 1]), np.array([0.4, 0.5])), smooth=False)
    with pytest.raises(InputError, match="above 0"):
        LogOddsShift.undo_class_weight(0)
    with pytest.raises(InputError, match="between 0 and 1"):
        LogOddsShift.prior(0.0, 0.5)
    with pytest.raises(InputError, match="add up to 1"):
        PriorShift(np.array([0.5, 0.6]), np.array([0.5, 0.5]))
    with pytest.raises(InputError, match="other than 0"):
        _ = Platt(0.0, 1.0).inverse


def test_the_prior_of_unlabelled_rows_is_estimated(rng: np.random.Generator) -> None:
    before, after = np.array([0.6, 0.3, 0.1]), np.array([0.2, 0.3, 0.5])
    y = rng.choice(3, 30_000, p=after)
    x = rng.normal(np.array([0.0, 2.0, 4.0])[y], 1.0)
    density = np.exp(-((x[:, None] - np.array([0.0, 2.0, 4.0])) ** 2) / 2)
    p = density * before
    shift = PriorShift.estimated(p / p.sum(axis=1, keepdims=True), before)
    assert shift.after == pytest.approx(after, abs=0.01)
    right = density * after
    assert shift(p / p.sum(axis=1, keepdims=True)) == pytest.approx(right / right.sum(axis=1, keepdims=True), abs=0.02)
    assert shift.inverse(shift(p / p.sum(axis=1, keepdims=True))) == pytest.approx(p / p.sum(axis=1, keepdims=True))


def test_a_shift_of_no_rows_is_no_row() -> None:
    assert LogOddsShift(1.0)(np.array([])).size == 0 and math.isclose(LogOddsShift(0.0).undone_weight, 1.0)
