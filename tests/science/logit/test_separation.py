"""Separation is found with its columns, certified, and never claimed of data whose fit exists."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from cutaway.science import logit
from tests.science.logit.rows import binary, folded, several


def certify(x, y, found, classes=2):
    """The definition of Albert and Anderson, row by row."""
    reference = 0 if classes == 2 else classes - 1
    direction = np.insert(found.direction, reference, 0.0, axis=0)
    scores = np.column_stack((np.ones(len(x)), x)) @ direction.T
    lead = scores[np.arange(len(y)), y][:, None] - scores
    assert lead.min() > -1e-6 * np.abs(scores).max()
    assert lead.max() > 0
    others = np.arange(classes)[None, :] != y[:, None]
    if found.kind == "complete":
        assert lead[others].min() > 0


def exists_by_linear_programme(x, y):
    """Konis (2007): the fit exists unless some direction with sign * x d >= 0 has a positive sum."""
    signed = np.column_stack((np.ones(len(x)), x)) * np.where(y == 1, 1.0, -1.0)[:, None]
    best = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(x)), bounds=(-1, 1), method="highs")
    return -best.fun < 1e-7


def test_complete_by_one_column():
    x, y = binary()
    y[:] = x[:, 2] > 0.1
    found = logit.separation(x, y)
    assert (found.kind, found.columns, found.strict_rows) == ("complete", (2,), len(x))
    certify(x, y, found)
    (split,) = found.alone
    assert split.above and x[y == 0, 2].max() < split.threshold < x[y == 1, 2].min()


def test_complete_by_several_columns():
    x, y = binary()
    y[:] = x[:, 0] - 2 * x[:, 2] > 0.1
    found = logit.separation(x, y)
    assert found.kind == "complete" and {0, 2} <= set(found.columns) and found.alone == ()
    certify(x, y, found)


@pytest.mark.parametrize(("label", "above"), [(1, True), (0, False)])
def test_a_rare_flag(label, above):
    x, y = binary()
    x[:, 3] = 0
    x[:7, 3], y[:7] = 1, label
    found = logit.separation(x, y)
    assert (found.kind, found.columns, found.strict_rows) == ("quasi-complete", (3,), 7)
    assert (found.alone[0].above, found.alone[0].threshold) == (above, 0.0)
    certify(x, y, found)


def test_the_reference_level_of_a_factor_names_the_whole_factor():
    x, y = binary()
    level = np.random.default_rng(5).integers(0, 4, len(x))
    y[level == 0] = 0
    wide = np.column_stack((x, level[:, None] == np.array([1, 2, 3])))
    found = logit.separation(wide, y)
    assert (found.kind, found.columns, found.strict_rows) == ("quasi-complete", (4, 5, 6), np.sum(level == 0))
    certify(wide, y, found)


def test_a_difference_of_two_columns():
    x, y = binary()
    rng = np.random.default_rng(2)
    a, b = (rng.random((2, len(x))) < 0.3).astype(float)
    y[a > b], y[a < b] = 1, 0
    wide = np.column_stack((x, a, b))
    found = logit.separation(wide, y)
    assert (found.kind, found.columns) == ("quasi-complete", (4, 5))
    certify(wide, y, found)


def test_scales_do_not_hide_it():
    x, y = binary()
    y[:] = x[:, 0] - 2 * x[:, 2] > 0.1
    wide = x * [1e6, 1, 1e-5, 1e9] + [1e7, 0, 0, 1e9]
    found = logit.separation(wide, y)
    assert found.kind == "complete" and {0, 2} <= set(found.columns)


def test_weights_of_zero_have_no_say():
    x, y = binary()
    y[:] = x[:, 2] > 0.1
    y[:3] = 1 - y[:3]
    w = np.ones(len(x))
    assert logit.separation(x, y) is None
    w[:3] = 0
    assert logit.separation(x, y, w).kind == "complete"


def test_one_row_short_of_separation_is_fitted():
    x = np.linspace(-1, 1, 200)[:, None]
    y = (x[:, 0] > 0).astype(int)
    y[[99, 100]] = y[[100, 99]]
    assert logit.separation(x, y) is None
    assert logit.fit(x, y).status == "converged"


@given(seed=st.integers(0, 10**6), n=st.integers(4, 25), p=st.integers(1, 4), discrete=st.booleans())
@settings(max_examples=80, deadline=None)
def test_agrees_with_the_linear_programme(seed, n, p, discrete):
    rng = np.random.default_rng(seed)
    x = rng.integers(-1, 2, size=(n, p)).astype(float) if discrete else rng.normal(size=(n, p))
    y = rng.integers(0, 2, n)
    y[:2] = [0, 1]
    found = logit.separation(x, y)
    assert (found is None) == exists_by_linear_programme(x, y)
    if found is not None:
        certify(x, y, found)


def test_a_class_among_several_that_a_flag_gives_away():
    x, y = several()
    x[:, 1] = 0
    x[:9, 1], y[:9] = 1, 2
    found = logit.separation(x, y)
    assert (found.kind, found.columns, found.strict_rows) == ("quasi-complete", (1,), 9)
    assert {(s.target_class, s.above) for s in found.alone} >= {(2, True)}
    certify(x, y, found, 4)


def test_several_classes_completely():
    x, y = several(classes=3)
    y[:] = np.digitize(x[:, 0] + x[:, 1], [-0.5, 0.5])
    found = logit.separation(x, y)
    assert found.kind == "complete"
    certify(x, y, found, 3)
    assert logit.separation(*several()) is None


def test_a_fold_finds_the_same():
    x, y = binary()
    x[:, 3] = 0
    x[:7, 3], y[:7] = 1, 1
    fitted = logit.fit_fold(folded([3, 100, 250], x, y, None), 4)
    assert fitted.status == "separated" and fitted.separation.columns == (3,)


@pytest.mark.parametrize(("seed", "n", "k"), [(0, 200_000, 50), (1, 200_000, 50), (2, 400_000, 5), (3, 400_000, 50)])
def test_a_rare_flag_that_a_subsample_threw_far_out_is_still_found(seed, n, k):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 6))
    y = (rng.random(n) < 1 / (1 + np.exp(4 - x[:, 0]))).astype(np.int32)
    flag = np.zeros(n)
    flag[rng.choice(np.flatnonzero(y), k, replace=False)] = 1
    fitted = logit.fit(np.column_stack((x, flag)), y)
    assert fitted.status == "separated"
    assert fitted.separation.columns == (6,)
