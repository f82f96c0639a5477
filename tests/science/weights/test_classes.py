from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

from cutaway.core.errors import InputError
from cutaway.science import weights

RULES = [weights.balanced, weights.max_over, weights.square_root, weights.effective_number, weights.median_frequency]
counts = st.lists(st.integers(1, 10**7), min_size=1, max_size=8).map(lambda n: np.array(n, dtype=np.float64))


@given(st.lists(st.integers(1, 60), min_size=2, max_size=6))
def test_balanced_equals_scikit_learn(n: list[int]) -> None:
    y = np.repeat(np.arange(len(n)), n)
    theirs = compute_class_weight("balanced", classes=np.arange(len(n)), y=y)
    np.testing.assert_allclose(weights.balanced(np.array(n)), theirs, rtol=1e-14)


@given(counts)
def test_rows_keep_mean_weight_one(n: np.ndarray) -> None:
    for rule in (weights.balanced, weights.square_root):
        assert rule(n) @ n == pytest.approx(n.sum(), rel=1e-12)


@given(counts)
def test_levels(n: np.ndarray) -> None:
    assert weights.max_over(n).min() == 1.0
    assert weights.effective_number(n).sum() == pytest.approx(len(n), rel=1e-12)
    assert np.median(1 / weights.median_frequency(n)) == pytest.approx(1.0, rel=1e-12)


@given(counts)
def test_totals_are_equal_where_promised(n: np.ndarray) -> None:
    for rule in (weights.balanced, weights.max_over, weights.median_frequency):
        totals = rule(n) * n
        np.testing.assert_allclose(totals, totals[0], rtol=1e-12)


@given(counts, st.integers(2, 50))
def test_only_shares_matter_except_for_the_effective_number(n: np.ndarray, times: int) -> None:
    for rule in (weights.balanced, weights.max_over, weights.square_root, weights.median_frequency):
        np.testing.assert_allclose(rule(n * times), rule(n), rtol=1e-12)


@given(counts, st.integers(0, 2**32 - 1))
def test_permutation(n: np.ndarray, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(n))
    for rule in RULES:
        np.testing.assert_allclose(rule(n[order]), rule(n)[order], rtol=1e-12)


@given(counts)
def test_rarer_class_never_weighs_less(n: np.ndarray) -> None:
    n = np.sort(n)
    for rule in RULES:
        assert np.all(np.diff(rule(n)) <= 1e-12)


@pytest.mark.parametrize("rule", RULES)
def test_equal_counts_weigh_one(rule: object) -> None:
    np.testing.assert_allclose(rule(np.array([7, 7, 7])), 1.0, rtol=1e-14)  # type: ignore[operator]


def test_square_root_is_half_way_on_the_log_scale() -> None:
    n = np.array([900.0, 100.0])
    half, full = weights.square_root(n), weights.balanced(n)
    assert half[1] / half[0] == pytest.approx(np.sqrt(full[1] / full[0]))


def test_effective_number_limits() -> None:
    n = np.array([5_000.0, 50.0, 2.0])
    np.testing.assert_allclose(weights.effective_number(n, beta=0.0), 1.0)
    inverse = (1 / n) * 3 / (1 / n).sum()
    np.testing.assert_allclose(weights.effective_number(n, beta=1.0), inverse)
    np.testing.assert_allclose(weights.effective_number(n, beta=1 - 1e-12), inverse, rtol=1e-6)
    direct = (1 - 0.99) / (1 - 0.99**n)
    np.testing.assert_allclose(weights.effective_number(n, beta=0.99), direct * 3 / direct.sum(), rtol=1e-12)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("bad", [[], [[1, 2]], [3, 0], [3, -1], [3, np.nan], [np.inf, 1]])
def test_bad_counts(rule: object, bad: list[float]) -> None:
    with pytest.raises(InputError, match=rule.__name__):  # type: ignore[attr-defined]
        rule(np.array(bad, dtype=float))  # type: ignore[operator]


def test_bad_beta() -> None:
    with pytest.raises(InputError, match=r"beta must lie in \[0, 1\], got 1.5"):
        weights.effective_number(np.array([1, 2]), beta=1.5)
