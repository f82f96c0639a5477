"""How much too good the score is by which a configuration was selected, and what to say instead.

The best of many noisy scores is best partly by luck. The luck is measured where something was held out, and corrected
by the bootstrap where nothing was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.search.inputs import level_between, matrix, sign_of, vector


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanInterval:
    """A mean and Student's interval at `level`; NaN ends for a single value."""

    mean: float
    low: float
    high: float
    level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A selected score and its correction, in the unit of the score.

    `naive` is the best configuration's own score; `value` the mean score, on rows left out of a bootstrap sample, of
    the configuration that the sample selects, `low` … `high` its interval; `optimism` how much better `naive` looks.
    `selected` is the column of the configuration that all rows select.
    """

    naive: float
    value: float
    low: float
    high: float
    optimism: float
    selected: int
    level: float


def mean_interval(values: Any, *, level: float = 0.95, share: float = 0.0) -> MeanInterval:
    """The mean of independent values (n,) with Student's interval.

    `share`: rows tested over rows trained on, for values from splits of one data set, whose mean has the variance
    s² (1/n + share); see `resampled_difference`.

    Raises:
        InputError: no values, NaN among them, a negative share, or a level outside 0 … 1.

    >>> found = mean_interval([1.0, 2.0, 3.0])
    >>> found.mean, round(found.low, 3), round(found.high, 3)
    (2.0, -0.484, 4.484)
    """
    from scipy.special import stdtrit

    x = vector("values", values, "mean_interval")
    level = level_between(level, "mean_interval")
    if not share >= 0:
        raise InputError(f"share of mean_interval: expected 0 or more, got {share}")
    mean = float(x.mean())
    if x.size == 1:
        return MeanInterval(mean=mean, low=np.nan, high=np.nan, level=level)
    reach = float(stdtrit(x.size - 1, 0.5 + level / 2) * x.std(ddof=1) * np.sqrt(1 / x.size + share))
    return MeanInterval(mean=mean, low=mean - reach, high=mean + reach, level=level)


def optimism(
    selected: Any, outer: Any, direction: str = "maximize", *, level: float = 0.95, share: float = 0.0
) -> MeanInterval:
    """Mean of how much better the selected scores (n,) look than the outer ones (n,), pair by pair, with its interval.

    Positive: too hopeful, whatever the direction. `share` as in `mean_interval`.

    Raises:
        InputError: lengths that differ, no pairs, NaN among them, or an unknown direction.

    >>> round(optimism([0.9, 0.92], [0.85, 0.86]).mean, 3)
    0.055
    """
    sign = sign_of(direction, "optimism")
    a, b = vector("selected", selected, "optimism"), vector("outer", outer, "optimism")
    if a.shape != b.shape:
        raise InputError(f"outer of optimism: expected one for each of {a.size} selected scores, got {b.size}")
    return mean_interval(sign * (a - b), level=level, share=share)


def bootstrap_corrected(
    scores: Any,
    direction: str = "maximize",
    *,
    bootstraps: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Corrected:
    """Bootstrap bias corrected cross-validation, for a score that is a mean over rows (accuracy, log loss).

    `scores` (n, c): of every row, the score of c configurations, each predicted by a model that had not seen the row
    (pooled over the folds of one cross-validation). In each of `bootstraps` samples of n rows with replacement, the
    configuration of best mean is selected and its mean taken over the rows outside the sample. Their mean is
    the corrected score: no model is fitted again. A sample sees 63 % of the rows, and so it errs on the careful side.

    Raises:
        InputError: fewer than two rows, no configurations, NaN, no bootstraps, or an unknown direction.

    Source: Tsamardinos, Greasidou and Borboudakis, Bootstrapping the out-of-sample predictions for efficient and
    accurate cross-validation, Machine Learning 107 (2018), algorithm 3.

    >>> coins = np.random.default_rng(0).integers(0, 2, size=(100, 50))  # fifty models that guess
    >>> found = bootstrap_corrected(coins)
    >>> found.naive, round(found.value, 2)
    (0.59, 0.47)
    """
    table = matrix("scores", scores, "bootstrap_corrected", least=2)
    n = len(table)
    rng = np.random.default_rng(seed)
    sign = sign_of(direction, "bootstrap_corrected")
    naive = table.mean(axis=0)
    own = int(np.argmax(sign * naive))
    found = np.empty(_checked(bootstraps))
    for first in range(0, bootstraps, 100):  # a hundred samples make one matrix product
        count = min(100, bootstraps - first)
        drawn = rng.integers(0, n, size=(count, n))
        times = np.stack([np.bincount(row, minlength=n) for row in drawn]).astype(np.float64)
        chosen = np.argmax(sign * (times @ table), axis=1)
        outside = times == 0
        left = outside.sum(axis=1)
        sums = np.einsum("bn,nb->b", outside, table[:, chosen])
        # A sample may hold every row, when there are few; it then says nothing about rows outside.
        with np.errstate(invalid="ignore"):
            found[first : first + count] = np.where(left > 0, sums / left, np.nan)
    return _summary(float(naive[own]), found, own, sign, level)


def bootstrap_corrected_by(
    score: Callable[[np.ndarray], Any],
    n: int,
    direction: str = "maximize",
    *,
    bootstraps: int = 200,
    seed: int = 0,
    level: float = 0.95,
) -> Corrected:
    """`bootstrap_corrected` for a score that is no mean over rows, such as the area under the ROC curve.

    `score(rows)` returns the scores (c,) of all configurations on the rows of these indices, which may repeat; NaN
    where they have none (one class). Samples without a score are left out.

    Raises:
        InputError: fewer than two rows, no bootstraps, an unknown direction, or no sample with a score.
    """
    if n < 2:
        raise InputError(f"n of bootstrap_corrected_by: expected two rows or more, got {n}")
    sign = sign_of(direction, "bootstrap_corrected_by")
    rng = np.random.default_rng(seed)
    naive = vector("score", score(np.arange(n)), "bootstrap_corrected_by")
    own = int(np.argmax(sign * naive))
    found = np.full(_checked(bootstraps), np.nan)
    for b in range(bootstraps):
        rows = rng.integers(0, n, size=n)
        outside = np.setdiff1d(np.arange(n), rows)
        inside = sign * np.asarray(score(rows), dtype=np.float64)
        if outside.size and np.isfinite(inside).any():
            found[b] = np.asarray(score(outside), dtype=np.float64)[int(np.nanargmax(inside))]
    return _summary(float(naive[own]), found, own, sign, level)


def _checked(bootstraps: int) -> int:
    if bootstraps < 1:
        raise InputError(f"bootstraps: expected 1 or more, got {bootstraps}; 1000 is usual")
    return bootstraps


def _summary(naive: float, found: np.ndarray, own: int, sign: float, level: float) -> Corrected:
    level = level_between(level, "bootstrap_corrected")
    kept = found[np.isfinite(found)]
    if kept.size == 0:
        raise InputError("bootstrap_corrected: no sample left rows out that can be scored; there are too few rows")
    value = float(kept.mean())
    low, high = np.quantile(kept, ((1 - level) / 2, (1 + level) / 2))
    return Corrected(
        naive=naive,
        value=value,
        low=float(low),
        high=float(high),
        optimism=sign * (naive - value),
        selected=own,
        level=level,
    )
