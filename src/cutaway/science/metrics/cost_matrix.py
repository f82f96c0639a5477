"""Decisions by a full cost matrix, and by costs that differ from row to row."""

from __future__ import annotations

import numpy as np

from cutaway.core.errors import InputError


def decide(p: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """The decision (n,) of least expected cost: argmin over a of Σₖ pₖ cost[k, a].

    `p` (n, K) calibrated class probabilities, `cost` (K, A): what decision a costs when the class is k. There may be
    more decisions than classes (such as "ask a person"). Ties take the first.

    Raises: InputError for shapes that do not fit, or costs that are not finite.
    Source: Elkan 2001, equation 1.

    >>> p = np.array([[0.95, 0.05], [0.6, 0.4], [0.1, 0.9]])
    >>> decide(p, np.array([[0.0, 1.0, 0.3], [5.0, 0.0, 0.3]])).tolist()  # leave, flag, ask
    [0, 2, 1]
    """
    return np.asarray(expected_costs(p, cost).argmin(axis=1))


def expected_costs(p: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Expected cost (n, A) of every decision for every row. See `decide`."""
    p, cost = np.asarray(p, dtype=float), np.asarray(cost, dtype=float)
    if p.ndim != 2 or cost.ndim != 2 or p.shape[1] != cost.shape[0]:
        raise InputError(
            f"cost: expected (K, decisions) costs for (n, K) probabilities, got {cost.shape} and {p.shape}; "
            f"rows of the matrix are true classes"
        )
    if not np.isfinite(cost).all():
        raise InputError("cost: expected finite costs, got NaN or infinity; give a large number instead")
    return np.asarray(p @ cost)


def mean_cost(y: np.ndarray, decision: np.ndarray, cost: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Mean of cost[y, decision] over the rows, weighted; NaN without rows.

    Raises: InputError for codes outside the matrix or unequal lengths.

    >>> mean_cost(np.array([0, 1, 1]), np.array([0, 0, 1]), np.array([[0.0, 1.0], [5.0, 0.0]]))
    1.6666666666666667
    """
    y, decision, cost = np.asarray(y, dtype=np.int64), np.asarray(decision, dtype=np.int64), np.asarray(cost, float)
    if y.shape != decision.shape or y.ndim != 1:
        raise InputError(f"decision: mean_cost expected one decision a label, got {decision.shape} for {y.shape}")
    for name, codes, most in (("y", y, cost.shape[0]), ("decision", decision, cost.shape[1])):
        if codes.size and not 0 <= codes.min() <= codes.max() < most:
            raise InputError(f"{name}: mean_cost expected codes in 0 … {most - 1}, got {codes.min()} to {codes.max()}")
    if not y.size:
        return float("nan")
    return float(np.average(cost[y, decision], weights=weight))


def row_cuts(fp: np.ndarray, fn: np.ndarray) -> np.ndarray:
    """The probability (n,) from which flagging each row pays, fp / (fp + fn), where both costs differ by row.

    In fraud fn is the amount at stake and fp the price of a look: the larger the amount, the lower the cut. Rows on
    which neither error costs anything get 0.5.

    Raises: InputError for costs below 0, NaN, or unequal shapes.
    Source: Zadrozny & Elkan 2001; Correa Bahnsen, Stojanovic, Aouada & Ottersten 2013.

    >>> row_cuts(np.array([2.0, 2.0]), np.array([2.0, 98.0])).tolist()
    [0.5, 0.02]
    """
    fp, fn = np.broadcast_arrays(np.asarray(fp, dtype=float), np.asarray(fn, dtype=float))
    if not ((fp >= 0) & (fn >= 0) & np.isfinite(fp + fn)).all():
        raise InputError("fp: row_cuts expected finite costs of 0 or more, got others; give costs, not gains")
    both = fp + fn
    return np.asarray(np.divide(fp, both, out=np.full(both.shape, 0.5), where=both > 0))
