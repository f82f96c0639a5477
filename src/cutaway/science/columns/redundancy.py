"""Which columns of a design are determined by the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Redundancy:
    """Group `group` of columns is a linear function of the groups in `others` (indices of groups)."""

    group: int
    others: tuple[int, ...]


def redundancies(gram: np.ndarray, groups: Sequence[Sequence[int]], tolerance: float = 1e-9) -> list[Redundancy]:
    """Groups to leave out so that the rest is of full rank, each with the groups that determine it.

    `gram`: X'X (p, p) of columns that include the intercept as column 0; `groups`: the column indices of each
    feature. A column counts as determined when the share of its centred variance that the others leave unexplained is
    below `tolerance`: rounding in a sum of squares leaves about 1e-12, and a real relation with r = 0.999999999 would
    leave 2e-9. Of groups that determine each other the one with the most columns goes first (a combination of simpler
    ones), then the later one.
    """
    scale = np.sqrt(np.maximum(np.diag(gram), np.finfo(float).tiny))
    corr = gram / np.outer(scale, scale)
    left = list(range(len(groups)))
    found: list[Redundancy] = []
    while True:
        involved = _involved(corr, left, groups, tolerance)
        for g in sorted(involved, key=lambda g: (-len(groups[g]), -g)):
            rest = [h for h in left if h != g]
            if _explains(corr, [0] + [c for h in rest for c in groups[h]], groups[g], tolerance):
                left = rest
                found.append(Redundancy(g, _smallest(corr, rest, groups, groups[g], tolerance)))
                break
        else:
            return found


def _involved(corr: np.ndarray, left: Sequence[int], groups: Sequence[Sequence[int]], tolerance: float) -> list[int]:
    """The groups with a column in some linear relation: those with weight in the null space."""
    kept = [0] + [c for g in left for c in groups[g]]
    values, vectors = np.linalg.eigh(corr[np.ix_(kept, kept)])
    null = np.abs(vectors[:, values < tolerance])
    if not null.shape[1]:
        return []
    loaded = {c for c, w in zip(kept, null.max(axis=1), strict=True) if w > 1e-6}
    return [g for g in left if loaded.intersection(groups[g])]


def _explains(corr: np.ndarray, by: Sequence[int], columns: Sequence[int], tolerance: float) -> bool:
    """Whether every column of `columns` is a linear function of the columns `by` (which hold the intercept)."""
    inner = corr[np.ix_(by, by)]
    cross = corr[np.ix_(by, columns)]
    values, vectors = np.linalg.eigh(inner)
    ok = values > tolerance
    proj = vectors[:, ok].T @ cross
    left = np.diag(corr)[list(columns)] - (proj * proj / values[ok, None]).sum(axis=0)
    centred = np.diag(corr)[list(columns)] - corr[0, list(columns)] ** 2
    return bool(np.all(left <= tolerance * np.maximum(centred, tolerance)) or np.all(left <= tolerance * 1e-2))


def _smallest(
    corr: np.ndarray, rest: Sequence[int], groups: Sequence[Sequence[int]], columns: Sequence[int], tolerance: float
) -> tuple[int, ...]:
    """Drops groups one at a time while the remaining ones still explain the columns; those of smallest coefficient
    first.
    """
    by = [0] + [c for h in rest for c in groups[h]]
    solution = np.linalg.lstsq(corr[np.ix_(by, by)], corr[np.ix_(by, columns)], rcond=tolerance)[0]
    size = dict(zip(by, np.abs(solution).max(axis=1), strict=True))
    needed = [h for h in rest if max(size[c] for c in groups[h]) > 1e-6]
    if not _explains(corr, [0] + [c for h in needed for c in groups[h]], columns, tolerance):
        needed = list(rest)
    for g in sorted(needed, key=lambda h: max(size[c] for c in groups[h])):
        fewer = [h for h in needed if h != g]
        if _explains(corr, [0] + [c for h in fewer for c in groups[h]], columns, tolerance):
            needed = fewer
    return tuple(needed)
