"""Average marginal effects: what one unit, or one level, changes in the mean predicted probability."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from cutaway.core.threads import at_once
from cutaway.science.logit.chunks import chunk_edges, design, total

Groups = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True, eq=False)
class MarginalSums:
    """Sums over rows from which the effects and their delta-method errors are read.

    slope = Σ w p(1 - p);  curvature = Σ w p(1 - p)(1 - 2p) x̃ (p+1,);  change (L,) = Σ w [p(level) - p(reference)]
    for every column of every group, in their order;  change_gradient (L, p+1) = its derivative in the coefficients.
    """

    weight: float
    slope: float
    curvature: np.ndarray
    change: np.ndarray
    change_gradient: np.ndarray

    @classmethod
    def of(
        cls,
        x: np.ndarray,
        y: np.ndarray | None,
        weight: np.ndarray | None,
        at: np.ndarray,
        groups: Groups = (),
        off: np.ndarray | None = None,
        on: np.ndarray | None = None,
    ) -> MarginalSums:
        """The sums over x (n, p) at coefficients `at` (p+1,).

        `groups`: one tuple of column indices a factor (its dummy columns, the reference level having none). `off`,
        `on` (p,): the values by which a dummy says no and yes, 0 and 1 unless the columns were centred or scaled.
        """
        from cutaway.science.logit.kernel_effects import effect_rows

        x, _, w = design(x, None, weight)
        n, p = x.shape
        b = np.nan_to_num(np.ascontiguousarray(at, dtype=np.float64))
        low = np.zeros(p) if off is None else np.ascontiguousarray(off, dtype=np.float64)
        high = np.ones(p) if on is None else np.ascontiguousarray(on, dtype=np.float64)
        columns = np.array([j for group in groups for j in group], dtype=np.int64)
        bounds = np.cumsum([0, *(len(group) for group in groups)]).astype(np.int64)
        edges = chunk_edges(n, p, (len(columns) + 2) * (p + 1))

        def work(k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
            s, c = np.zeros(2), np.zeros(p + 1)
            d, dg = np.zeros(len(columns)), np.zeros((len(columns), p + 1))
            effect_rows(x, w, b, low, high, columns, bounds, edges[k], edges[k + 1], s, c, d, dg)
            return s, c, d, dg

        parts = at_once(work, len(edges) - 1)
        s, c, d, dg = (total(part[i] for part in parts) for i in range(4))
        return cls(float(s[0]), float(s[1]), c, d, dg)

    @classmethod
    def zero(cls, p: int, groups: Groups = ()) -> MarginalSums:
        """The sums of no rows."""
        levels = sum(len(group) for group in groups)
        return cls(0.0, 0.0, np.zeros(p + 1), np.zeros(levels), np.zeros((levels, p + 1)))

    def __add__(self, other: MarginalSums) -> MarginalSums:
        """The sums of both sets of rows."""
        return MarginalSums(
            self.weight + other.weight,
            self.slope + other.slope,
            self.curvature + other.curvature,
            self.change + other.change,
            self.change_gradient + other.change_gradient,
        )


@dataclass(frozen=True, slots=True, eq=False)
class MarginalEffects:
    """Effects (p,) on the probability of class 1 and their standard errors (p,), NaN where the column is aliased."""

    effect: np.ndarray
    se: np.ndarray


def marginal_effects_fold(
    fold: Callable[..., MarginalSums],
    params: np.ndarray,
    cov: np.ndarray | None = None,
    *,
    groups: Groups = (),
    off: np.ndarray | None = None,
    on: np.ndarray | None = None,
) -> MarginalEffects:
    """Average marginal effects in one pass: of one unit for a number, of the level against the reference for a dummy.

    For a number: mean of p(1 - p) bⱼ. For a dummy of a factor: mean of p(level) - p(reference) with the factor's
    other dummies off, for every row as it is otherwise. Standard errors by the delta method from `cov` (p+1, p+1),
    conditional on the columns. No rows: NaN.

    Source: Bartus, Stata Journal 5 (2005) 309-329, equations 3 and 4.
    """
    p = len(params) - 1
    sums = fold(partial(MarginalSums.of, at=params, groups=groups, off=off, on=on))
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = sums.slope / np.float64(sums.weight)
        effect = params[1:] * slope
        gradient = np.outer(np.nan_to_num(params[1:]), sums.curvature / np.float64(sums.weight))
        gradient[np.arange(p), np.arange(1, p + 1)] += slope
        columns = [j for group in groups for j in group]
        if columns:
            effect[columns] = sums.change / sums.weight
            gradient[columns] = sums.change_gradient / sums.weight
        effect = np.where(np.isnan(params[1:]), np.nan, effect)
        if cov is None:
            return MarginalEffects(effect, np.full(p, np.nan))
        known = np.nan_to_num(cov)
        se = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", gradient, known, gradient), 0.0))
    return MarginalEffects(effect, np.where(np.isnan(params[1:]), np.nan, se))


def average_marginal_effects(
    x: np.ndarray,
    params: np.ndarray,
    cov: np.ndarray | None = None,
    weight: np.ndarray | None = None,
    *,
    groups: Groups = (),
    off: np.ndarray | None = None,
    on: np.ndarray | None = None,
) -> MarginalEffects:
    """`marginal_effects_fold` for a table in memory.

    >>> x = np.array([[0.0], [1.0], [2.0]])
    >>> average_marginal_effects(x, np.array([0.0, 0.0])).effect
    array([0.])
    """

    def whole(of: Callable[..., Any]) -> Any:
        return of(x, None, weight)

    return marginal_effects_fold(whole, params, cov, groups=groups, off=off, on=on)


@dataclass(frozen=True, slots=True, eq=False)
class ClassMarginalSums:
    """Sums for a multinomial model.

    share (K,) = Σ w p_k;  product (K, K) = Σ w p_k p_l;  change (L, K) = Σ w [p_k(level) - p_k(reference)].
    """

    weight: float
    share: np.ndarray
    product: np.ndarray
    change: np.ndarray

    @classmethod
    def of(
        cls,
        x: np.ndarray,
        y: np.ndarray | None,
        weight: np.ndarray | None,
        at: np.ndarray,
        reference: int | None = None,
        groups: Groups = (),
        off: np.ndarray | None = None,
        on: np.ndarray | None = None,
    ) -> ClassMarginalSums:
        """The sums over x (n, p) at `at` (K-1, p+1), of the classes other than `reference` (default: the last)."""
        from cutaway.science.logit.scores import linear, softmax_with_reference

        x, _, w = design(x, None, weight)
        n, p = x.shape
        b = np.nan_to_num(at)
        low = np.zeros(p) if off is None else off
        high = np.ones(p) if on is None else on
        k = len(b) + 1
        share, product = np.zeros(k), np.zeros((k, k))
        change = np.zeros((sum(len(group) for group in groups), k))
        for start in range(0, n, 8192):  # a slice at a time keeps the temporaries in the cache
            xs = x[start : start + 8192]
            ws = w[start : start + 8192] if len(w) else np.ones(len(xs))
            eta = linear(xs, b)
            prob = softmax_with_reference(eta, reference)
            share += ws @ prob
            product += (prob * ws[:, None]).T @ prob
            row = 0
            for group in groups:
                inside = list(group)
                base = eta - (xs[:, inside] - low[inside]) @ b[:, [j + 1 for j in inside]].T
                without = ws @ softmax_with_reference(base, reference)
                for j in inside:
                    level = base + (high[j] - low[j]) * b[:, j + 1]
                    change[row] += ws @ softmax_with_reference(level, reference) - without
                    row += 1
        return cls(float(w.sum()) if len(w) else float(n), share, product, change)

    @classmethod
    def zero(cls, classes: int, groups: Groups = ()) -> ClassMarginalSums:
        """The sums of no rows."""
        levels = sum(len(group) for group in groups)
        return cls(0.0, np.zeros(classes), np.zeros((classes, classes)), np.zeros((levels, classes)))

    def __add__(self, other: ClassMarginalSums) -> ClassMarginalSums:
        """The sums of both sets of rows."""
        return ClassMarginalSums(
            self.weight + other.weight,
            self.share + other.share,
            self.product + other.product,
            self.change + other.change,
        )


def class_marginal_effects_fold(
    fold: Callable[..., ClassMarginalSums],
    params: np.ndarray,
    *,
    reference: int | None = None,
    groups: Groups = (),
    off: np.ndarray | None = None,
    on: np.ndarray | None = None,
) -> np.ndarray:
    """Average marginal effects (K, p) on the probability of each class, from params (K-1, p+1); every column sums to 0.

    For a number: mean of p_k (b_kj - Σ_l p_l b_lj), the reference class having b = 0. For a dummy: mean of p_k(level)
    - p_k(reference level). No rows: NaN.
    """
    sums = fold(partial(ClassMarginalSums.of, at=params, reference=reference, groups=groups, off=off, on=on))
    b = np.insert(params[:, 1:], len(params) if reference is None else reference, 0.0, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        effect = (sums.share[:, None] * b - sums.product @ b) / np.float64(sums.weight)
        columns = [j for group in groups for j in group]
        if columns:
            effect[:, columns] = sums.change.T / np.float64(sums.weight)
    return np.asarray(np.where(np.any(np.isnan(b), axis=0), np.nan, effect))
