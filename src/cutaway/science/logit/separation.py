"""Separation: data in which some direction ranks the classes without error, so that the likelihood has no maximum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np

from cutaway.science.logit.ascent import Ascent
from cutaway.science.logit.frame import Frame
from cutaway.science.logit.margins import ColumnRanges, Margins

Fold = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Split:
    """A single column that separates one class from the rest.

    Rows with values on one side of `threshold` are all of the class, or all not; only on the threshold itself both
    may occur ("quasi-complete"). `above`: the class lies above. In a binary model `target_class` is 1.
    """

    column: int
    kind: Literal["complete", "quasi-complete"]
    threshold: float
    above: bool
    target_class: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Separation:
    """A certified separation.

    `direction` (K-1, p+1), intercept first, in the columns' own coordinates: moving the coefficients along it never
    lowers the likelihood of any row and raises some. `columns`: those it uses. `strict_rows` of `rows` are ranked
    strictly right. `alone`: every column that separates by itself.
    """

    kind: Literal["complete", "quasi-complete"]
    direction: np.ndarray
    columns: tuple[int, ...]
    strict_rows: int
    rows: int
    alone: tuple[Split, ...] = ()


def column_splits(ranges: ColumnRanges) -> tuple[Split, ...]:
    """Columns that separate a class from the rest by themselves, exactly, from their ranges by class.

    Column j does so if its largest value in the one set is not above its smallest in the other, and not all values
    are equal.

    >>> ranges = ColumnRanges.of(np.array([[0.0], [0.0], [1.0]]), np.array([0, 1, 1]), None)
    >>> [(s.column, s.kind, s.threshold, s.above) for s in column_splits(ranges)]
    [(0, 'quasi-complete', 0.0, True)]
    """
    found = []
    classes, p = ranges.low.shape
    for k in range(classes) if classes > 2 else (1,):
        rest = np.arange(classes) != k
        low_in, high_in = ranges.low[k], ranges.high[k]
        low_out, high_out = ranges.low[rest].min(axis=0), ranges.high[rest].max(axis=0)
        for j in range(p):
            if not (np.isfinite(low_in[j]) and np.isfinite(low_out[j])):
                continue
            if max(high_in[j], high_out[j]) == min(low_in[j], low_out[j]):
                continue
            for above, top, bottom in ((True, high_out[j], low_in[j]), (False, high_in[j], low_out[j])):
                if top > bottom:
                    continue
                kind: Literal["complete", "quasi-complete"] = "complete" if top < bottom else "quasi-complete"
                middle = float(top + (bottom - top) / 2)
                found.append(Split(column=j, kind=kind, threshold=middle, above=above, target_class=k))
    return tuple(found)


def certified_separation(
    fold: Fold, p: int, ended: Ascent, frame: Frame, classes: int = 2, reference: int = 0
) -> Separation | None:
    """Separation shown by where a diverging fit was heading, or None if no certificate was found.

    Candidates are the coefficients, the last step, and the step projected on the directions in which the Hessian has
    died away (its smallest eigenvalues relative to the first Hessian): under separation exactly those curvatures tend
    to 0. Two passes: the ranges of the columns, and the candidates' margins. A third makes the direction sparse. No
    answer is given that a pass has not certified; None proves nothing.

    Source: Albert and Anderson, Biometrika 71 (1984) 1-10; Santner and Duffy, Biometrika 73 (1986) 755-758; for the
    directions of recession, Geyer, Electronic Journal of Statistics 3 (2009) 259-289.
    """
    splits = column_splits(fold(partial(ColumnRanges.of, classes=classes)))
    free, q = classes - 1, p + 1
    candidates = _candidates(ended, free * q).reshape(-1, free, q)
    if splits:
        candidates = np.concatenate([candidates, [_split_direction(s, free, q, reference, frame) for s in splits]])
    margins = fold(partial(Margins.of, directions=candidates, reference=reference, frame=frame))
    good = np.flatnonzero(margins.separates)
    if len(good) == 0 and not splits:
        return None
    complete = [int(c) for c in good if margins.completely[c]]
    # A single column is the plainest certificate, unless only several columns together rank every row.
    if splits and (not complete or any(s.kind == "complete" for s in splits)):
        chosen = next((s for s in splits if s.kind == "complete"), splits[0])
        direction = _split_direction(chosen, free, q, reference, frame)
        at = len(candidates) - len(splits) + splits.index(chosen)
        return Separation(
            kind=chosen.kind,
            direction=_unit(frame.outward(direction)),
            columns=(chosen.column,),
            strict_rows=int(margins.some[at]),
            rows=margins.rows,
            alone=splits,
        )
    pick = complete[0] if complete else int(good[np.argmax(margins.some[good])])
    direction = _sparse(fold, candidates[pick], reference, frame, bool(complete))
    final = fold(partial(Margins.of, directions=direction[None], reference=reference, frame=frame))
    columns = np.flatnonzero(np.any(direction[:, 1:] != 0, axis=0))
    return Separation(
        kind="complete" if complete else "quasi-complete",
        direction=_unit(frame.outward(direction)),
        columns=tuple(int(j) for j in columns),
        strict_rows=int(final.some[0]),
        rows=final.rows,
        alone=splits,
    )


def _unit(direction: np.ndarray) -> np.ndarray:
    """The direction with its largest column coefficient at 1 or -1; only its ray matters."""
    return np.asarray(direction / np.max(np.abs(direction[:, 1:])))


def _candidates(ended: Ascent, m: int) -> np.ndarray:
    """Directions (c, m) in which the likelihood may rise for ever."""
    at = ended.params - ended.step if ended.status == "converged" else ended.params
    found = [at, ended.step]
    index = np.flatnonzero(ended.alive)
    first = ended.first_hessian[np.ix_(index, index)]
    scale = np.sqrt(np.diag(first))
    try:
        root = np.linalg.cholesky(first / np.outer(scale, scale))
    except np.linalg.LinAlgError:
        return np.array(found)
    last = ended.hessian[np.ix_(index, index)] / np.outer(scale, scale)
    half = np.linalg.solve(root, last)
    values, vectors = np.linalg.eigh(np.linalg.solve(root, half.T))
    values = np.maximum(values, 1e-300)
    inner = root.T @ (ended.step[index] * scale)
    gaps = [k for k in range(1, len(index)) if values[k] > 10 * values[k - 1]]
    for k in sorted(gaps, key=lambda k: values[k - 1] / values[k])[:6]:
        flat = vectors[:, :k] @ (vectors[:, :k].T @ inner)
        full = np.zeros(m)
        full[index] = np.linalg.solve(root.T, flat) / scale
        found.append(full)
    return np.array(found)


def _split_direction(split: Split, free: int, q: int, reference: int, frame: Frame) -> np.ndarray:
    """The split as a direction (K-1, p+1) in the frame."""
    row = np.zeros(q)
    row[split.column + 1] = 1.0 if split.above else -1.0
    row[0] = -row[split.column + 1] * (split.threshold - frame.centre[split.column]) / frame.scale[split.column]
    out = np.zeros((free, q))
    if split.target_class == reference:
        out[:] = -row  # every other class against the reference
    else:
        out[split.target_class - (split.target_class > reference)] = row
    return out


def _sparse(fold: Fold, direction: np.ndarray, reference: int, frame: Frame, complete: bool) -> np.ndarray:
    """The direction with as many columns set to zero as one pass can certify together, smallest first."""
    size = np.abs(direction[:, 1:]).max(axis=0)
    order = np.argsort(size, kind="stable")
    tried = []
    for k in range(1, len(order)):
        thinner = direction.copy()
        thinner[:, 1 + order[:k]] = 0.0
        tried.append(thinner)
    if not tried:
        return direction
    tried = tried[-64:]
    margins = fold(partial(Margins.of, directions=np.array(tried), reference=reference, frame=frame))
    good = np.flatnonzero(margins.completely if complete else margins.separates)
    return tried[int(good[-1])] if len(good) else direction


def separation(
    x: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None, *, classes: int | None = None
) -> Separation | None:
    """Complete or quasi-complete separation of y (n,), codes 0 … K-1, by the columns of x (n, p), certified.

    None if the fit exists, or none could be shown.

    Raises:
        InputError: as `fit`.

    >>> x = np.array([[1.0], [2.0], [3.0], [4.0]])
    >>> found = separation(x, np.array([0, 0, 1, 1]))
    >>> found.kind, found.columns, found.strict_rows
    ('complete', (0,), 4)
    """
    from cutaway.science.logit.multinomial import fit_multinomial
    from cutaway.science.logit.newton import fit

    most = classes or int(np.max(y, initial=1)) + 1
    if most == 2:
        return fit(x, y, weight).separation
    return fit_multinomial(x, y, weight, classes=classes).separation
