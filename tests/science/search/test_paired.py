"""Paired comparison: against SciPy and by counting out, laws, and the errors it gives."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cutaway.core.errors import InputError
from cutaway.science import search

DIFFERENCES = st.lists(st.integers(-9, 9), min_size=1, max_size=10)


@pytest.mark.parametrize("n", [1, 5, 12, 40, 150])
def test_signed_rank_is_scipys_where_nothing_ties(n: int) -> None:
    d = np.random.default_rng(n).normal(0.3, 1, n)
    expected = stats.wilcoxon(d, method="exact").pvalue
    assert search.signed_rank(d) == pytest.approx(expected, rel=1e-9)


def test_signed_rank_of_many_pairs_is_scipys_normal_one() -> None:
    d = np.random.default_rng(3).normal(0.05, 1, 400)
    assert search.signed_rank(d) == pytest.approx(stats.wilcoxon(d, method="asymptotic", correction=True).pvalue)


def counted_out(d: list[int]) -> float:
    """The p-value by all signs, with ties and zeros as they are."""
    left = [each for each in d if each]
    ranks = stats.rankdata(np.abs(left)) if left else []
    total = sum(ranks)
    seen = abs(sum(r for r, each in zip(ranks, left, strict=True) if each > 0) - total / 2)
    sums = [sum(r for r, on in zip(ranks, signs, strict=True) if on) for signs in product((0, 1), repeat=len(left))]
    return float(np.mean([abs(one - total / 2) >= seen - 1e-9 for one in sums]))


@settings(max_examples=40, deadline=None)
@given(DIFFERENCES)
def test_signed_rank_counts_out_ties_and_zeros(d: list[int]) -> None:
    assert search.signed_rank(d) == pytest.approx(counted_out(d))


@settings(max_examples=40, deadline=None)
@given(DIFFERENCES)
def test_who_is_called_first_does_not_matter(d: list[int]) -> None:
    mirrored = [-each for each in d]
    assert search.signed_rank(d) == search.signed_rank(mirrored)
    assert search.sign_flip(d) == search.sign_flip(mirrored)
    one, other = search.typical_difference(d), search.typical_difference(mirrored)
    assert (one.difference, one.low, one.high) == (-other.difference, -other.high, -other.low)
    wins, ties, losses = search.win_tie_loss(d)
    assert search.win_tie_loss(mirrored) == (losses, ties, wins)


def test_sign_flip_is_scipys_permutation_test() -> None:
    d = np.random.default_rng(4).normal(0.6, 1, 10)
    exact = stats.permutation_test((d,), np.mean, permutation_type="samples", n_resamples=np.inf).pvalue
    assert search.sign_flip(d) == pytest.approx(exact)
    many = np.random.default_rng(5).normal(0.3, 1, 40)
    drawn = search.sign_flip(many, draws=20_000, seed=1)
    assert drawn == pytest.approx(stats.ttest_1samp(many, 0).pvalue, abs=0.01)  # the same in the limit


def test_no_difference_is_no_evidence() -> None:
    assert search.signed_rank([0.0, 0.0]) == search.sign_flip([0.0, 0.0]) == 1.0
    found = search.typical_difference(np.zeros(8))
    assert (found.difference, found.low, found.high, found.p) == (0.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize("shift", [-0.9, -0.3, 0.0, 0.4, 1.1])
def test_the_interval_holds_what_the_test_does_not_reject(shift: float) -> None:
    d = np.random.default_rng(6).normal(0.2, 1, 14)
    found = search.typical_difference(d, level=0.95)
    assert 0.95 <= found.level < 0.96
    assert (found.low <= shift <= found.high) == (search.signed_rank(d - shift) > 0.05)


def test_the_interval_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    covered = 0
    for _ in range(400):
        found = search.typical_difference(rng.laplace(0.5, 1, 20))
        covered += found.low <= 0.5 <= found.high
    assert 0.92 <= covered / 400 <= 0.985  # 0.95 ± three standard errors


def test_five_pairs_have_an_interval_of_little_worth() -> None:
    found = search.typical_difference([1.0, 2.0, 3.0, 4.0, 5.0])
    assert (found.low, found.high, found.level) == (1.0, 5.0, 0.9375)
    assert search.typical_difference([2.0]).level == 0.0


def test_without_shared_rows_the_resampled_test_is_students() -> None:
    d = np.random.default_rng(8).normal(0.3, 1, 12)
    found = search.resampled_difference(d, share=1e-12)
    expected = stats.ttest_1samp(d, 0)
    interval = expected.confidence_interval(0.95)
    assert (found.p, found.low, found.high) == pytest.approx((expected.pvalue, interval.low, interval.high), rel=1e-6)


def test_repeats_of_the_same_rows_do_not_make_a_difference_certain() -> None:
    """A thousand splits of one table, whose rows shift every split alike: Student's test finds what is not there."""
    rng = np.random.default_rng(9)
    false = {"student": 0, "corrected": 0}
    for _ in range(200):
        rows = rng.normal(0, 1, 60)  # what two equal methods differ by, a row
        splits = np.array([rng.permutation(60)[:20] for _ in range(30)])
        d = rows[splits].mean(axis=1)
        false["student"] += stats.ttest_1samp(d, 0).pvalue < 0.05
        false["corrected"] += search.resampled_difference(d, share=20 / 40).p < 0.05
    assert false["student"] > 60
    assert false["corrected"] <= 20


def test_one_split_shows_nothing_and_equal_splits_everything() -> None:
    assert search.resampled_difference([0.1], 0.25).p == 1.0
    assert search.resampled_difference([0.0, 0.0], 0.25).p == 1.0
    assert search.resampled_difference([0.1, 0.1], 0.25).p == 0.0


def test_holm_is_never_below_what_it_corrects_and_keeps_order() -> None:
    p = np.random.default_rng(10).random(9) ** 3
    corrected = search.holm(p)
    assert np.all(corrected >= p)
    assert np.all(np.diff(corrected[np.argsort(p)]) >= 0)
    assert corrected.min() == pytest.approx(min(1.0, 9 * p.min()))
    assert search.holm([0.04]) == [0.04]


def test_mean_ranks_sum_to_what_ranks_sum_to() -> None:
    scores = np.random.default_rng(11).integers(0, 4, (30, 5))
    expected = stats.rankdata(-scores, axis=1).mean(axis=0)
    np.testing.assert_allclose(search.mean_ranks(scores), expected)
    np.testing.assert_allclose(search.mean_ranks(-scores, "minimize"), expected)


BAD: dict[str, tuple[Any, ...]] = {
    "none": (search.signed_rank, [], "at least one number"),
    "nan": (search.sign_flip, [1.0, np.nan], "finite numbers, got nan at 1"),
    "level": (lambda d: search.typical_difference(d, level=95), [1.0], "level of typical_difference"),
    "share": (lambda d: search.resampled_difference(d, share=0), [1.0], "test rows over training rows"),
    "draws": (lambda d: search.sign_flip(d, draws=0), [1.0], "draws of sign_flip"),
    "margin": (lambda d: search.win_tie_loss(d, margin=-1), [1.0], "margin of win_tie_loss"),
    "p": (search.holm, [1.2], "probabilities from 0 to 1"),
    "direction": (lambda s: search.mean_ranks(s, "up"), [[1.0]], 'expected "maximize" or "minimize", got \'up\''),
}


@pytest.mark.parametrize("case", BAD)
def test_a_wrong_argument_is_named(case: str) -> None:
    function, argument, message = BAD[case]
    with pytest.raises(InputError, match=message):
        function(argument)
