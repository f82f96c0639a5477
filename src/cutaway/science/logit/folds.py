"""Coefficients that have not seen a fold's rows, from sums: one Gram a fold, and a few more passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from cutaway.science.logit.cholesky import independent, solve
from cutaway.science.logit.frame import Frame
from cutaway.science.logit.gram import Gram
from cutaway.science.logit.multinomial import MultinomialGram

AnyGram = Gram | MultinomialGram

_LONGEST = 10.0  # standard errors that one step may move


@dataclass(frozen=True, slots=True, eq=False)
class FoldGrams:
    """One Gram a fold, of the fold's own rows."""

    grams: tuple[AnyGram, ...]

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
        reference: int | None = None,
    ) -> FoldGrams:
        """Grams by `fold_id` (n,) in 0 … folds-1, all at `at`: (p+1,) if binary, (K-1, p+1) if multinomial."""
        parts = (fold_id == f for f in range(folds))
        return cls(tuple(_gram(x, y, weight, own, at, frame, reference) for own in parts))

    @classmethod
    def zero(cls, p: int, folds: int, classes: int = 2) -> FoldGrams:
        """No rows in any fold."""
        return cls(tuple(Gram.zero(p) if classes == 2 else MultinomialGram.zero(p, classes) for _ in range(folds)))

    def __add__(self, other: FoldGrams) -> FoldGrams:
        """Fold by fold."""
        return FoldGrams(tuple(_sum(a, b) for a, b in zip(self.grams, other.grams, strict=True)))


@dataclass(frozen=True, slots=True, eq=False)
class OtherGrams:
    """One Gram a fold, of the rows outside the fold, each at its own coefficients; None where a fold needs none."""

    grams: tuple[AnyGram | None, ...]

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
        reference: int | None = None,
    ) -> OtherGrams:
        """Grams of the rows with `fold_id` != f at `at[f]`, for the folds f that are wanted."""
        return cls(
            tuple(
                _gram(x, y, weight, fold_id != f, at[f], frame, reference) if use else None
                for f, use in enumerate(wanted)
            )
        )

    def __add__(self, other: OtherGrams) -> OtherGrams:
        """Fold by fold."""
        pairs = zip(self.grams, other.grams, strict=True)
        return OtherGrams(tuple(None if a is None or b is None else _sum(a, b) for a, b in pairs))


def _gram(
    x: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray | None,
    own: np.ndarray,
    at: np.ndarray,
    frame: Frame | None,
    reference: int | None,
) -> AnyGram:
    index = np.flatnonzero(own)
    w = None if weight is None else weight[index]
    if at.ndim == 1:
        return Gram.of(x[index], y[index], w, at, frame)
    return MultinomialGram.of(x[index], y[index], w, at, reference, frame)


def _sum(a: AnyGram, b: AnyGram) -> AnyGram:
    return a + b  # type: ignore[operator]


def _without(a: AnyGram, b: AnyGram) -> AnyGram:
    return a - b  # type: ignore[operator]


def _two_classes(gram: AnyGram) -> bool:
    if isinstance(gram, Gram):
        return 0 < gram.events < gram.weight
    return bool(np.sum(gram.counts > 0) > 1)


def _shares(gram: AnyGram, shape: tuple[int, ...], reference: int | None) -> np.ndarray:
    """Coefficients that predict the classes' shares, with half a row added to each."""
    out = np.zeros(shape)
    if isinstance(gram, Gram):
        out[0] = np.log((gram.events + 0.5) / (gram.weight - gram.events + 0.5))
    else:
        base = shape[0] if reference is None else reference
        out[:, 0] = np.log((np.delete(gram.counts, base) + 0.5) / (gram.counts[base] + 0.5))
    return out


@dataclass(frozen=True, slots=True, eq=False)
class FoldFit:
    """Coefficients by left-out fold.

    `params` (F, p+1) or (F, K-1, p+1): entry f was fitted without fold f; aliased coefficients are 0. `converged`
    (F,) bool; `passes` over the rows.
    """

    params: np.ndarray
    converged: np.ndarray
    passes: int


