"""The penalty path of a logistic regression over folds: every strength times every fold, in a few passes together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from cutaway.core.blas import one_blas_thread
from cutaway.core.errors import InputError
from cutaway.core.threads import at_once
from cutaway.science.logit.chunks import total
from cutaway.science.logit.frame import Frame
from cutaway.science.logit.gram import Gram
from cutaway.science.logit.inputs import checked
from cutaway.science.logit.newton import fit_fold

_NEAR = 0.5  # standard errors from the fit of all rows within which its curvature serves the folds
_LONGEST = 5.0  # standard errors that a step may move
_CELLS = 1 << 18  # linear predictors that a block of rows makes: they stay in the cache between the two products
_ROUNDS = 12  # passes over all fits together, before those that are left are fitted one by one


@dataclass(frozen=True, slots=True, eq=False)
class PenaltyPath:
    """Fits by strength and left-out fold, and what each says of the rows that it has not seen.

    `params` (m, F, p+1), intercept first, in the columns' own units: entry (k, f) is fitted without fold f at `C[k]`.
    `linear` (n, m): linear predictors of every row by the fit without its fold. `alone`: how many of the m F fits had
    to be made one by one. `passes` over the rows for all others together.
    """

    C: np.ndarray
    params: np.ndarray
    linear: np.ndarray
    y: np.ndarray
    fold_id: np.ndarray
    passes: int
    alone: int

    def scores(self, score: Callable[[np.ndarray, np.ndarray], Any]) -> np.ndarray:
        """`score(y, linear)` (m, F) of the rows of each fold, by the fit at each strength that has not seen them."""
        folds = self.params.shape[1]
        out = np.empty((len(self.C), folds))
        for f in range(folds):
            own = self.fold_id == f
            for k in range(len(self.C)):
                out[k, f] = score(self.y[own], self.linear[own, k])
        return out


def penalty_path(
    x: np.ndarray,
    y: np.ndarray,
    fold_id: np.ndarray,
    C: Any,
    *,
    forms: np.ndarray | None = None,
    tolerance: float = 1e-6,
) -> PenaltyPath:
    """Minimise ½ |b|² + C Σ loss over the rows outside each fold, for each C: scikit-learn's penalty, all fits at once.

    x (n, p), y (n,) of 0 and 1, `fold_id` (n,) in 0 … F-1, C (m,) in any order; the intercept is free. With `forms`
    (F, p, p), symmetric, the penalty of fold f is ½ bᵀ forms[f] b: columns that each fold scales for itself, by the
    rows that it fits, are so one table for all.

    From the strongest penalty to the weakest, the fit of all rows is followed with a start at the one before; the
    curvature of all rows less that of a fold's own (the Grams are summed by fold, once for all) gives each fold its
    Newton step. From there all m F fits move together: a pass is two matrix products, and each fit keeps its curvature,
    factored once, until its step is below `tolerance` standard errors. A fit that comes no nearer, on nearly separated
    rows under a weak penalty, is made alone.

    Raises:
        InputError: as `fit`; fold numbers that do not run from 0; a fold without which one class is left; a C that is
            not above 0; forms of another shape.

    Source: Friedman, Hastie and Tibshirani, Regularization paths for generalized linear models via coordinate descent,
    J. Statistical Software 33 (2010), for warm starts along the path; Stone 1974 for the folds.

    >>> x = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]])
    >>> path = penalty_path(x, np.array([0, 0, 1, 0, 1, 1]), np.array([0, 1, 0, 1, 0, 1]), [0.1, 10.0])
    >>> path.params.shape, path.linear.shape
    ((2, 2, 2), (6, 2))
    """
    strengths = np.asarray(C, dtype=np.float64)
    rows = Folded.of(x, y, fold_id, strengths, forms)
    with one_blas_thread():
        begin, inverses = followed(rows, strengths)
        return rows.path(strengths, begin, inverses, tolerance)


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """Rows as the fits pass over them: z (n, q), a column of ones and the columns in `frame`, fold after fold.

    `order` (n,): where each stood; `edges` (F+1,): where each fold begins; `forms` (F, q, q): the penalties in the
    frame.
    """

    frame: Frame
    z: np.ndarray
    labels: np.ndarray
    order: np.ndarray
    edges: np.ndarray
    forms: np.ndarray
    y: np.ndarray
    fold_id: np.ndarray

    @classmethod
    def of(cls, x: Any, y: Any, fold_id: Any, strengths: np.ndarray, forms: np.ndarray | None) -> Folded:
        """Those rows, once all of it is right.

        Raises:
            InputError: as `penalty_path`.
        """
        x, y, _ = checked(x, y, None)
        ids = np.asarray(fold_id)
        folds = _check(ids, strengths, y)
        p = x.shape[1]
        if forms is not None and np.shape(forms) != (folds, p, p):
            raise InputError(f"forms: expected one matrix for each fold ({folds}, {p}, {p}), got {np.shape(forms)}")
        frame = Frame.of_rows(x)
        if not (np.all(np.isfinite(frame.centre)) and np.isfinite(x).all()):
            raise InputError("x: expected finite numbers, got NaN or infinity; impute them, or leave the rows out")
        order = np.argsort(ids, kind="stable")
        z = np.ones((len(x), p + 1))
        np.subtract(x[order], frame.centre, out=z[:, 1:])
        z[:, 1:] /= frame.scale
        # A raw coefficient is the frame's over the scale.
        inner = np.zeros((folds, p + 1, p + 1))
        inner[:, 1:, 1:] = (np.eye(p) if forms is None else forms) / np.outer(frame.scale, frame.scale)
        edges = np.searchsorted(ids[order], np.arange(folds + 1))
        return cls(frame, z, y[order], order, edges, inner, y, ids)

    def path(self, strengths: np.ndarray, begin: np.ndarray, inverses: np.ndarray, tolerance: float) -> PenaltyPath:
        """The fits, from where they begin (m, F, q), with the inverses (m, F, q, q) of their curvatures."""
        found, passes, left = _together(self, strengths, begin, inverses, tolerance)
        for k, f in left:
            train = np.r_[: self.edges[f], self.edges[f + 1] : len(self.z)]
            found[k, f] = _alone(self.z[train, 1:], self.labels[train], self.forms[f] / strengths[k])
        linear = np.empty((len(self.z), len(strengths)))
        for f, (first, stop) in enumerate(pairwise(self.edges)):
            linear[self.order[first:stop]] = self.z[first:stop] @ found[:, f].T
        return PenaltyPath(strengths, self.frame.outward(found), linear, self.y, self.fold_id, passes, len(left))


def _check(ids: np.ndarray, strengths: np.ndarray, y: np.ndarray) -> int:
    """The number of folds."""
    if ids.shape != y.shape or ids.dtype.kind not in "iu":
        raise InputError(f"fold_id: expected whole numbers ({len(y)},) as x has {len(y)} rows, got {ids.shape}")
    folds = int(ids.max()) + 1
    if ids.min() < 0 or folds < 2 or len(np.unique(ids)) != folds:
        raise InputError(f"fold_id: expected every number from 0 to F-1, F of 2 or more, got {np.unique(ids)[:9]}")
    if strengths.ndim != 1 or strengths.size == 0 or not np.all((strengths > 0) & np.isfinite(strengths)):
        raise InputError(f"C: expected numbers above 0, got {strengths}; smaller is a stronger penalty")
    ones, rows = np.bincount(ids, weights=y, minlength=folds), np.bincount(ids, minlength=folds)
    for f in range(folds):
        others = ones.sum() - ones[f]
        if others in (0, rows.sum() - rows[f]):
            raise InputError(f"fold_id: the rows outside fold {f} are of one class; a model needs rows of both")
    return folds


def followed(rows: Folded, strengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the fits begin (m, F, q), and the inverses (m, F, q, q) of their curvatures there."""
    m, q, folds = len(strengths), rows.z.shape[1], len(rows.edges) - 1
    begin, inverses = np.empty((m, folds, q)), np.empty((m, folds, q, q))
    for k, at, grams in along(rows, strengths):
        everything = sum(grams[1:], grams[0])
        for f, gram in enumerate(grams):
            form = rows.forms[f] / strengths[k]
            inverses[k, f] = np.linalg.inv(everything.hessian - gram.hessian + form)
            inner = everything.gradient - gram.gradient - form @ at
            move = inverses[k, f] @ inner
            length = float(np.sqrt(max(float(inner @ move), 0.0)))
            begin[k, f] = at + move * min(1.0, _LONGEST / max(length, 1e-300))
    return begin, inverses


