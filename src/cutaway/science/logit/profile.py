"""Profile-likelihood intervals, which need no normal approximation and stay honest where Wald's fail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.logit.cholesky import solve
from cutaway.science.logit.firth import HatSums, Penalised, firth, firth_fold, root_of_inverse
from cutaway.science.logit.frame import Frame
from cutaway.science.logit.gram import Gram
from cutaway.science.logit.inputs import checked
from cutaway.science.logit.newton import Fit, fit, fit_fold

_EXACT = 1e-8  # length of the last step in standard errors
_LONGEST = 4.0  # a step may not be longer
_MOST_STEPS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Several:
    """Several states of the same rows, read in one pass."""

    states: tuple[Any, ...]

    @classmethod
    def of(cls, x: np.ndarray, y: np.ndarray, weight: np.ndarray | None, of: tuple[Callable[..., Any], ...]) -> Several:
        """`of[i](x, y, weight)` for every i."""
        return cls(tuple(one(x, y, weight) for one in of))

    def __add__(self, other: Several) -> Several:
        """One by one."""
        return Several(tuple(a + b for a, b in zip(self.states, other.states, strict=True)))


def _evaluate(
    fold: Callable[..., Any], points: Sequence[np.ndarray], frame: Frame, alive: np.ndarray, penalised: bool
) -> list[Penalised]:
    """Log-likelihood, gradient and information at several points, in one pass; with Firth's penalty in two."""
    calls = tuple(partial(Gram.of, at=at, frame=frame) for at in points)
    grams: tuple[Gram, ...] = fold(partial(Several.of, of=calls)).states
    if not penalised:
        return [Penalised(gram.loglik, gram.gradient, gram.hessian) for gram in grams]
    roots = [root_of_inverse(gram.hessian, alive) for gram in grams]
    hat_calls = tuple(
        partial(HatSums.of, at=at, root=root, frame=frame) for at, (root, _) in zip(points, roots, strict=True)
    )
    hats: tuple[HatSums, ...] = fold(partial(Several.of, of=hat_calls)).states
    return [
        Penalised(gram.loglik + 0.5 * log_det, gram.gradient + hat.correction, gram.hessian)
        for gram, (_, log_det), hat in zip(grams, roots, hats, strict=True)
    ]


@dataclass(slots=True, eq=False)
class _End:
    """One end of one interval on its way: `side` 1 or -1, `row` (p+1,) the functional whose extreme is sought."""

    row: np.ndarray
    side: float
    at: np.ndarray
    done: bool = False
    lost: bool = False

    def move(self, here: Penalised, floor: float, alive: np.ndarray) -> None:
        """One step towards the largest side * row @ b with log-likelihood `floor`, on the quadratic model at `here`."""
        if not (np.isfinite(here.loglik) and np.all(np.isfinite(here.hessian))):
            self.lost = True
            return
        right = np.column_stack((np.where(alive, here.gradient, 0.0), np.where(alive, self.row, 0.0)))
        solved = solve(here.hessian, right, alive)
        gain = float(here.gradient @ solved[:, 0])
        spread = float(self.row @ solved[:, 1])
        above = 2.0 * (here.loglik - floor) + gain
        multiplier = self.side * np.sqrt(max(above, 0.0) / spread) if spread > 0 else 0.0
        step = solved[:, 0] + multiplier * solved[:, 1]
        length = float(np.sqrt(max(step @ here.hessian @ step, 0.0)))
        if length > _LONGEST:
            step *= _LONGEST / length
        self.at = self.at + step
        self.done = length < _EXACT and above >= 0


