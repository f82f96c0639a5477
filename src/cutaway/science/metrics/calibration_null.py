"""What calibrated scores look like by chance: simulated labels, a p-value and a band."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.metrics.histogram import ScoreHistogram
from cutaway.science.metrics.isotonic import pool
from cutaway.science.metrics.recalibration import CalibrationTest
from cutaway.science.metrics.tally import Tally

_GROUPS = 64
_FIRST = 199  # simulations after which a p-value that is surely large needs no more digits
_EXPECTED = 4.0  # least variance of the positives of a group, Σ p (1 - p), as far as there are rows for it


@dataclass(frozen=True, eq=False)
class Band:
    """Where the isotonic curve of calibrated scores lies, by simulation: pointwise, at each group's mean score."""

    mean: np.ndarray  # (g,) mean probability of the group
    rate: np.ndarray  # (g,) the isotonic curve of the labels themselves
    low: np.ndarray  # (g,)
    high: np.ndarray  # (g,)


def calibration_test(counted: Tally | ScoreHistogram, rng: np.random.Generator, times: int = 1999) -> CalibrationTest:
    """Likelihood ratio of the isotonic curve against the scores themselves, with its p-value by simulated labels.

    The rows are put in at most 64 groups of neighbouring scores with equal Σ p (1 - p). The statistic is 2 n times
    the miscalibration of CORP's log loss over the groups: it feels any order-preserving distortion. Under the null
    the positives of a group are binomial with its mean score, drawn `times` times, or 199 where a tenth of those reach
    the statistic already (Besag & Clifford 1991). The smallest p-value is 1 / (times + 1),
    and 0 where a score was certain and wrong. Weights enter by their effective number. NaN without rows.

    Source: Dimitriadis, Gneiting & Jordan 2021, for the statistic; Bröcker & Smith 2007 for resampled consistency.
    """
    tally = Tally.read(counted)
    method = "isotonic likelihood ratio, simulated"
    n, positives, p = _groups(tally)
    if not n.size:
        return CalibrationTest(math.nan, math.nan, method)
    observed = float(_ratio(positives[None, :], n, p)[0])
    if math.isinf(observed):
        return CalibrationTest(observed, 0.0, method)
    drawn = _ratio(rng.binomial(n, p, size=(min(times, _FIRST), n.size)).astype(float), n, p)
    if times > _FIRST and np.mean(drawn >= observed) < 0.1:
        more = rng.binomial(n, p, size=(times - _FIRST, n.size)).astype(float)
        drawn = np.concatenate([drawn, _ratio(more, n, p)])
    p_value = (1 + int(np.sum(drawn >= observed - 1e-9))) / (drawn.size + 1)
    return CalibrationTest(observed, p_value, method, float(drawn.mean()))


def calibration_band(
    counted: Tally | ScoreHistogram, rng: np.random.Generator, times: int = 999, level: float = 0.95
) -> Band:
    """The pointwise band in which the isotonic curve lies when every score is the probability of its label.

    Groups and simulation as in `calibration_test`. Empty without rows.

    Raises: InputError for a level outside (0, 1).
    Source: Bröcker & Smith 2007; Dimitriadis, Gneiting & Jordan 2021, on consistency bands.
    """
    tally = Tally.read(counted)
    if not 0 < level < 1:
        raise InputError(f"level: calibration_band expected a level between 0 and 1, got {level}")
    n, positives, p = _groups(tally)
    if not n.size:
        return Band(p, p, p, p)
    curves = _curves(rng.binomial(n, p, size=(times, n.size)).astype(float), n)
    low, high = np.quantile(curves, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return Band(p, _curves(positives[None, :], n)[0], low, high)


def _groups(tally: Tally) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whole effective rows, positives (both int64, float64) and mean score of each group, rounded as little as can."""
    p, weight = tally.p, tally.weight * tally.scale
    if not weight.sum() > 0:
        return np.empty(0, np.int64), np.empty(0), np.empty(0)
    variance = weight * p * (1 - p)
    most = float(variance.sum())
    groups = max(1, min(_GROUPS, int(most / _EXPECTED)))
    middle = np.cumsum(variance) - variance / 2
    place = np.minimum((middle * (groups / max(most, 1e-300))).astype(int), groups - 1)
    place = np.where(p <= 0, -1, np.where(p >= 1, groups, place))  # certain scores apart
    place = np.unique(place, return_inverse=True)[1]
    count, positives, score = (
        np.bincount(place, weights=v) for v in (weight, tally.positives * tally.scale, weight * p)
    )
    n = np.maximum(np.rint(count), 1).astype(np.int64)
    return n, positives * (n / count), np.clip(score / count, 0.0, 1.0)


def _curves(positives: np.ndarray, n: np.ndarray) -> np.ndarray:
    weight = n.astype(float)
    out = np.empty(positives.shape)
    pool(np.ascontiguousarray(positives / weight), weight, out)
    return out


def _ratio(positives: np.ndarray, n: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Twice the log-likelihood of the isotonic curve less that of p (t,), for positives (t, g)."""
    q = _curves(positives, n)
    negatives = n - positives
    with np.errstate(divide="ignore", invalid="ignore"):
        up = np.where(positives > 0, positives * (np.log(q) - np.log(p)), 0.0)
        down = np.where(negatives > 0, negatives * (np.log1p(-q) - np.log1p(-p)), 0.0)
    return np.asarray(2 * (up + down).sum(axis=1))
