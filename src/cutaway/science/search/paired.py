"""Is one method better than another, when both were run on the same repeats or the same data sets?

All functions take differences d (n,), one a pair, positive where the first is better. Demšar, Statistical comparisons
of classifiers over multiple data sets, JMLR 7 (2006), says why ranks and not means decide over data sets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.search.inputs import level_between, matrix, sign_of, vector

_EXACT = 200  # pairs up to which the distribution of signed ranks is counted out
_ALL_FLIPS = 16  # pairs up to which all sign flips are tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """A typical difference, its interval at `level`, and the two-sided p-value of no difference."""

    difference: float
    low: float
    high: float
    p: float
    level: float
    pairs: int


def _signed_ranks(d: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The differences that are not 0, and twice the middle ranks of their sizes, which are whole numbers."""
    left = d[d != 0]
    size = np.abs(left)
    ordered = np.sort(size)
    first = np.searchsorted(ordered, size, side="left")
    last = np.searchsorted(ordered, size, side="right")
    return left, (first + last + 1).astype(np.int64)


def _null_counts(ranks: np.ndarray) -> np.ndarray:
    """Of all ways to give signs to the (doubled) ranks, the share with each sum of the positive ones."""
    share = np.zeros(int(ranks.sum()) + 1)
    share[0] = 1.0
    for rank in ranks:
        share[rank:] = 0.5 * (share[rank:] + share[:-rank])
        share[:rank] *= 0.5
    return share


def signed_rank(differences: Any) -> float:
    """Two-sided p-value of Wilcoxon's signed rank test: the differences are symmetric about 0.

    Zeros are left out, ties get middle ranks; the distribution given those ranks is counted out up to 200 pairs,
    normal beyond. All differences 0: p = 1.

    Raises:
        InputError: no differences, or NaN among them.

    Source: Wilcoxon, Individual comparisons by ranking methods, Biometrics Bulletin 1 (1945) 80-83.

    >>> signed_rank([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    0.03125
    """
    d, ranks = _signed_ranks(vector("differences", differences, "signed_rank"))
    if d.size == 0:
        return 1.0
    total = int(ranks.sum())
    positive = int(ranks[d > 0].sum())
    if d.size > _EXACT:
        from scipy.special import ndtr

        z = (abs(positive - total / 2) - 1.0) / np.sqrt(np.sum(ranks.astype(np.float64) ** 2) / 4)
        return float(min(1.0, 2.0 * ndtr(-max(z, 0.0))))
    share = _null_counts(ranks)
    far = max(positive, total - positive)
    return float(min(1.0, 2.0 * share[far:].sum()))


def sign_flip(differences: Any, *, draws: int = 9999, seed: int = 0) -> float:
    """Two-sided p-value of the mean difference, when under no difference every sign is as likely as the other.

    All 2ⁿ flips up to 16 pairs; beyond, `draws` random ones with the observed added to them, so that p is never 0.

    Raises:
        InputError: no differences, NaN among them, or no draws.

    Source: Fisher, The Design of Experiments, 1935, section 21; Phipson and Smyth, Permutation P-values should never
    be zero, 2010.

    >>> sign_flip([1.0, 2.0, 3.0])
    0.25
    """
    d = vector("differences", differences, "sign_flip")
    if draws < 1:
        raise InputError(f"draws of sign_flip: expected 1 or more, got {draws}")
    seen = abs(d.sum()) * (1 - 1e-12)
    if d.size <= _ALL_FLIPS:
        sums = np.zeros(1)
        for each in d:
            sums = np.concatenate((sums + each, sums - each))
        return float(np.mean(np.abs(sums) >= seen))
    rng = np.random.default_rng(seed)
    flips = rng.integers(0, 2, size=(draws, d.size)).astype(np.float64) * 2 - 1
    return float((1 + np.sum(np.abs(flips @ d) >= seen)) / (draws + 1))


