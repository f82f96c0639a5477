"""Cuts counted fold by fold, and the stretch of cuts that cost as little as the cheapest."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from cutaway.core.errors import InputError
from cutaway.science.metrics.binormal import Binormal
from cutaway.science.metrics.equal_cuts import equal_cuts
from cutaway.science.metrics.folded_cuts import FoldedCuts, in_folds
from cutaway.science.metrics.held_out_cuts import held_out_cut
from cutaway.science.metrics.histogram import ScoreHistogram
from cutaway.science.metrics.thresholds import Cuts, LeastCost

COST = st.floats(0.01, 100)


def drawn(seed: int, rows: int = 4_000, prevalence: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = (rng.random(rows) < prevalence).astype(np.uint8)
    return y, Binormal(1.5).log_odds(rng.standard_normal(rows) + 1.5 * y, prevalence)


def folds(seed: int, rows: int = 4_000) -> list[ScoreHistogram]:
    y, s = drawn(seed, rows)
    return [ScoreHistogram.of(s[i::5], y[i::5]) for i in range(5)]


def test_folds_add_up_to_all_rows() -> None:
    folded = FoldedCuts.of(folds(0), 100)
    np.testing.assert_array_equal(folded.fp.sum(0), folded.cuts.fp)
    np.testing.assert_array_equal(folded.tp.sum(0), folded.cuts.tp)
    assert (np.diff(folded.threshold) > 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_judging_by_all_cuts_is_that_of_the_histograms(seed: int) -> None:
    parts = folds(seed)
    ours = FoldedCuts.of(parts, 10**6).judged(LeastCost(1, 7))[0]
    theirs = held_out_cut(parts, 1, 7).judged
    assert ours.cost(1, 7) == pytest.approx(theirs.cost(1, 7), rel=0.02)
    assert ours.tp + ours.fn == theirs.tp + theirs.fn and ours.fp + ours.tn == theirs.fp + theirs.tn


def test_a_fold_has_no_part_in_its_own_cut() -> None:
    parts = folds(1)
    folded = FoldedCuts.of(parts, 200)
    twisted = folded.fp.copy()
    twisted[0] *= 0  # the first fold loses its negatives, and the whole with it: the rest of it stays
    whole = Cuts(folded.cuts.logits, folded.cuts.fp - folded.fp[0], folded.cuts.tp, folded.cuts.squares)
    again = FoldedCuts(whole, folded.threshold, twisted, folded.tp)
    assert again.judged(LeastCost(1, 5))[1][0] == folded.judged(LeastCost(1, 5))[1][0]


@pytest.mark.parametrize("made", [FoldedCuts.of, FoldedCuts.every])
def test_one_fold_judges_nothing(made: Callable[[list[ScoreHistogram]], FoldedCuts]) -> None:
    with pytest.raises(InputError, match="folds: expected at least two histograms, got 1"):
        made(folds(0)[:1])


@pytest.mark.parametrize("weighted", [False, True])
def test_one_pass_counts_the_folds_as_one_mask_a_fold_does(weighted: bool) -> None:
    rng = np.random.default_rng(3)
    y, s = drawn(3)
    weight = rng.random(y.size) if weighted else None
    fold = rng.integers(0, 4, y.size, dtype=np.uint8)  # the fifth stays empty
    found = in_folds(s, y, weight, fold, 5)
    for k, one in enumerate(found):
        mine = fold == k
        masked = ScoreHistogram.of(s[mine], y[mine], None if weight is None else weight[mine])
        np.testing.assert_array_equal(one.counts, masked.counts)
        assert (one.rows, one.squares) == (masked.rows, masked.squares)


def test_folds_counted_once_judge_every_choice_alike() -> None:
    parts = folds(2)
    folded = FoldedCuts.every(parts)
    assert folded.cuts.total == 4_000
    for fp, fn in ((1, 1), (1, 30), (7, 2)):
        assert held_out_cut(folded, fp, fn) == held_out_cut(parts, fp, fn)


def test_a_choice_is_judged_by_hand_as_by_the_folds() -> None:
    y, s = drawn(4, 300)
    cost = 0.0
    for k in range(5):
        rest, mine = np.arange(300) % 5 != k, np.arange(300) % 5 == k
        parts = ScoreHistogram.of(s[rest], y[rest]), ScoreHistogram.of(s[mine], y[mine])
        others, one = (Cuts.of_histogram(part) for part in parts)
        at = LeastCost(1, 9)(others)
        cost += one.fp[at] + 9 * (one.positives - one.tp[at])
    found = held_out_cut([ScoreHistogram.of(s[i::5], y[i::5]) for i in range(5)], 1, 9)
    assert found.cost.value == pytest.approx(cost / 300, rel=1e-12)


@settings(deadline=None, max_examples=40)
@given(COST, COST, st.integers(0, 5))
def test_the_stretch_holds_the_cheapest_and_grows_with_the_level(fp: float, fn: float, seed: int) -> None:
    y, s = drawn(seed, 500)
    cuts = Cuts.of(y, s)
    at = LeastCost(fp, fn)(cuts)
    low, high = equal_cuts(cuts, fp, fn)
    wide_low, wide_high = equal_cuts(cuts, fp, fn, 0.999)
    assert wide_low <= low <= at <= high <= wide_high
    assert equal_cuts(cuts, 3 * fp, 3 * fn) == (low, high)  # the ratio decides


def test_ends_are_those_of_the_exact_binomial_test() -> None:
    y, s = drawn(2)
    cuts, fp, fn = Cuts.of(y, s), 1.0, 12.0
    at, chance = LeastCost(fp, fn)(cuts), fn / (fp + fn)
    alike = []
    for i in range(cuts.fp.size):
        a, b = abs(cuts.fp[i] - cuts.fp[at]), abs(cuts.tp[i] - cuts.tp[at])
        tail = binom.sf(a - 1, a + b, chance) if i < at else binom.sf(b - 1, a + b, 1 - chance)
        if tail > 0.025:
            alike.append(i)
    assert equal_cuts(cuts, fp, fn) == (alike[0], alike[-1])


@pytest.mark.slow
@pytest.mark.parametrize("ratio", [(1, 50), (1, 1), (999, 1)])
def test_the_true_optimum_lies_on_the_stretch_in_nineteen_of_twenty_samples(ratio: tuple[float, float]) -> None:
    fp, fn = ratio
    inside = []
    for seed in range(200):
        y, s = drawn(seed, 5_000)
        cuts = Cuts.of(y, s)
        low, high = equal_cuts(cuts, fp, fn)
        inside.append(low <= cuts.place(np.log(fp / fn)) <= high)
    assert np.mean(inside) >= 0.95


def test_no_rows_say_nothing() -> None:
    cuts = Cuts.of(np.zeros(0, dtype=int), np.zeros(0))
    assert equal_cuts(cuts, 1, 1) == (0, cuts.logits.size - 1)
