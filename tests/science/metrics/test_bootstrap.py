"""The Poisson bootstrap on bins: against rows, against DeLong, and its numbers' moments."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk

from cutaway.core.errors import InputError
from cutaway.science import metrics
from cutaway.science.metrics import Counts, ScoreHistogram, binning, chance


def by_rows(y: np.ndarray, scores: np.ndarray, replicates: int, cut: float) -> np.ndarray:
    """AUC, AP and F1 (replicates, 3) with Poisson(1) weights on presorted rows, in NumPy."""
    rng = np.random.default_rng(9)
    order = np.argsort(-scores)
    positive, above = y[order] == 1, scores[order] >= cut
    out = np.empty((replicates, 3))
    for r in range(replicates):
        w = rng.poisson(1.0, y.size)
        tp, fp = np.cumsum(w * positive), np.cumsum(w * ~positive)
        gained = w * positive
        out[r, 0] = 1 - (gained * fp).sum() / (tp[-1] * fp[-1])
        out[r, 1] = (gained * tp / np.maximum(tp + fp, 1)).sum() / tp[-1]
        kept, taken = tp[above.sum() - 1], above.sum()
        out[r, 2] = 2 * kept / (tp[-1] + (w * above).sum()) if taken else 0.0
    return out


def test_intervals_are_those_of_rows() -> None:
    rng = np.random.default_rng(1)
    y = (rng.random(20_000) < 0.2).astype(int)
    scores = rng.normal(-1.5, 1, y.size) + 1.2 * y
    found = metrics.bootstrap(
        ScoreHistogram.of(scores, y), ("roc_auc", "average_precision", "f1"), replicates=4000, cut=-0.5
    )
    rows = by_rows(y, scores, 1000, -0.5)
    exact = (
        metrics.roc_auc(y, scores),
        metrics.average_precision(y, scores),
        sk.f1_score(y, scores >= -0.5),
    )
    for k, (name, estimate) in enumerate(found.items()):
        width = np.diff(np.quantile(rows[:, k], [0.025, 0.975]))[0]
        assert estimate.value == pytest.approx(exact[k], abs=1e-4), name
        np.testing.assert_allclose(
            [estimate.low, estimate.high], np.quantile(rows[:, k], [0.025, 0.975]), atol=0.1 * width, err_msg=name
        )
    low, high = metrics.ranking(y, scores).interval()
    assert found["roc_auc"].width == pytest.approx(high - low, rel=0.06)


@pytest.mark.parametrize("mean", [0.01, 0.7, 5.9, 6.0, 30.0, 4000.0])
def test_numbers_have_the_moments_of_the_poisson(mean: float) -> None:
    drawn = np.empty(400_000)
    chance.poisson(np.full(drawn.size, mean), np.uint64(5), drawn)
    assert drawn.mean() == pytest.approx(mean, abs=5 * np.sqrt(mean / drawn.size))
    assert drawn.var() == pytest.approx(mean, rel=0.05 if mean < 0.1 else 0.015)
    third = ((drawn - mean) ** 3).mean() / drawn.var() ** 1.5
    assert third == pytest.approx(mean**-0.5, rel=0.1, abs=0.02)
    if mean < chance.LARGE:
        for k in range(4):
            p = np.exp(-mean) * mean**k / [1, 1, 2, 6][k]
            assert (drawn == k).mean() == pytest.approx(p, abs=5 * np.sqrt(p / drawn.size))


def test_nearly_normal_points() -> None:
    mean = 1e12
    drawn = np.empty(1_000_000)
    chance.poisson(np.full(drawn.size, mean), np.uint64(1), drawn)
    z = (drawn - mean) / np.sqrt(mean)
    np.testing.assert_allclose(
        np.quantile(z, [0.005, 0.025, 0.5, 0.975, 0.995]), [-2.576, -1.96, 0, 1.96, 2.576], atol=0.04
    )


def test_seed_and_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    module = importlib.import_module("cutaway.science.metrics.bootstrap")
    y = np.arange(3000) % 3 == 0
    histogram = ScoreHistogram.of(np.sin(np.arange(3000.0)), y)
    one = metrics.bootstrap(histogram, replicates=60, seed=3)
    monkeypatch.setattr(module, "_CHUNK", 60)
    assert metrics.bootstrap(histogram, replicates=60, seed=3) == one
    assert metrics.bootstrap(histogram, replicates=60, seed=4) != one


def test_weights_enter_by_their_effective_number() -> None:
    rng = np.random.default_rng(2)
    y, scores = rng.integers(0, 2, 4000), rng.normal(size=4000)
    plain = metrics.bootstrap(ScoreHistogram.of(scores, y), ("roc_auc",))["roc_auc"]
    tenfold = metrics.bootstrap(ScoreHistogram.of(scores, y, np.full(4000, 10.0)), ("roc_auc",))["roc_auc"]
    assert tenfold.value == pytest.approx(plain.value, abs=1e-9)
    assert tenfold.width == pytest.approx(plain.width, rel=1e-6)


def test_the_cut_is_never_crossed_by_a_stretch() -> None:
    rng = np.random.default_rng(3)
    y, scores = rng.integers(0, 2, 50_000), rng.normal(size=50_000)
    histogram = ScoreHistogram.of(scores, y)
    for cut in (-0.7, 0.0, 0.013, 9.0, -9.0):
        found = metrics.bootstrap(histogram, ("recall",), replicates=3, cut=cut)["recall"]
        above = histogram.counts[1, binning.bin_of(cut) :].sum()
        assert found.value == pytest.approx(above / histogram.positives, abs=1e-12)


def test_undefined_is_nan_and_unknown_is_refused() -> None:
    empty = ScoreHistogram.zero()
    found = metrics.bootstrap(empty, ("roc_auc", "average_precision", "f1"), replicates=5)
    assert all(np.isnan([e.value, e.low, e.high]).all() for e in found.values())
    with pytest.raises(InputError, match="'recal'"):
        metrics.bootstrap(empty, ("recal",))
    with pytest.raises(InputError, match="2 or more"):
        metrics.bootstrap(empty, replicates=1)


def test_own_measures_and_counts() -> None:
    y = np.arange(1000) % 2
    histogram = ScoreHistogram.of(np.where(np.arange(1000) % 5 == 0, -1.0, 1.0) * (2 * y - 1), y)
    own = metrics.bootstrap(histogram, {"share": lambda tn, fp, fn, tp: (tp + fp) / (tn + fp + fn + tp)})["share"]
    assert own.low < 0.5 < own.high
    matrix = histogram.counts[:, : binning.BINS // 2].sum(axis=1), histogram.counts[:, binning.BINS // 2 :].sum(axis=1)
    counts = Counts(np.stack(matrix, axis=1))
    same = metrics.bootstrap_counts(counts, {"share": lambda m: m[:, :, 1].sum(axis=1) / m.sum(axis=(1, 2))})["share"]
    assert same.width == pytest.approx(own.width, rel=0.15)