def leave_fold_out(
    fold: Callable[..., Any],
    params: np.ndarray,
    folds: int,
    *,
    reference: int | None = None,
    penalty: np.ndarray | None = None,
    frame: Frame | None = None,
    tolerance: float = 1e-2,
    max_passes: int = 12,
) -> FoldFit:
    """Coefficients fitted without each fold in turn, by Newton steps from the fit of all rows.

    `fold(of)` is the sum of `of(x, y, weight, fold_id)`. `params`: the fit of all rows, (p+1,) or (K-1, p+1), NaN
    where aliased. The first pass takes one Gram a fold and steps every fold at once; further passes take the folds
    that are not there yet, until every step is below `tolerance` standard errors (the step is taken; it leaves an
    error of its square over the root of the rows). `max_passes=1` takes the one step from the fit of all rows, which
    is enough for scores of long tables. A fold whose other rows are separated comes back with `converged` False and
    the coefficients reached; one whose other rows are of one class, with their smoothed shares as intercepts.
    `penalty` (p+1, p+1) as in the fits, for every class.
    """
    shape = params.shape
    p, m = shape[-1] - 1, params.size
    frame = frame or Frame.identity(p)
    alive = ~np.isnan(params).ravel()
    begin = frame.inward(np.nan_to_num(params))
    quadratic = np.zeros((m, m))
    if penalty is not None:
        quadratic = np.kron(np.eye(m // (p + 1)), frame.penalty_inward(penalty))
    first: FoldGrams = fold(partial(FoldGrams.of, at=begin, folds=folds, frame=frame, reference=reference))
    whole = first.grams[0]
    for gram in first.grams[1:]:
        whole = _sum(whole, gram)
    current = [_without(whole, gram) for gram in first.grams]
    best = np.tile(begin.ravel(), (folds, 1))  # where `current` was taken
    at = best.copy()
    step = np.zeros((folds, m))
    done = np.zeros(folds, dtype=bool)
    one_class = np.array([not _two_classes(gram) for gram in current])
    stuck = one_class.copy()
    fresh = ~stuck  # folds whose Gram is new: a whole Newton step is due
    passes = 1

    def objective(gram: AnyGram, where: np.ndarray) -> float:
        return gram.loglik - 0.5 * float(where @ quadratic @ where)

    while True:
        for f in (int(f) for f in np.flatnonzero(fresh)):
            gram = current[f]
            hessian = gram.hessian + quadratic
            slope = gram.gradient - quadratic @ best[f]
            step[f] = solve(hessian, slope, alive & independent(hessian))
            decrement = float(np.sqrt(max(float(slope @ step[f]), 0.0)))
            if not np.isfinite(decrement):
                stuck[f] = True
                continue
            if decrement > _LONGEST:
                step[f] *= _LONGEST / decrement
            at[f] = best[f] + step[f]
            done[f] = decrement <= tolerance
        wanted = ~(done | stuck)
        if not wanted.any() or passes >= max_passes:
            for lone in np.flatnonzero(one_class):
                at[lone] = _shares(current[lone], shape, reference).ravel()
            return FoldFit(frame.outward(at.reshape(folds, *shape)), done, passes)
        others: OtherGrams = fold(
            partial(
                OtherGrams.of,
                at=at.reshape(folds, *shape),
                wanted=tuple(bool(v) for v in wanted),
                frame=frame,
                reference=reference,
            )
        )
        passes += 1
        fresh = np.zeros(folds, dtype=bool)
        for f, candidate in enumerate(others.grams):
            if candidate is None:
                continue
            old = objective(current[f], best[f])
            if objective(candidate, at[f]) >= old - 1e-9 * (1.0 + abs(old)):
                current[f], best[f] = candidate, at[f].copy()
                fresh[f] = True
            else:  # too far: half the way
                step[f] /= 2
                at[f] = best[f] + step[f]
