"""The Poisson bootstrap, drawn per bin and per cell in place of per row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numba import njit

from cutaway.core.errors import InputError
from cutaway.core.threads import at_once
from cutaway.science.metrics import binning, chance
from cutaway.science.metrics.counts import Counts
from cutaway.science.metrics.estimate import Estimate
from cutaway.science.metrics.histogram import ScoreHistogram

GROUPS = 4096  # stretches of neighbouring bins that hold 1 / 2048 of a class or less, or are one bin
_CHUNK = 25  # replicates a task

Cells = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(part / whole)


RATES: Mapping[str, Cells] = {
    "f1": lambda tn, fp, fn, tp: _ratio(2 * tp, 2 * tp + fp + fn),
    "precision": lambda tn, fp, fn, tp: _ratio(tp, tp + fp),
    "recall": lambda tn, fp, fn, tp: _ratio(tp, tp + fn),
    "specificity": lambda tn, fp, fn, tp: _ratio(tn, tn + fp),
    "accuracy": lambda tn, fp, fn, tp: _ratio(tn + tp, tn + fp + fn + tp),
    "balanced_accuracy": lambda tn, fp, fn, tp: (_ratio(tp, tp + fn) + _ratio(tn, tn + fp)) / 2,
    "matthews_correlation": lambda tn, fp, fn, tp: _ratio(
        tp * tn - fp * fn, np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    ),
}


def bootstrap(
    histogram: ScoreHistogram,
    measures: Sequence[str] | Mapping[str, Cells] = ("roc_auc", "average_precision"),
    replicates: int = 1000,
    seed: int = 0,
    *,
    cut: float = 0.0,
    level: float = 0.95,
) -> dict[str, Estimate]:
    """Percentile intervals of measures by the Poisson bootstrap on the bins of `histogram`.

    Each row counting Poisson(1) times, the rows of a bin and class count Poisson(k) times together, so a replicate
    costs as many draws as there are bins. Measures: "roc_auc", "average_precision", and at score ≥ `cut` those of
    `RATES`; or functions of (tn, fp, fn, tp), arrays (replicates,). Neighbouring bins are drawn together, at most 4,096
    stretches that never cross the cut; intervals are moved by what that changes in the value. Weighted rows enter by
    their effective number. Replicates without a class are left out; where all are, or the measure is undefined, NaN.

    Raises: InputError for an unknown measure or fewer than 2 replicates.
    Source: Efron & Tibshirani 1993, chapter 13; Hanley & MacGibbon 2006 on Poisson weights.

    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 2000)
    >>> found = bootstrap(ScoreHistogram.of(rng.normal(size=2000) + y, y), ("roc_auc", "f1"))
    >>> found["roc_auc"].low < found["roc_auc"].value < found["roc_auc"].high
    True
    """
    rates, areas = _asked(measures)
    if replicates < 2:
        raise InputError(f"replicates: bootstrap expected 2 or more, got {replicates}; 1,000 give 95 % intervals")
    counts, at = _grouped(histogram.counts, binning.bin_of(cut))
    unit = histogram.squares / max(float(histogram.counts.sum()), 1e-300) or 1.0
    areas_drawn = bool(areas)
    drawn = _drawn(counts / unit, at, replicates, seed, areas_drawn)
    exact = _drawn_once(counts, at)
    out = {}
    method = f"Poisson bootstrap on bins, {replicates} replicates"
    for name in measures:
        if name in areas:
            of_groups, of_bins = (
                (exact[0], histogram.auc) if name == "roc_auc" else (exact[1], sum(histogram.ap_bounds()) / 2)
            )
            values = drawn[0 if name == "roc_auc" else 1] + (of_bins - of_groups)
            out[name] = _percentiles(of_bins, np.clip(values, 0, 1), method, level)
        else:
            value = float(rates[name](*_cells(exact[:, None]))[0])
            out[name] = _percentiles(value, rates[name](*_cells(drawn)), method, level)
    return out


def bootstrap_counts(
    counts: Counts,
    measures: Mapping[str, Callable[[np.ndarray], np.ndarray]],
    replicates: int = 1000,
    seed: int = 0,
    *,
    level: float = 0.95,
) -> dict[str, Estimate]:
    """Percentile intervals of functions of a confusion matrix; each gets (replicates, K, K) and gives (replicates,).

    Every cell counts a Poisson number of times. Weighted rows enter by their effective number. Replicates in which a
    function is NaN are left out.

    >>> recall = {"recall": lambda m: m[:, 1, 1] / m[:, 1].sum(axis=1)}
    >>> found = bootstrap_counts(Counts(np.array([[80.0, 20], [10, 90]])), recall)["recall"]
    >>> found.value, 0.80 < found.low < 0.88
    (0.9, True)
    """
    matrix = counts.matrix
    unit = np.where(matrix > 0, counts.squares / np.where(matrix > 0, matrix, 1.0), 1.0)
    unit = np.where(unit > 0, unit, 1.0)
    rng = np.random.default_rng(seed)
    drawn = rng.poisson(matrix / unit, (replicates, *matrix.shape)) * unit
    method = f"Poisson bootstrap on counts, {replicates} replicates"
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            name: _percentiles(float(of(counts.matrix[None])[0]), of(drawn), method, level)
            for name, of in measures.items()
        }


def _asked(measures: Sequence[str] | Mapping[str, Cells]) -> tuple[Mapping[str, Cells], list[str]]:
    rates = measures if isinstance(measures, Mapping) else RATES
    areas = [name for name in measures if name in ("roc_auc", "average_precision") and name not in rates]
    unknown = [name for name in measures if name not in rates and name not in areas]
    if unknown:
        raise InputError(
            f"measures: bootstrap expected roc_auc, average_precision, {', '.join(RATES)}, got {unknown[0]!r}; pass a "
            "mapping from names to functions of (tn, fp, fn, tp) for others"
        )
    return rates, areas


def _percentiles(value: float, drawn: np.ndarray, method: str, level: float) -> Estimate:
    drawn = drawn[~np.isnan(drawn)]
    if not drawn.size or np.isnan(value):
        return Estimate(value, float("nan"), float("nan"), method, level)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value, float(low), float(high), method, level)


def _cells(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """tn, fp, fn, tp from rows 2 to 5 of the sums: tp, fp, positives, negatives."""
    tp, fp, positives, negatives = sums[2:6]
    return negatives - fp, fp, positives - tp, tp


def _grouped(counts: np.ndarray, cut: int) -> tuple[np.ndarray, int]:
    """Counts (2, groups) of stretches of bins from the highest scores down; how many stretches lie above the cut."""
    top = counts[:, ::-1]
    mass = (top / np.maximum(top.sum(axis=1, keepdims=True), 1e-300)).sum(axis=0)
    step = np.floor(np.cumsum(mass) * (GROUPS / 2 - 1e-9)).astype(np.int64)
    step[counts.shape[1] - cut :] += 1  # bins cut … are above
    _, first = np.unique(step, return_index=True)
    grouped = np.add.reduceat(top, first, axis=1)
    return grouped, int(np.searchsorted(first, counts.shape[1] - cut))


@njit(cache=True, nogil=True, error_model="numpy")
def _sums(counts, cut, areas, out):  # type: ignore[no-untyped-def]
    """AUC, AP, tp, fp, positives, negatives of counts (2 · groups,) into out (6,)."""
    groups = counts.size // 2
    T, F, wrong, precision = 0.0, 0.0, 0.0, 0.0
    for g in range(groups):
        if g == cut:
            out[2], out[3] = T, F
        n, p = counts[g], counts[groups + g]
        if areas and p > 0.0:
            wrong += p * (F + 0.5 * n)
            precision += p * ((T + p) / (T + p + F + n))
        T += p
        F += n
    if cut >= groups:
        out[2], out[3] = T, F
    out[4], out[5] = T, F
    out[0] = 1.0 - wrong / (T * F) if T > 0.0 and F > 0.0 else np.nan
    out[1] = precision / T if T > 0.0 else np.nan


@njit(cache=True, nogil=True, error_model="numpy")
def _replicates(means, cut, seeds, areas, out):  # type: ignore[no-untyped-def]
    """Replicates into the rows of out (replicates, 6)."""
    counts = np.empty(means.size)
    for r in range(seeds.size):
        chance.poisson(means, seeds[r], counts)
        _sums(counts, cut, areas, out[r])


def _drawn(counts: np.ndarray, cut: int, replicates: int, seed: int, areas: bool) -> np.ndarray:
    """Sums (6, replicates); each replicate has its own stream, so threads do not matter."""
    means = np.ascontiguousarray(counts).reshape(-1)
    seeds = np.random.SeedSequence(seed).generate_state(replicates, np.uint64)
    out = np.empty((replicates, 6))

    def some(k: int) -> None:
        rows = slice(k * _CHUNK, (k + 1) * _CHUNK)
        _replicates(means, cut, seeds[rows], areas, out[rows])

    at_once(some, -(-replicates // _CHUNK))
    return out.T


def _drawn_once(counts: np.ndarray, cut: int) -> np.ndarray:
    """The sums (6,) of the counts themselves."""
    out = np.empty(6)
    _sums(np.ascontiguousarray(counts).reshape(-1), cut, True, out)
    return out
