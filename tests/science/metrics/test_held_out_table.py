"""The held-out cut at many cost ratios, as one table."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.science import metrics


def folds(seed: int = 0, rows: int = 5000) -> list[metrics.ScoreHistogram]:
    rng = np.random.default_rng(seed)
    s = rng.normal(-2, 1.5, rows)
    y = (rng.random(rows) < 1 / (1 + np.exp(-s))).astype(int)
    return [metrics.ScoreHistogram.of(s[i::5], y[i::5]) for i in range(5)]


def test_each_row_is_the_held_out_cut_at_its_ratio() -> None:
    parts = folds()
    found = metrics.held_out_table(parts, np.array([0.5, 1.0, 8.0]))
    for row, ratio in enumerate((0.5, 1.0, 8.0)):
        one = metrics.held_out_cut(parts, 1.0, ratio)
        assert found.ratio[row] == ratio
        assert found.cost[row] == pytest.approx(one.cost.value, rel=1e-12)
        assert found.saving_low[row] == pytest.approx(one.saving.low, rel=1e-12, abs=1e-15)


def test_dearer_misses_lower_the_cut() -> None:
    found = metrics.held_out_table(folds(1), np.array([0.1, 1.0, 10.0, 100.0]))
    assert (np.diff(found.cut) < 0).all()


def test_no_ratio_makes_an_empty_table() -> None:
    assert all(column.size == 0 for column in metrics.held_out_table(folds(), np.array([])).columns.values())
