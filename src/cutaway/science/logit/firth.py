"""Firth's penalised likelihood: estimates that exist under separation and are free of first-order bias."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from cutaway.core.threads import at_once
from cutaway.science.logit.ascent import Status
from cutaway.science.logit.cholesky import independent, solve
from cutaway.science.logit.chunks import chunk_edges, design, total
from cutaway.science.logit.frame import Frame
from cutaway.science.logit.gram import Gram
from cutaway.science.logit.inputs import checked
from cutaway.science.logit.newton import Fit, require_rows

_MOVES = 6  # past steps that correct the next
_MAX_STEP = 5.0  # standard deviations of a column, in log-odds: what one step may move


@dataclass(frozen=True, slots=True, eq=False)
class HatSums:
    """Firth's correction of the score: correction (p+1,) = Σ h (1/2 - p) x̃ with the hat values h = w p(1 - p) x̃ᵀ H⁻¹ x̃.

    leverage = Σ h, the number of coefficients.
    """

    correction: np.ndarray
    leverage: float

    @classmethod
    def of(
        cls,
        x: np.ndarray,
        y: np.ndarray | None,
        weight: np.ndarray | None,
        at: np.ndarray,
        root: np.ndarray,
        frame: Frame | None = None,
    ) -> HatSums:
        """The sums over x (n, p) at `at` (p+1,); `root` (p+1, p+1) is lower triangular with rootᵀ root = H⁻¹."""
        from cutaway.science.logit.kernel_hat import hat_rows

        x, _, w = design(x, None, weight)
        n, p = x.shape
        frame = frame or Frame.identity(p)
        scale = 1.0 / frame.scale
        edges = chunk_edges(n, p)
        at = np.ascontiguousarray(at, dtype=np.float64)
        root = np.ascontiguousarray(root, dtype=np.float64)

        def work(k: int) -> tuple[np.ndarray, np.ndarray]:
            c, s = np.zeros(p + 1), np.zeros(1)
            hat_rows(x, w, at, root, frame.centre, scale, edges[k], edges[k + 1], c, s)
            return c, s

        parts = at_once(work, len(edges) - 1)
        return cls(total(part[0] for part in parts), float(total(part[1] for part in parts)[0]))

    @classmethod
    def zero(cls, p: int) -> HatSums:
        """The sums of no rows."""
        return cls(np.zeros(p + 1), 0.0)

    def __add__(self, other: HatSums) -> HatSums:
        """The sums of both sets of rows."""
        return HatSums(self.correction + other.correction, self.leverage + other.leverage)


@dataclass(frozen=True, slots=True, eq=False)
class Penalised:
    """The penalised log-likelihood somewhere: value, gradient, and the information (of the unpenalised likelihood)."""

    loglik: float
    gradient: np.ndarray
    hessian: np.ndarray


def root_of_inverse(hessian: np.ndarray, alive: np.ndarray) -> tuple[np.ndarray, float]:
    """Lower triangular R (q, q) with RᵀR = H⁻¹ on the living coefficients, zero elsewhere, and log det H over them.

    Raises:
        numpy.linalg.LinAlgError: H is not positive definite there.
    """
    index = np.flatnonzero(alive)
    h = hessian[np.ix_(index, index)]
    scale = np.sqrt(np.diag(h))
    factor = np.linalg.cholesky(h / np.outer(scale, scale))
    root = np.zeros(hessian.shape)
    inverse = np.linalg.solve(factor, np.eye(len(index)))
    root[np.ix_(index, index)] = np.tril(inverse) / scale[None, :]
    return root, float(2.0 * np.sum(np.log(np.diag(factor))) + 2.0 * np.sum(np.log(scale)))


def penalised_at(
    fold: Callable[..., Any], at: np.ndarray, frame: Frame, alive: np.ndarray, least: float = -np.inf
) -> Penalised:
    """The value l + ½ log det H, its gradient and H, at coefficients in the frame; -inf where H is singular.

    One pass, and where the value is at least `least` another for the gradient, which is NaN otherwise.
    """
    gram: Gram = fold(partial(Gram.of, at=at, frame=frame))
    nowhere = np.full(len(at), np.nan)
    try:
        root, log_det = root_of_inverse(gram.hessian, alive)
    except np.linalg.LinAlgError:
        return Penalised(-np.inf, nowhere, gram.hessian)
    value = gram.loglik + 0.5 * log_det
    if not value >= least:
        return Penalised(value, nowhere, gram.hessian)
    hats: HatSums = fold(partial(HatSums.of, at=at, root=root, frame=frame))
    return Penalised(value, np.where(alive, gram.gradient + hats.correction, 0.0), gram.hessian)


def uphill(here: Penalised, alive: np.ndarray, moves: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """The step (p+1,) to the maximum, by the information and by what the last `moves` told of the true curvature.

    Each move is a step and what the gradient fell by along it, the oldest first. The information lacks the curvature
    of ½ log det H: where one row makes most of a column's, the scoring step overshoots by its own length, and comes
    back, and so on for hundreds of passes. A few moves correct it where it was seen to be wrong.

    Source: the two-loop recursion of Nocedal, Mathematics of Computation 35 (1980) 773-782, begun at the information.
    """
    slope = here.gradient.copy()
    shares = []
    for move, fall in reversed(moves):
        share = float(move @ slope) / float(move @ fall)
        slope -= share * fall
        shares.append(share)
    step = solve(here.hessian, slope, alive)
    for (move, fall), share in zip(moves, reversed(shares), strict=True):
        step += (share - float(fall @ step) / float(move @ fall)) * move
    return step


def firth_fold(
    fold: Callable[..., Any],
    p: int,
    *,
    start: np.ndarray | None = None,
    frame: Frame | None = None,
    max_iter: int = 200,
    tolerance: float = 1e-9,
) -> Fit:
    """Maximise Σ w [y log p + (1 - y) log(1 - p)] + ½ log det H(b).

    The modified score is Σ [w (y - p) + h (½ - p)] x̃; the steps are H⁻¹ times it, halved while the penalised
    likelihood falls, and each takes two passes. The estimate is finite for any data in which both classes occur.
    `cov` is H⁻¹ at the estimate, as logistf and brglm2 report it; `loglik` and `null_loglik` are penalised (the
    latter of the intercept alone), with the determinant in the columns' own coordinates. `start` as in `fit_fold`;
    zero is a safe one. Weights count as frequencies.

    Raises:
        InputError: no rows, one class only, NaN or infinite values.

    Source: Firth, Biometrika 80 (1993) 27-38; Heinze and Schemper, Statistics in Medicine 21 (2002) 2409-2419,
    equation 2.
    """
    frame = frame or Frame.identity(p)
    at = np.zeros(p + 1) if start is None else frame.inward(np.nan_to_num(start))
    gram: Gram = fold(partial(Gram.of, at=at, frame=frame))
    require_rows(gram, fold, p)
    alive = independent(gram.hessian)
    current = penalised_at(fold, at, frame, alive)
    if not np.isfinite(current.loglik):
        at = np.zeros(p + 1)
        current = penalised_at(fold, at, frame, alive)
    passes = 3
    moves: deque[tuple[np.ndarray, np.ndarray]] = deque(maxlen=_MOVES)
    status: Status = "not converged"
    for _ in range(max_iter):
        step = uphill(current, alive, moves)
        decrement = float(np.sqrt(max(float(current.gradient @ step), 0.0)))
        if decrement <= tolerance:
            at = at + step
            status = "converged"
            break
        step *= min(1.0, _MAX_STEP / np.max(np.abs(step)))
        least = current.loglik - 1e-12 * (1 + abs(current.loglik))
        share = 1.0
        while True:
            candidate = penalised_at(fold, at + share * step, frame, alive, least if share >= 1e-8 else -np.inf)
            passes += 1
            if candidate.loglik >= least or share < 1e-8:
                passes += 1
                break
            share /= 2
        fall = current.gradient - candidate.gradient
        if float(share * step @ fall) > 0:
            moves.append((share * step, fall))
        at, current = at + share * step, candidate
    root, _ = root_of_inverse(current.hessian, alive)
    shift = float(np.sum(np.log(frame.scale[alive[1:]])))  # ½ log det in the columns' own coordinates
    t = frame.matrix
    cov = t @ (root.T @ root) @ t.T
    params = frame.outward(at)
    dead = np.flatnonzero(~alive)
    params[dead] = np.nan
    cov[dead, :] = np.nan
    cov[:, dead] = np.nan
    back = np.linalg.inv(t)
    return Fit(
        params=params,
        cov=cov,
        hessian=back.T @ current.hessian @ back,
        loglik=current.loglik + shift,
        null_loglik=_null(gram.weight, gram.events),
        rows=gram.rows,
        weight=gram.weight,
        events=gram.events,
        iterations=passes,
        status=status,
        aliased=tuple(int(j) - 1 for j in dead if j > 0),
    )


def _null(weight: float, events: float) -> float:
    """Penalised log-likelihood of the intercept alone: its estimate is logit((k + ½) / (n + 1))."""
    share = (events + 0.5) / (weight + 1.0)
    loglik = events * np.log(share) + (weight - events) * np.log1p(-share)
    return float(loglik + 0.5 * np.log(weight * share * (1 - share)))


def firth(x: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None, *, max_iter: int = 200) -> Fit:
    """Firth's logistic regression of y (n,), 0 or 1, on the columns of x (n, p), with an intercept. See `firth_fold`.

    Raises:
        InputError: as `fit`.

    >>> x = np.array([[1.0], [2.0], [3.0], [4.0]])  # separated: maximum likelihood has no maximum
    >>> firth(x, np.array([0, 0, 1, 1])).status
    'converged'
    """
    x, y, weight = checked(x, y, weight)

    def whole(of: Callable[..., Any]) -> Any:
        return of(x, y, weight)

    return firth_fold(whole, x.shape[1], frame=Frame.of_rows(x), max_iter=max_iter)
