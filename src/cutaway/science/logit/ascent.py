"""Newton's method on a log-likelihood read in passes: step-halving, aliased columns left out, an end in every case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

Status = Literal["converged", "separated", "not converged"]

_ALIAS = 1e-11  # a column whose variance given the earlier ones is below this share of its own is their combination
EXACT = 1e-9  # in standard errors: the largest step at which the fit is called exact
_CURVATURE = 1e-6  # relative change of the Hessian that the last step may still bring,
_ERROR = 1e-9  # so long as it changes no standard error by more than this
_SLOW = (
    0.35,
    0.97,
)  # ratio of successive steps under separation tends to exp(-1/2) = 0.61; with an estimate it tends to 0


class Sloping(Protocol):
    """What a pass without curvature returns."""

    @property
    def loglik(self) -> float:
        """The log-likelihood, in nats."""

    @property
    def gradient(self) -> np.ndarray:
        """Its gradient (m,)."""


class Summary(Sloping, Protocol):
    """What a pass returns: `loglik`, `gradient` (m,), `hessian` (m, m), the information."""

    @property
    def hessian(self) -> np.ndarray:
        """Minus its second derivative (m, m)."""


@dataclass(frozen=True, slots=True, eq=False)
class Ascent:
    """Where the iteration ended. `step` is the last Newton step, `summary` the last pass, at `params - step`."""

    params: np.ndarray
    step: np.ndarray
    summary: Summary
    hessian: np.ndarray  # of the last pass, with the penalty
    first_hessian: np.ndarray  # of the first
    loglik: float  # without the penalty, at `params`
    passes: int
    decrement: float
    alive: np.ndarray  # False for aliased coefficients
    status: Status


def independent(hessian: np.ndarray, tolerance: float = _ALIAS) -> np.ndarray:
    """Which columns (m,) bool are not combinations of the earlier ones, by Cholesky in the given order.

    A pivot below `tolerance` of its own diagonal counts as zero, and so does a column without any curvature. Columns
    keep their order, so that of two equal columns the first stays, as in R.

    >>> independent(np.array([[2.0, 2.0, 0.0], [2.0, 2.0, 0.0], [0.0, 0.0, 1.0]]))
    array([ True, False,  True])
    """
    m = len(hessian)
    diagonal = np.diag(hessian).copy()
    rows = np.zeros((m, m))  # rows of the factor of the columns kept so far
    kept = np.zeros(m, dtype=bool)
    rank = 0
    left = diagonal.copy()
    for j in range(m):
        if not (diagonal[j] > 0 and left[j] > tolerance * diagonal[j]):
            continue
        row = (hessian[j] - rows[:rank].T @ rows[:rank, j]) / np.sqrt(left[j])
        left = left - row * row
        rows[rank] = row
        rank += 1
        kept[j] = True
    return kept


def solve(hessian: np.ndarray, right: np.ndarray, alive: np.ndarray) -> np.ndarray:
    """H⁻¹ right over the living coefficients, zero elsewhere; with a small ridge where H is singular to rounding.

    H is first scaled to a unit diagonal, which makes the result independent of the columns' units.
    """
    out = np.zeros(right.shape)
    index = np.flatnonzero(alive)
    if len(index) == 0:
        return out
    h = hessian[np.ix_(index, index)]
    scale = np.sqrt(np.maximum(np.diag(h), np.finfo(float).tiny))
    unit = h / np.outer(scale, scale)
    b = right[index] / (scale if right.ndim == 1 else scale[:, None])
    ridge = 0.0
    for _ in range(20):
        try:
            factor = np.linalg.cholesky(unit + ridge * np.eye(len(index)))
        except np.linalg.LinAlgError:
            ridge = max(10 * ridge, 1e-14 * len(index))
            continue
        inner = np.linalg.solve(factor.T, np.linalg.solve(factor, b))
        if ridge == 0.0:  # one round of refinement costs nothing beside a pass
            rest = b - unit @ inner
            inner = inner + np.linalg.solve(factor.T, np.linalg.solve(factor, rest))
        out[index] = inner / (scale if right.ndim == 1 else scale[:, None])
        return out
    return out


def inverse(hessian: np.ndarray, alive: np.ndarray) -> np.ndarray:
    """H⁻¹ over the living coefficients; rows and columns of the others are zero."""
    full = solve(hessian, np.eye(len(hessian)), alive)
    full[:, ~alive] = 0.0
    return np.asarray((full + full.T) / 2)


def approach(
    slope: Callable[[np.ndarray], Sloping], start: np.ndarray, hessian: np.ndarray, penalty: np.ndarray | None = None
) -> np.ndarray:
    """A point nearer to the maximum than `start` (m,), by one step with a Hessian from elsewhere, a subsample say.

    It takes one pass for the gradient, half the work of one for the Hessian too, and is not trusted: the ascent that
    follows may begin anywhere. A step longer than it should be, or not finite, is not taken.
    """
    m = len(start)
    quadratic = np.zeros((m, m)) if penalty is None else penalty
    full = hessian + quadratic
    here = slope(start)
    uphill = here.gradient - quadratic @ start
    if not (np.isfinite(here.loglik) and np.all(np.isfinite(uphill))):
        return start
    step = solve(full, uphill, independent(full))
    # in standard deviations of the linear predictor: 0.5 is more than a subsample of thousands of rows can be wrong by
    length = float(np.sqrt(max(float(step @ full @ step), 0.0) / max(float(full[0, 0]), 1.0)))
    return start + step if length < 0.5 else start


def ascend(
    evaluate: Callable[[np.ndarray], Summary],
    start: np.ndarray,
    penalty: np.ndarray | None = None,
    *,
    max_iter: int = 40,
    diverges: Callable[[Ascent], bool] | None = None,
    tolerance: float = EXACT,
    free: np.ndarray | None = None,
) -> Ascent:
    """Maximise loglik(β) - ½ βᵀ P β.

    `evaluate` makes one pass. The iteration ends when the step, in standard errors, is below `tolerance`, or when it
    is so small that by the curvature's observed rate of change the last step is exact to rounding (this saves a pass
    over a long table). Steps that shrink at a constant rate are the mark of separation: `diverges` is then asked, and
    a yes ends the fit as "separated". `free` (m,) bool: which coefficients may move.
    """
    m = len(start)
    quadratic = np.zeros((m, m)) if penalty is None else penalty

    def objective(summary: Summary, at: np.ndarray) -> float:
        return summary.loglik - 0.5 * float(at @ quadratic @ at)

    params = np.array(start, dtype=np.float64)
    summary = evaluate(params)
    passes = 1
    if not np.isfinite(summary.loglik) and np.any(params):  # a start that is worse than none
        params = np.zeros(m)
        summary = evaluate(params)
        passes += 1
    value = objective(summary, params)
    first_hessian = summary.hessian + quadratic
    alive = independent(first_hessian)
    if free is not None:
        alive &= free
    ratios: list[float] = []
    last_decrement = np.inf
    last_diagonal: np.ndarray | None = None
    while True:
        hessian = summary.hessian + quadratic
        slope = summary.gradient - quadratic @ params
        step = solve(hessian, slope, alive)
        squared = float(slope @ step)
        decrement = float(np.sqrt(max(squared, 0.0)))
        diagonal = np.diag(hessian)[alive]
        loglik = summary.loglik + float(summary.gradient @ step) - 0.5 * float(step @ summary.hessian @ step)
        ended = Ascent(
            params + step, step, summary, hessian, first_hessian, loglik, passes, decrement, alive, "converged"
        )
        ratios.append(decrement / last_decrement if last_decrement > 0 else 0.0)
        slow = len(ratios) > 5 and all(_SLOW[0] < r < _SLOW[1] for r in ratios[-3:])
        # A loose tolerance is met by steps that shrink ever faster, not by those on a way to infinity.
        small = decrement <= tolerance and (tolerance < 1e-6 or ratios[-1] < _SLOW[0])
        if not small and last_diagonal is not None and decrement < 1e-3 and not slow:
            change = float(np.max(np.abs(diagonal / last_diagonal - 1.0), initial=0.0))
            further = change * decrement / last_decrement
            if further < _CURVATURE:
                errors = np.sqrt(np.diag(inverse(hessian, alive)))
                small = further * float(errors.max(initial=0.0)) < _ERROR
        asked = slow and (small or len(ratios) % 3 == 0)
        if asked and diverges is not None and diverges(ended):
            return Ascent(
                params, step, summary, hessian, first_hessian, summary.loglik, passes, decrement, alive, "separated"
            )
        if small:
            return ended
        if passes >= max_iter or not np.isfinite(decrement):
            apart = diverges is not None and bool(np.isfinite(decrement)) and diverges(ended)
            status: Status = "separated" if apart else "not converged"
            return Ascent(
                params, step, summary, hessian, first_hessian, summary.loglik, passes, decrement, alive, status
            )
        last_decrement, last_diagonal = decrement, diagonal
        share = 1.0
        while True:
            trial = params + share * step
            candidate = evaluate(trial)
            passes += 1
            found = objective(candidate, trial)
            if found >= value - 1e-10 * (1.0 + abs(value)) or passes >= max_iter or share < 1e-6:
                break
            share /= 2 if share == 1.0 else 4
        if not found >= value - 1e-7 * (1.0 + abs(value)):  # no gain along the step: rounding has the last word
            return Ascent(
                params, step, summary, hessian, first_hessian, summary.loglik, passes, decrement, alive, "not converged"
            )
        params, summary, value = trial, candidate, found
