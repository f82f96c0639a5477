"""The worst segment: found where it was put, by numbers, categories and missing values; silent on mere difficulty."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.science.metrics.segments import Column, Condition, correction, worst_segment


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def drawn(logits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return (rng.random(logits.size) < sigmoid(logits)).astype(int)


def columns(n: int, rng: np.random.Generator) -> list[Column]:
    number, level, holes = rng.normal(size=n), rng.choice(np.array([3, 5, 9, 0], np.uint64), n), rng.random(n)
    holes[rng.random(n) < 0.15] = np.nan
    return [Column("number", number), Column("level", level), Column("holes", holes)]


@pytest.mark.parametrize("kind", ["corner", "missing", "level", "middle"])
def test_the_planted_segment_is_found(kind: str) -> None:
    rng = np.random.default_rng(3)
    cs = columns(8000, rng)
    number, level, holes = (c.values for c in cs)
    planted = {
        "corner": (level == 5) & (number > 0.5),
        "missing": np.isnan(holes),
        "level": (level == 9) | (level == 0),
        "middle": (number > -0.4) & (number <= 0.4),
    }[kind]
    logits = rng.normal(-1, 1, 8000)
    y = drawn(logits + 1.3 * planted, rng)
    found = worst_segment(y, logits, cs)
    assert found is not None
    inside = found.holds(cs)
    assert (inside & planted).sum() > 0.85 * max(inside.sum(), planted.sum())
    assert 0.9 < found.intercept < 1.7


def test_a_slope_that_is_wrong_is_found_though_the_mean_is_right() -> None:
    rng = np.random.default_rng(4)
    cs = columns(8000, rng)
    planted = cs[1].values == 3
    logits = rng.normal(0, 2, 8000)
    found = worst_segment(drawn(np.where(planted, 0.3 * logits, logits), rng), logits, cs)
    assert found is not None and abs(found.slope - 0.3) < 0.15
    assert (found.holds(cs) & planted).sum() > 0.9 * found.holds(cs).sum()


def test_difficulty_alone_scores_no_more_than_noise() -> None:
    rng = np.random.default_rng(5)
    scores, hard_scores = [], []
    for _ in range(20):
        cs = columns(3000, rng)
        logits = rng.normal(-2, 1, 3000)
        hard = np.where(cs[1].values == 5, 0.0, logits)
        for known, out in ((logits, scores), (hard, hard_scores)):
            found = worst_segment(drawn(known, rng), known, cs)
            assert found is not None
            out.append(found.score)
    assert abs(np.mean(scores) - np.mean(hard_scores)) < 5


def test_rows_and_columns_may_come_in_any_order() -> None:
    rng = np.random.default_rng(6)
    cs = columns(4000, rng)
    logits = rng.normal(-1, 1, 4000)
    y = drawn(logits + (cs[0].values > 1), rng)
    order = rng.permutation(4000)
    found = worst_segment(y, logits, cs)
    again = worst_segment(y[order], logits[order], [Column(c.name, c.values[order]) for c in cs[::-1]])
    assert found is not None and again is not None
    np.testing.assert_array_equal(found.holds(cs)[order], again.holds([Column(c.name, c.values[order]) for c in cs]))


def test_whole_weights_are_repeated_rows() -> None:
    rng = np.random.default_rng(7)
    logits = rng.normal(size=500)
    y, times = drawn(logits, rng), rng.integers(0, 4, 500)
    np.testing.assert_allclose(
        correction(y, logits, times.astype(float)), correction(np.repeat(y, times), np.repeat(logits, times)), atol=1e-6
    )


def test_correction_undoes_a_shift_and_a_slope() -> None:
    rng = np.random.default_rng(8)
    logits = rng.normal(size=200_000)
    a, b = correction(drawn(logits, rng), (logits - 0.7) / 1.5)
    assert a == pytest.approx(0.7, abs=0.05) and b == pytest.approx(1.5, abs=0.05)
    assert correction(np.empty(0), np.empty(0)) == (0.0, 1.0)
    a, b = correction(np.ones(50), np.zeros(50))
    assert np.isfinite([a, b]).all() and a > 1


def test_too_few_rows_or_nothing_to_split_by_give_none() -> None:
    rng = np.random.default_rng(9)
    y, logits = rng.integers(0, 2, 150), np.zeros(150)
    assert worst_segment(y, logits, [Column("a", rng.normal(size=150))]) is None
    y, logits = rng.integers(0, 2, 900), np.zeros(900)
    for values in (np.full(900, 2.0), np.full(900, np.nan), np.zeros(900, np.uint64)):
        assert worst_segment(y, logits, [Column("a", values)]) is None
    assert worst_segment(np.zeros(900), logits - 3, [Column("a", rng.normal(size=900))]) is None


def test_conditions_on_missing_values() -> None:
    x = np.array([1.0, np.nan, 3.0])
    assert Condition("a", above=2).holds(x).tolist() == [False, False, True]
    assert Condition("a", below=2, missing=True).holds(x).tolist() == [True, True, False]
    levels = np.array([0, 4, 5], np.uint64)
    assert Condition("a", levels=np.array([4], np.uint64), missing=True).holds(levels).tolist() == [True, True, False]
