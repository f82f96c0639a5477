"""Mean probabilities before and after a change: by hand, and as a state."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.science import logit
from cutaway.science.logit.risks import Change, RiskSums, risks_fold

CHANGES = (Change(0, 2.0), Change(1, 1.0, (1, 2), (0.0, 0.0)), Change(2, 1.0, (1, 2), (0.0, 0.0)))


def rows(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    level = rng.integers(0, 3, n)
    return np.column_stack([rng.normal(size=n), level == 1, level == 2]).astype(float), rng.uniform(0, 2, n)


@given(st.integers(1, 40), st.integers(0, 40), st.integers(0, 1000), st.booleans())
def test_sums_add(n: int, cut: int, seed: int, binary: bool) -> None:
    x, w = rows(n, seed)
    rng = np.random.default_rng(seed)
    at = rng.normal(size=4) if binary else rng.normal(size=(2, 4))

    def of(part: slice) -> RiskSums:
        return RiskSums.of(x[part], None, w[part], at, CHANGES, None if binary else 1)

    whole = of(slice(None))
    for total in (of(slice(cut)) + of(slice(cut, None)), whole + RiskSums.zero(3, 1 if binary else 3)):
        assert total.weight == pytest.approx(whole.weight)
        assert total.before == pytest.approx(whole.before)
        assert total.after == pytest.approx(whole.after)


def test_by_hand() -> None:
    x, w = rows(500, 0)
    at = np.array([-0.5, 0.8, 1.0, -1.0])
    before, after = risks_fold(lambda of: of(x, None, w), at, CHANGES)
    moved, none, first = x.copy(), x.copy(), x.copy()
    moved[:, 0] += 2
    none[:, 1:] = 0
    first[:, 1], first[:, 2] = 1, 0
    mean = [np.average(logit.probabilities(part, at), weights=w) for part in (x, moved, none, first)]
    assert [before[0, 0], after[0, 0], before[1, 0], after[1, 0]] == pytest.approx(mean)
    assert before[2, 0] == pytest.approx(before[1, 0])


def test_the_difference_is_the_average_marginal_effect_of_a_level() -> None:
    x, _ = rows(500, 1)
    at = np.array([-0.5, 0.8, 1.0, -1.0])
    before, after = risks_fold(lambda of: of(x, None, None), at, CHANGES)
    effect = logit.average_marginal_effects(x, at, groups=[(1, 2)]).effect
    assert (after - before)[1:, 0] == pytest.approx(effect[1:])


def test_shares_of_classes_sum_to_one() -> None:
    x, _ = rows(200, 2)
    at = np.random.default_rng(2).normal(size=(3, 4))
    before, after = risks_fold(lambda of: of(x, None, None), at, CHANGES, reference=2)
    assert before.sum(axis=1) == pytest.approx(1) and after.sum(axis=1) == pytest.approx(1)


def test_no_rows_are_nan() -> None:
    before, _ = risks_fold(lambda of: of(np.empty((0, 3)), None, None), np.zeros(4), CHANGES)
    assert np.isnan(before).all()
