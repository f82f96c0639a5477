"""What a ridge penalty moves: by algebra at the maximum, then by passes; and the codings on which it depends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from cutaway.science.logit.ascent import ascend
from cutaway.science.logit.cholesky import solve
from cutaway.science.logit.gram import Gram
from cutaway.science.logit.multinomial import MultinomialGram


def first_order(
    hessian: np.ndarray, params: np.ndarray, penalty: np.ndarray, gradient: np.ndarray | None = None
) -> np.ndarray:
    """Newton's first step (m,) from b towards the maximum of l - ½ bᵀPb: (H + P)⁻¹ (g - P b).

    `hessian` is the information at b, (m, m), and `gradient` that of l there, zero at its maximum. Exact where the
    log-likelihood is quadratic. NaN in `params` (aliased) counts as a coefficient that is not there.

    >>> first_order(np.diag([4.0, 1.0]), np.array([1.0, 1.0]), np.diag([0.0, 1.0]))
    array([ 0. , -0.5])
    """
    alive = ~np.isnan(params)
    b = np.nan_to_num(params)
    h, p = np.nan_to_num(hessian), np.where(np.outer(alive, alive), penalty, 0.0)
    slope = -p @ b if gradient is None else gradient - p @ b
    return solve(h + p, np.where(alive, slope, 0.0), alive)


def length(hessian: np.ndarray, move: np.ndarray) -> float:
    """√(dᵀHd): no contrast of the coefficients moves by more of its own standard errors than this.

    By Cauchy and Schwarz |aᵀd| ≤ √(dᵀHd) √(aᵀH⁻¹a) for every a.
    """
    return float(np.sqrt(max(float(move @ np.nan_to_num(hessian) @ move), 0.0)))


@dataclass(frozen=True, slots=True, eq=False)
class Shrunk:
    """The maximum of a penalised likelihood, the log-likelihood there without the penalty, and the passes taken."""

    params: np.ndarray
    loglik: float
    passes: int


def settle(
    fold: Callable[..., Any],
    start: np.ndarray,
    penalty: np.ndarray,
    *,
    reference: int | None = None,
    tolerance: float = 1e-3,
    max_iter: int = 25,
) -> Shrunk:
    """Maximise l - ½ bᵀPb by passes from `start`.

    It ends when a Newton step is no longer than `tolerance` standard errors, and takes that step; its own error is of
    the order of the step's square.

    `start` (p+1,), or (K-1, p+1) with `reference` for K classes; `penalty` P (m, m) over all of them together, so that
    it may couple classes. NaN in `start` (aliased) stays out.
    """
    shape = start.shape
    flat = start.ravel()

    def evaluate(at: np.ndarray) -> Any:
        if reference is None:
            return fold(partial(Gram.of, at=at))
        return fold(partial(MultinomialGram.of, at=at.reshape(shape), reference=reference))

    alive = ~np.isnan(flat)
    quadratic = np.where(np.outer(alive, alive), penalty, 0.0)
    ended = ascend(evaluate, np.nan_to_num(flat), quadratic, max_iter=max_iter, tolerance=tolerance, free=alive)
    return Shrunk(np.where(alive, ended.params, np.nan).reshape(shape), ended.loglik, ended.passes)


def other_reference(coefficients: int, factors: Sequence[tuple[tuple[int, ...], int]]) -> np.ndarray:
    """Matrix (m, m) that takes coefficients, intercept first, to those under other reference levels.

    A factor is (the places of its dummies, the place of the level that becomes the reference). That place then holds
    the old reference: c_new = -b_new, c_k = b_k - b_new, and the intercept gains b_new.

    >>> other_reference(3, [((1, 2), 2)]) @ np.array([0.5, 1.0, 3.0])
    array([ 3.5, -2. , -3. ])
    """
    out = np.eye(coefficients)
    for places, new in factors:
        out[0, new] += 1.0
        for k in places:
            out[k, new] -= 1.0
        out[new, new] = -1.0
    return out


def every_level(coefficients: int, factors: Sequence[tuple[int, ...]]) -> np.ndarray:
    """Penalty matrix (m, m) of ½ |b|² when each factor has a column for every level and none is left out.

    The columns of a factor then sum to one, and the free intercept takes up any common shift, so that the penalty is
    that of the deviations from the levels' mean: I - 11ᵀ/L for a factor of L levels, of which the reference has
    coefficient 0. The intercept has none.
    """
    out = np.eye(coefficients)
    out[0, 0] = 0.0
    for places in factors:
        index = np.array(places)
        out[np.ix_(index, index)] -= 1.0 / (len(places) + 1)
    return out


def every_class(classes: int, penalty: np.ndarray) -> np.ndarray:
    """Penalty (m, m) on coefficients against a reference class, of a softmax that penalises those of every class.

    Each class's own penalty is bᵀPb; a shift common to all classes changes no probability, so it settles at the mean:
    (I - 11ᵀ/K) ⊗ P over the K-1 others.
    """
    free = classes - 1
    return np.kron(np.eye(free) - 1.0 / classes, penalty)