def along(rows: Folded, strengths: np.ndarray) -> Iterator[tuple[int, np.ndarray, list[Gram]]]:
    """The fit of all rows from the strongest penalty to the weakest: which, coefficients (q,) near it, and the Grams
    of the folds there.
    """
    z, y, form = rows.z, rows.labels, rows.forms.mean(axis=0)
    at = np.zeros(z.shape[1])
    share = y.mean()
    at[0] = np.log(share / (1 - share))
    columns = np.ascontiguousarray(z[:, 1:])
    for k in np.argsort(strengths):
        best, step = -np.inf, np.zeros(z.shape[1])
        for _ in range(40):
            grams = [Gram.of(columns[a:b], y[a:b], None, at) for a, b in pairwise(rows.edges)]
            hessian = total([gram.hessian for gram in grams]) + form / strengths[k]
            pull = form @ at / strengths[k]
            slope = total([gram.gradient for gram in grams]) - pull
            value = sum(gram.loglik for gram in grams) - 0.5 * float(at @ pull)
            if value < best - 1e-9 * abs(best):  # too far: half the way
                step = step / 2
                at = at - step
                continue
            best = value
            step = np.linalg.solve(hessian, slope)
            decrement = float(np.sqrt(max(float(slope @ step), 0.0)))
            if decrement <= _NEAR:
                break
            step *= min(1.0, _LONGEST / decrement)
            at = at + step
        yield int(k), at, grams
        at = at + step * min(1.0, _LONGEST / max(decrement, 1e-300))


