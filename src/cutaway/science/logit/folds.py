"""Coefficients that have not seen a fold's rows, from sums: one Gram a fold, and a few more passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from cutaway.science.logit.ascent import independent, solve
from cutaway.science.logit.frame import Frame
from cutaway.science.logit.gram import Gram


@dataclass(frozen=True, slots=True, eq=False)
class FoldGrams:
    """One Gram a fold, of the fold's own rows."""

    grams: tuple[Gram, ...]

    @classmethod
    def of(
        cls,
        x: np.ndarray,
        y: np.ndarray,
        weight: np.ndarray | None,
        fold_id: np.ndarray,
        at: np.ndarray,
        folds: int,
        frame: Frame | None = None,
    ) -> FoldGrams:
        """Grams by `fold_id` (n,) in 0 … folds-1, all at the coefficients `at` (p+1,)."""
        parts = (fold_id == f for f in range(folds))
        return cls(tuple(_gram(x, y, weight, own, at, frame) for own in parts))

    @classmethod
    def zero(cls, p: int, folds: int) -> FoldGrams:
        """No rows in any fold."""
        return cls(tuple(Gram.zero(p) for _ in range(folds)))

    def __add__(self, other: FoldGrams) -> FoldGrams:
        """Fold by fold."""
        return FoldGrams(tuple(a + b for a, b in zip(self.grams, other.grams, strict=True)))


@dataclass(frozen=True, slots=True, eq=False)
class OtherGrams:
    """One Gram a fold, of the rows outside the fold, each at its own coefficients; None where a fold needs none."""

    grams: tuple[Gram | None, ...]

    @classmethod
    def of(
        cls,
        x: np.ndarray,
        y: np.ndarray,
        weight: np.ndarray | None,
        fold_id: np.ndarray,
        at: np.ndarray,
        wanted: tuple[bool, ...],
        frame: Frame | None = None,
    ) -> OtherGrams:
        """Grams of the rows with `fold_id` != f at `at[f]`, for the folds f that are wanted."""
        return cls(
            tuple(
                _gram(x, y, weight, fold_id != f, at[f], frame) if use else None for f, use in enumerate(wanted)
            )
        )

    def __add__(self, other: OtherGrams) -> OtherGrams:
        """Fold by fold."""
        pairs = zip(self.grams, other.grams, strict=True)
        return OtherGrams(tuple(None if a is None or b is None else a + b for a, b in pairs))


def _gram(
    x: np.ndarray, y: np.ndarray, weight: np.ndarray | None, own: np.ndarray, at: np.ndarray, frame: Frame | None
) -> Gram:
    index = np.flatnonzero(own)
    return Gram.of(x[index], y[index], None if weight is None else weight[index], at, frame)


@dataclass(frozen=True, slots=True, eq=False)
class FoldFit:
    """`params` (F, p+1): row f was fitted without fold f (aliased coefficients are 0). `converged` (F,); `passes` over the rows."""

    params: np.ndarray
    converged: np.ndarray
    passes: int


def leave_fold_out(
    fold: Callable[..., Any],
    params: np.ndarray,
    folds: int,
    *,
    penalty: np.ndarray | None = None,
    frame: Frame | None = None,
    tolerance: float = 1e-3,
    max_passes: int = 12,
) -> FoldFit:
    """Coefficients fitted without each fold in turn, by Newton steps from the fit of all rows.

    `fold(of)` is the sum of `of(x, y, weight, fold_id)`. `params` (p+1,): the fit of all rows, NaN where aliased. The first pass takes one Gram a fold and steps
    every fold at once; further passes take the folds that are not there yet, until every step is below `tolerance` standard errors (the step
    that follows squares it). A fold whose other rows are separated, or of one class, comes back with `converged` False after `max_passes`.
    """
    p = len(params) - 1
    frame = frame or Frame.identity(p)
    alive = ~np.isnan(params)
    begin = frame.inward(np.nan_to_num(params))
    quadratic = np.zeros((p + 1, p + 1)) if penalty is None else frame.penalty_inward(penalty)
    first: FoldGrams = fold(partial(FoldGrams.of, at=begin, folds=folds, frame=frame))
    whole = first.grams[0]
    for gram in first.grams[1:]:
        whole = whole + gram
    current: list[Gram] = [whole - gram for gram in first.grams]
    at = np.tile(begin, (folds, 1))
    value = np.array([gram.loglik - 0.5 * begin @ quadratic @ begin for gram in current])
    step = np.zeros_like(at)
    done = np.zeros(folds, dtype=bool)
    stuck = np.zeros(folds, dtype=bool)
    passes = 1
    while True:
        for f in range(folds):
            if done[f] or stuck[f]:
                continue
            gram = current[f]
            hessian = gram.hessian + quadratic
            slope = gram.gradient - quadratic @ at[f]
            step[f] = solve(hessian, slope, alive & independent(hessian))
            decrement = float(np.sqrt(max(float(slope @ step[f]), 0.0)))
            if not np.isfinite(decrement) or gram.events <= 0 or gram.events >= gram.weight:
                stuck[f] = True
                step[f] = 0.0
                continue
            at[f] += step[f]
            done[f] = decrement <= tolerance
        wanted = tuple(bool(v) for v in ~(done | stuck))
        if not any(wanted) or passes >= max_passes:
            return FoldFit(frame.outward(at), done, passes)
        others: OtherGrams = fold(partial(OtherGrams.of, at=at, wanted=wanted, frame=frame))
        passes += 1
        for f, candidate in enumerate(others.grams):
            if candidate is None:
                continue
            found = candidate.loglik - 0.5 * at[f] @ quadratic @ at[f]
            if found >= value[f] - 1e-9 * (1.0 + abs(value[f])):
                current[f], value[f] = candidate, found
            else:  # too far: half the way back, and the old Gram's step is halved with it
                step[f] /= 2
                at[f] -= step[f]
                retry: OtherGrams = fold(
                    partial(OtherGrams.of, at=at, wanted=tuple(g == f for g in range(folds)), frame=frame)
                )
                passes += 1
                again = retry.grams[f]
                if again is not None:
                    current[f], value[f] = again, again.loglik - 0.5 * at[f] @ quadratic @ at[f]