def typical_difference(differences: Any, *, level: float = 0.95) -> Paired:
    """The Hodges-Lehmann estimate, the median of all averages of two differences, with the interval that belongs to
    the signed rank test, and that test's p-value.

    The interval holds exactly the differences that the test does not reject, but for ties. Fewer than six pairs cannot
    reject anything at 0.95: the interval is then the whole range of averages and `level` what that is worth.

    Raises:
        InputError: no differences, NaN among them, or a level outside 0 … 1.

    Source: Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, 3rd ed. 2014, sections 3.2 and 3.3.

    >>> found = typical_difference([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    >>> found.difference, found.low, found.high, found.p
    (3.5, 1.0, 6.0, 0.03125)
    """
    d = vector("differences", differences, "typical_difference")
    level = level_between(level, "typical_difference")
    n = d.size
    i, j = np.triu_indices(n)
    averages = np.sort((d[i] + d[j]) / 2)
    m = averages.size
    if n <= _EXACT:
        cumulative = np.cumsum(_null_counts(2 * np.arange(1, n + 1))[::2])
        # the largest number of averages that may be cut at each end: P(W ≤ cut - 1) ≤ (1 - level) / 2
        cut = int(np.searchsorted(cumulative, (1 - level) / 2 * (1 + 1e-12), side="right"))
        held = 1 - 2 * float(cumulative[cut - 1]) if cut else 1 - 2 * float(cumulative[0])
    else:
        from scipy.special import ndtri

        cut = int(m / 2 - ndtri(0.5 + level / 2) * np.sqrt(n * (n + 1) * (2 * n + 1) / 24))
        held = level
    cut = min(max(cut, 1), (m + 1) // 2)
    return Paired(
        difference=float(np.median(averages)),
        low=float(averages[cut - 1]),
        high=float(averages[m - cut]),
        p=signed_rank(d),
        level=max(held, 0.0),
        pairs=n,
    )


def resampled_difference(differences: Any, share: float, *, level: float = 0.95) -> Paired:
    """The mean difference over random splits of one data set, with Student's interval corrected for shared rows.

    Splits of the same rows are not independent: the variance of their mean is s² (1/n + `share`), where `share` is
    rows tested over rows trained on, not s²/n, which would find a difference wherever one repeats often enough. One
    split has an infinite interval and p = 1. No spread at all: p = 1 if the mean is 0, else 0.

    Raises:
        InputError: no differences, NaN among them, a share that is not positive, or a level outside 0 … 1.

    Source: Nadeau and Bengio, Inference for the generalization error, Machine Learning 52 (2003), section 3; Bouckaert
    and Frank, PAKDD 2004, for repeated cross-validation.

    >>> found = resampled_difference([0.02, 0.01, 0.03, 0.02], share=0.25)
    >>> round(found.low, 4), round(found.high, 4), round(found.p, 4)
    (0.0016, 0.0384, 0.0405)
    """
    from scipy.special import stdtr, stdtrit

    d = vector("differences", differences, "resampled_difference")
    level = level_between(level, "resampled_difference")
    if not (np.isfinite(share) and share > 0):
        raise InputError(f"share of resampled_difference: expected test rows over training rows, above 0, got {share}")
    n, mean = d.size, float(d.mean())
    if n == 1:
        return Paired(difference=mean, low=-np.inf, high=np.inf, p=1.0, level=level, pairs=1)
    error = float(d.std(ddof=1) * np.sqrt(1 / n + share))
    if error <= 1e-15 * abs(mean) or error == 0:
        return Paired(difference=mean, low=mean, high=mean, p=float(mean == 0), level=level, pairs=n)
    reach = float(stdtrit(n - 1, 0.5 + level / 2)) * error
    p = float(2 * stdtr(n - 1, -abs(mean) / error))
    return Paired(difference=mean, low=mean - reach, high=mean + reach, p=p, level=level, pairs=n)


def holm(p: Any) -> np.ndarray:
    """P-values (m,) corrected so that the chance of even one false finding among all m stays below the level.

    Raises:
        InputError: none, or a value outside 0 … 1.

    Source: Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statistics 6 (1979).

    >>> holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    values = vector("p", p, "holm")
    if np.any((values < 0) | (values > 1)):
        raise InputError("p of holm: expected probabilities from 0 to 1")
    m = values.size
    order = np.argsort(values, kind="stable")
    stepped = np.maximum.accumulate((m - np.arange(m)) * values[order])
    out = np.empty(m)
    out[order] = np.minimum(stepped, 1.0)
    return out


def win_tie_loss(differences: Any, *, margin: float = 0.0) -> tuple[int, int, int]:
    """How many pairs the first won, tied within ± `margin`, and lost.

    Raises:
        InputError: no differences, NaN among them, or a negative margin.

    >>> win_tie_loss([0.2, 0.0, -0.01, 0.3], margin=0.05)
    (2, 2, 0)
    """
    d = vector("differences", differences, "win_tie_loss")
    if not margin >= 0:
        raise InputError(f"margin of win_tie_loss: expected 0 or more, got {margin}")
    return int(np.sum(d > margin)), int(np.sum(np.abs(d) <= margin)), int(np.sum(d < -margin))


def mean_ranks(scores: Any, direction: str = "maximize") -> np.ndarray:
    """Mean rank (methods,) over the rows of `scores` (repeats, methods); 1 is best, equals share the middle rank.

    Raises:
        InputError: another shape, or NaN among them.

    >>> mean_ranks([[0.9, 0.8, 0.8], [0.7, 0.9, 0.1]])
    array([1.5 , 1.75, 2.75])
    """
    array = sign_of(direction, "mean_ranks") * matrix("scores", scores, "mean_ranks")
    above = (array[:, None, :] > array[:, :, None]).sum(axis=2)
    equal = (array[:, None, :] == array[:, :, None]).sum(axis=2)
    return np.asarray((above + (equal + 1) / 2).mean(axis=0))
