"""The tails of a column, each turned to the right, and how far in towards the body a power law fits each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.science.tails.excess import ExcessFit, anderson_darling, coarse_misfit, fit_excess, thinned
from cutaway.science.tails.report import Side
from cutaway.science.tails.sketch import TailSketch

Quartiles = tuple[float, float, float]

MIN_POINTS = 50
MIN_DISTINCT = 30
# The 95 % point of A² under a right law with ξ between 0.5 and 1.5 is 0.71 to 0.85 (simulated, 60 to 1,000 points).
FITS_BELOW = 0.85
# χ² over 16 cells, 13 degrees of freedom: p < 1e-5, not worth a closer look.
SURELY_MISFIT = 50.0
# Neighbouring thresholds differ by this factor in the points above them.
_RATIO = 1.4


@dataclass(frozen=True, slots=True)
class Tail:
    """Values (descending) of one side, mirrored if it is the left one; of "both", distances from the centre.

    The law is fitted to values ** `power`. With power 1 it is the generalised Pareto law, which does not depend on
    where the column is centred. With power 2, about the centre, its survival function (1 + (x/s)²)^(-α/2) follows
    Student's t far into the body. `origins`: where a log-normal rival may start. `right_above[k]`: how many of the k +
    1 largest are on the right.
    """

    side: Side
    values: np.ndarray
    origins: tuple[float, ...]
    power: int = 1
    right_above: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """The largest number `k` of points of a tail over which the law fits, and the fit to them."""

    tail: Tail
    k: int
    fit: ExcessFit
    loglik: float  # as a density of the values themselves

    @property
    def threshold(self) -> float:
        """The value above which the k points lie."""
        return float(self.tail.values[self.k])

    @property
    def weight(self) -> float:
        """How much of the column the law explains; power 2 has the head start of one step of the search, and half.

        Both laws often fit a t-like tail, and then the one of power 1 has the greater bias.
        """
        return self.k * (1.5 if self.tail.power == 2 else 1.0)


def tails_of(sketch: TailSketch, quartiles: Quartiles | None) -> list[Tail]:
    """Right, left and, where the centre is known, both together under either power."""
    right = sketch.largest[repeats(sketch.largest) :]
    left = -sketch.smallest[repeats(sketch.smallest) :]
    if quartiles is None:
        return [Tail("right", right, ()), Tail("left", left, ())]
    centre, spread = quartiles[1], quartiles[2] - quartiles[0]
    steps = spread * np.array([0.0, 0.25, 0.5, 1.0, 2.0])
    tails = [Tail("right", right, tuple(centre - steps)), Tail("left", left, tuple(-centre - steps))]
    out, back = right[right > centre] - centre, left[left > -centre] + centre
    if len(out) and len(back):
        edge = 0.0 if sketch.complete else max(out[-1], back[-1])
        folded, right_above = _folded(out[out >= edge], back[back >= edge])
        tails += [Tail("both", folded, (0.0,), power, right_above) for power in (1, 2)]
    return tails


def reach(tail: Tail, n: int) -> Reach | None:
    """Lowers the threshold as far as the law fits, from below: a light tail (ξ = 0) ends the search at once.

    None where no threshold with enough points has a fit, or where "both" are not alike (a binomial test of the sides'
    shares).
    """
    most = min(len(tail.values) - 1, int(0.9 * n))
    if most < MIN_POINTS:
        return None
    scaled = tail.values if tail.power == 1 else tail.values * tail.values
    steps = max(2, int(np.ceil(np.log(most / MIN_POINTS) / np.log(_RATIO))) + 1)
    start = None
    for k in np.geomspace(most, MIN_POINTS, steps).astype(int):
        e = excesses(scaled, k)
        if len(e) < MIN_POINTS:
            continue
        guess = fit_excess(thinned(e, 1_000), start)
        if guess.xi > 0.0:
            start = guess.theta
            if coarse_misfit(e, guess) > SURELY_MISFIT:
                continue
        fit = fit_excess(e, start)
        if fit.xi > 0.0:
            start = fit.theta
            if anderson_darling(e, fit) > FITS_BELOW:
                continue
        return _reached(tail, e, fit)
    return None


def _reached(tail: Tail, e: np.ndarray, fit: ExcessFit) -> Reach | None:
    k = len(e)
    if np.count_nonzero(np.diff(e)) + 1 < MIN_DISTINCT:
        return None
    if tail.right_above is not None and not _alike(tail.right_above, k):
        return None
    loglik = fit.loglik
    if tail.power == 2:
        loglik += float(np.add.reduce(np.log(2.0 * tail.values[:k])))
    return Reach(tail, k, fit, loglik)


def _alike(right_above: np.ndarray, k: int) -> bool:
    """Whether both sides hold about half of the k largest, of their outer half and of their outer quarter."""
    return all(abs(2 * int(right_above[m - 1]) - m) <= 3.0 * np.sqrt(m) for m in (k, k // 2, k // 4))


def excesses(values: np.ndarray, k: int) -> np.ndarray:
    """By how much the values above the (k+1)-th largest exceed it, without those tied with it; `values` descend."""
    e = values[:k] - values[k]
    apart: np.ndarray = e if e[-1] > 0.0 else e[: int(np.searchsorted(-e, 0.0, side="left"))]
    return apart


def repeats(values: np.ndarray) -> int:
    """How many values come before the outermost one (they come first) that occurs only once: those to be left out.

    A sentinel or a cap is a point mass, not a tail; in a tail the outermost value is its own.
    """
    ends = np.flatnonzero(np.diff(values))  # where runs of equal values end, but for the last run
    lengths = np.diff(np.concatenate(([-1], ends)))
    single = np.flatnonzero(lengths == 1)
    return int(lengths[: single[0]].sum()) if len(single) else len(values)


def _folded(right: np.ndarray, left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two descending arrays merged, and how many of the k + 1 largest come from the first."""
    is_right = np.zeros(len(right) + len(left), dtype=bool)
    is_right[np.arange(len(right)) + np.searchsorted(-left, -right)] = True
    folded = np.empty(len(is_right))
    folded[is_right], folded[~is_right] = right, left
    return folded, np.cumsum(is_right)