def profile_intervals_fold(
    fold: Callable[..., Any],
    fitted: Fit,
    *,
    level: float = 0.95,
    which: Sequence[int] | None = None,
    penalised: bool = False,
    frame: Frame | None = None,
) -> np.ndarray:
    """Intervals (len(which), 2) of the coefficients in `which` (0 is the intercept, all by default).

    An interval is {b : 2 [l̂ - max l over the other coefficients] ≤ χ²₁(level)}. Each end solves l = l̂ - χ²/2 with
    zero slope in all other directions, by Newton steps; all ends walk together, one pass a step. `penalised`: under
    Firth's penalty (`fitted` from `firth`), two passes a step. Where the data are separated, an end towards which the
    likelihood never falls is infinite. An aliased coefficient, or an end not found in 100 steps, gives NaN.

    Raises:
        InputError: a level outside (0, 1), or a fit with robust errors (weights that are not counts have no
        likelihood).

    Source: Venzon and Moolgavkar, Applied Statistics 37 (1988) 87-94; Heinze and Schemper, Statistics in Medicine 21
    (2002) 2409-2419, section 3.
    """
    from scipy.special import chdtri

    if not 0 < level < 1:
        raise InputError(f"level: expected a number between 0 and 1, got {level}; 0.95 is usual")
    if fitted.robust:
        raise InputError("fitted: expected a fit without sampling weights, got robust errors; use its Wald intervals")
    p = len(fitted.params) - 1
    frame = frame or Frame.identity(p)
    chosen = list(range(p + 1)) if which is None else list(which)
    alive = ~np.isnan(fitted.params)
    ray = None if fitted.separation is None or penalised else fitted.separation.direction[0]
    best, top = _summit(fold, fitted, penalised, frame, alive)
    floor = top - 0.5 * float(chdtri(1, 1.0 - level))
    rows = frame.matrix[chosen]
    out = np.full((len(chosen), 2), np.nan)
    ends: dict[tuple[int, int], _End] = {}
    for i, j in enumerate(chosen):
        for k, side in enumerate((-1.0, 1.0)):
            if not alive[j]:
                continue
            if ray is not None and side * ray[j] > 1e-9:
                out[i, k] = side * np.inf
                continue
            ends[i, k] = _End(rows[i], side, best.copy())
    for _ in range(_MOST_STEPS):
        moving = [end for end in ends.values() if not (end.done or end.lost)]
        if not moving:
            break
        try:
            values = _evaluate(fold, [end.at for end in moving], frame, alive, penalised)
        except np.linalg.LinAlgError:
            break
        for end, here in zip(moving, values, strict=True):
            end.move(here, floor, alive)
    for (i, k), end in ends.items():
        if end.done and end.side * float(end.row @ (end.at - best)) > 0:
            out[i, k] = float(end.row @ end.at)
    return out


def _summit(
    fold: Callable[..., Any], fitted: Fit, penalised: bool, frame: Frame, alive: np.ndarray
) -> tuple[np.ndarray, float]:
    """Where the search starts, in the frame, and the (supremum of the) log-likelihood, with the frame's determinant."""
    best = frame.inward(fitted.usable)
    if penalised:
        return best, _evaluate(fold, [best], frame, alive, True)[0].loglik
    if fitted.status == "converged":
        return best, fitted.loglik
    # No maximum: iterating on approaches the supremum, and from Firth's estimate every end can be reached.
    p = len(best) - 1
    far = fit_fold(fold, p, start=fitted.usable, frame=frame, certify=False)
    return frame.inward(firth_fold(fold, p, frame=frame).usable), far.loglik


def profile_intervals(
    x: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray | None = None,
    *,
    level: float = 0.95,
    which: Sequence[int] | None = None,
    penalised: bool = False,
) -> np.ndarray:
    """`profile_intervals_fold` for a table in memory: by maximum likelihood, or by Firth's if `penalised`.

    `weight` (n,) are counts of equal rows.

    >>> x = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]])
    >>> profile_intervals(x, np.array([0, 0, 1, 0, 1, 1]), which=[1]).round(2)
    array([[-0.07,  4.16]])
    """
    x, y, weight = checked(x, y, weight)

    def whole(of: Callable[..., Any]) -> Any:
        return of(x, y, weight)

    fitted = firth(x, y, weight) if penalised else fit(x, y, weight)
    return profile_intervals_fold(whole, fitted, level=level, which=which, penalised=penalised, frame=Frame.of_rows(x))
