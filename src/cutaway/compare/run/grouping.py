"""Which values are the same: groups found by tolerance, never typed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def difference(one: Any, other: Any) -> float:
    """Largest difference of two values relative to the larger of their sizes; infinite where they are of another kind.

    Numbers and arrays are compared number by number, NaN being equal to NaN; text is equal or not. Sizes below 1e-12
    count as that.
    """
    if isinstance(one, str) or isinstance(other, str):
        return 0.0 if isinstance(one, str) and isinstance(other, str) and one == other else float("inf")
    a, b = np.asarray(one, float), np.asarray(other, float)
    if a.shape != b.shape:
        return float("inf")
    if not a.size:
        return 0.0
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    if same.all():
        return 0.0
    if not (np.isfinite(a) == np.isfinite(b)).all() or not same[~np.isfinite(a)].all():
        return float("inf")
    finite = np.isfinite(a)
    size = max(np.abs(a[finite]).max(), np.abs(b[finite]).max(), 1e-12)
    return float(np.abs(a[finite] - b[finite]).max() / size)


def groups(values: Sequence[Any], tolerance: float) -> list[str]:
    """A letter for each value: the same for values that differ by at most `tolerance` from the first of their group.

    >>> groups([0.5, 0.25, 0.5 + 1e-9, "error"], 1e-6)
    ['A', 'B', 'A', 'C']
    """
    first: list[Any] = []
    out = []
    for value in values:
        at = next((i for i, each in enumerate(first) if difference(value, each) <= tolerance), len(first))
        if at == len(first):
            first.append(value)
        out.append(LETTERS[at] if at < len(LETTERS) else f"{LETTERS[at % 26]}{at // 26}")
    return out
