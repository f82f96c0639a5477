"""What every function of this topic asks of its arguments."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.core.errors import InputError


def vector(name: str, values: Any, function: str) -> np.ndarray:
    """`values` as finite numbers (n,), n ≥ 1.

    Raises:
        InputError: another shape, no values, or NaN among them.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0:
        raise InputError(f"{name} of {function}: expected at least one number in one row, got shape {array.shape}")
    bad = np.flatnonzero(~np.isfinite(array))
    if bad.size:
        raise InputError(
            f"{name} of {function}: expected finite numbers, got {array[bad[0]]} at {bad[0]}; leave it out"
        )
    return array


def matrix(name: str, values: Any, function: str, *, least: int = 1) -> np.ndarray:
    """`values` as finite numbers (n, m), n ≥ `least`, m ≥ 1.

    Raises:
        InputError: another shape, too few rows, or NaN among them.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or array.shape[0] < least or array.shape[1] == 0:
        raise InputError(f"{name} of {function}: expected a matrix of {least} rows or more, got shape {array.shape}")
    bad = np.argwhere(~np.isfinite(array))
    if bad.size:
        row, column = bad[0]
        raise InputError(f"{name} of {function}: expected finite numbers, got {array[row, column]} in row {row}")
    return array


def level_between(level: float, function: str) -> float:
    """A confidence level.

    Raises:
        InputError: it is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise InputError(f"level of {function}: expected a number between 0 and 1, got {level}; 0.95 is usual")
    return float(level)


def sign_of(direction: str, function: str) -> float:
    """1 where higher is better, -1 where lower is.

    Raises:
        InputError: neither "maximize" nor "minimize".
    """
    if direction not in ("maximize", "minimize"):
        raise InputError(f'direction of {function}: expected "maximize" or "minimize", got {direction!r}')
    return 1.0 if direction == "maximize" else -1.0
