"""Newton's method on a log-likelihood read in passes: step-halving, aliased columns left out, an end in every case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np

from cutaway.science.logit.cholesky import independent, inverse, solve

Drift = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Estimates of the Hessian at two points."""

Status = Literal["converged", "separated", "not converged"]

EXACT = 1e-9  # in standard errors: the largest step at which the fit is called exact
_CURVATURE = 1e-6  # relative change of the Hessian that the last step may still bring,
_ERROR = 2e-9  # so long as it changes no standard error by more than this
_SLOW = (
    0.35,
    0.97,
)  # ratio of successive steps under separation tends to exp(-1/2) = 0.61; with an estimate it tends to 0


_VAGUE = 1.0  # standard error, of the log-odds of a standard deviation, beyond which an end far out is suspected


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


def ascend(
    evaluate: Callable[[np.ndarray], Summary],
    start: np.ndarray,
    penalty: np.ndarray | None = None,
    *,
    max_iter: int = 40,
    diverges: Callable[[Ascent], bool] | None = None,
    tolerance: float = EXACT,
    free: np.ndarray | None = None,
    drift: Drift | None = None,
) -> Ascent:
    """Maximise loglik(β) - ½ βᵀ P β.

    `evaluate` makes one pass. The iteration ends when the step, in standard errors, is below `tolerance`, or when it
    is so small that by the curvature's observed rate of change the last step is exact to rounding (this saves a pass
    over a long table). Steps that shrink at a constant rate are the mark of separation: `diverges` is then asked, and
    a yes ends the fit as "separated". `free` (m,) bool: which coefficients may move.
    `drift(old, new)`: a subsample's Hessians at two points, scaled up; it spares the last pass when their difference is
    all that is missing.
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
    first_hessian = summary.hessian + quadratic
    alive = independent(first_hessian)
    if not alive.all() and np.any(params):
        # Far out every column's curvature dies; which are combinations of others is told at zero, where none does.
        middle = evaluate(np.zeros(m))
        passes += 1
        first_hessian = middle.hessian + quadratic
        known = independent(first_hessian)
        if np.any(known & ~alive):
            params, summary = np.zeros(m), middle
        alive = known
    value = objective(summary, params)
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
        if not small and decrement < 0.3 and not slow:
            spread = float(np.sqrt(np.diag(inverse(hessian, alive))).max(initial=0.0))
            if last_diagonal is not None and decrement < 1e-3:
                change = float(np.max(np.abs(diagonal / last_diagonal - 1.0), initial=0.0))
                further = change * decrement / last_decrement
                small = further < _CURVATURE and 10 * further * spread < _ERROR
            elif drift is not None:
                moved = _drifted(drift, params, step, summary.hessian, alive, decrement, spread)
                if moved is not None:
                    small, ended = True, replace(ended, hessian=hessian + moved)
        asked = (slow and (small or len(ratios) % 3 == 0)) or (small and _vague(hessian, alive))
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
        trial, candidate, tries = _forward(evaluate, objective, params, step, summary, alive, max_iter - passes)
        passes += tries
        found = objective(candidate, trial)
        if not found >= value - 1e-7 * (1.0 + abs(value)):  # no gain along the step: rounding has the last word
            return Ascent(
                params, step, summary, hessian, first_hessian, summary.loglik, passes, decrement, alive, "not converged"
            )
        params, summary, value = trial, candidate, found


def _vague(hessian: np.ndarray, alive: np.ndarray) -> bool:
    """Whether a coefficient is hardly known at all, so that it may have ended far out under separation.

    There the rows that tell its column from the others weigh nothing any more, and its slope is below rounding. To ask
    in vain, on a few rows or with nearly collinear columns, costs two passes.
    """
    return bool(np.diag(inverse(hessian, alive)).max(initial=0.0) > _VAGUE**2)


def _forward(
    evaluate: Callable[[np.ndarray], Summary],
    objective: Callable[[Summary, np.ndarray], float],
    params: np.ndarray,
    step: np.ndarray,
    here: Summary,
    alive: np.ndarray,
    most: int,
) -> tuple[np.ndarray, Summary, int]:
    """The point reached along the step, its pass, and how many passes it took.

    The step is shortened while the objective falls. A coefficient that was thrown past its maximum, so far that its
    slope has turned and its curvature is gone, has its own part of the step shortened: the rows that say so may be
    too few to turn the objective, and from there no Newton step leads back.
    """
    value = objective(here, params)
    part = np.ones(len(step))
    before = np.diag(here.hessian)
    tries = 0
    while True:
        trial = params + part * step
        candidate = evaluate(trial)
        tries += 1
        if tries >= most or part.max() < 1e-6:
            return trial, candidate, tries
        thrown = alive & (np.diag(candidate.hessian) < 0.05 * before) & (candidate.gradient * here.gradient < 0)
        if thrown.any():
            part[thrown] /= 4
        elif objective(candidate, trial) >= value - 1e-10 * (1.0 + abs(value)):
            return trial, candidate, tries
        else:
            part /= 2 if tries == 1 else 4


def _drifted(
    drift: Drift,
    params: np.ndarray,
    step: np.ndarray,
    hessian: np.ndarray,
    alive: np.ndarray,
    decrement: float,
    spread: float,
) -> np.ndarray | None:
    """The change of the Hessian over the last step, if a subsample knows it well enough to need no further pass.

    It does if its own Hessian is right to a tenth in every coefficient, so that the change may be trusted as far.
    Errors go with the root of the Hessian, and the step that a wrong one misleads is wrong by half the change.
    """
    old, new = drift(params, params + step)
    own = np.diag(hessian)[alive]
    if not np.all(np.abs(np.diag(old)[alive] - own) <= 0.1 * own):
        return None
    moved = new - old
    change = float(np.max(np.abs(np.diag(moved)[alive]) / own, initial=0.0))
    good = change < 1e-3 and 0.5 * change * spread * max(0.1, decrement) < _ERROR
    return moved if good else None