def _together(
    rows: Folded, strengths: np.ndarray, begin: np.ndarray, inverses: np.ndarray, tolerance: float
) -> tuple[np.ndarray, int, list[tuple[int, int]]]:
    """All fits moved until none is left, or no nearer: coefficients (m, F, q), passes, and which are left."""
    m, folds, q = begin.shape
    at = begin.reshape(m * folds, q).copy()
    inverse = inverses.reshape(m * folds, q, q)
    weakness = np.repeat(strengths, folds)[:, None]
    own = np.tile(np.arange(folds), m)
    active = np.arange(m * folds)
    last = np.full(m * folds, np.inf)
    left: list[int] = []
    passes = 0
    labels = rows.labels.astype(np.float64)
    while active.size and passes < _ROUNDS:
        passes += 1
        slope = _slopes(rows.z, labels, rows.edges, at[active], own[active])
        for f in range(folds):  # whose form is one for all strengths
            here = own[active] == f
            slope[here] -= at[active[here]] @ rows.forms[f] / weakness[active[here]]
        step = np.einsum("aij,aj->ai", inverse[active], slope)
        decrement = np.sqrt(np.maximum(np.einsum("ai,ai->a", slope, step), 0.0))
        worse = ~(decrement < 0.7 * last[active])
        left += [int(a) for a in active[worse & ~(decrement <= tolerance)]]
        at[active] += step * np.minimum(1.0, _LONGEST / np.maximum(decrement, 1e-300))[:, None]
        last[active] = decrement
        active = active[~worse & (decrement > tolerance)]
    left += [int(a) for a in active]
    return at.reshape(m, folds, q), passes, [(a // folds, a % folds) for a in left]


def _slopes(z: np.ndarray, y: np.ndarray, edges: np.ndarray, at: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Gradients (a, q) of the log-likelihood of the rows outside each fit's own fold, at coefficients (a, q)."""
    most = max(64, _CELLS // len(at))
    blocks = [
        (f, first, min(first + most, int(edges[f + 1])))
        for f in range(len(edges) - 1)
        for first in range(int(edges[f]), int(edges[f + 1]), most)
    ]

    def work(k: int) -> np.ndarray:
        fold, first, stop = blocks[k]
        others = own != fold
        eta = z[first:stop] @ at[others].T
        np.clip(eta, -700.0, 700.0, out=eta)
        np.negative(eta, out=eta)
        np.exp(eta, out=eta)
        eta += 1.0
        np.reciprocal(eta, out=eta)
        np.subtract(y[first:stop, None], eta, out=eta)
        out = np.zeros_like(at)
        out[others] = eta.T @ z[first:stop]
        return out

    return total(at_once(work, len(blocks)))


def _alone(columns: np.ndarray, y: np.ndarray, penalty: np.ndarray) -> np.ndarray:
    fitted = fit_fold(lambda of: of(columns, y, None), columns.shape[1], penalty=penalty)
    return fitted.usable
