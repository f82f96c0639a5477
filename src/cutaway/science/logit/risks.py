"""Mean predicted probabilities before and after a change of one column: what an odds ratio amounts to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from cutaway.science.logit.scores import linear, sigmoid, softmax_with_reference

_SLICE = 8192  # rows at a time: the temporaries stay in the cache


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one column of the design: those of `clear` are set to the values `off`, then `column` grows by `by`.

    A level of a factor: all its dummies cleared, then its own raised from no to yes. A step of a number: nothing
    cleared.
    """

    column: int
    by: float
    clear: tuple[int, ...] = ()
    off: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class RiskSums:
    """Sums over rows: weight = Σ w; before, after (c, K) = Σ w p_k without and with each change; K = 1 when binary."""

    weight: float
    before: np.ndarray
    after: np.ndarray

    @classmethod
    def of(
        cls,
        x: np.ndarray,
        y: np.ndarray | None,
        weight: np.ndarray | None,
        at: np.ndarray,
        changes: Sequence[Change],
        reference: int | None = None,
    ) -> RiskSums:
        """The sums over x (n, p) at coefficients `at`, NaN counting as 0.

        `at`: (p+1,) when binary, then K is 1, the probability of class 1; else (K-1, p+1) of the classes but
        `reference`.
        """
        rows = np.nan_to_num(np.atleast_2d(at))
        binary = np.ndim(at) == 1
        out = np.zeros((2, len(changes), 1 if binary else len(rows) + 1))
        w = np.ones(len(x)) if weight is None else weight

        def share(eta: np.ndarray, ws: np.ndarray) -> np.ndarray:
            p = sigmoid(eta) if binary else softmax_with_reference(eta, reference)
            return np.asarray(ws @ p)

        for start in range(0, len(x), _SLICE):
            xs, ws = x[start : start + _SLICE], w[start : start + _SLICE]
            eta = linear(xs, rows)
            for c, change in enumerate(changes):
                base = eta
                if change.clear:
                    inside = list(change.clear)
                    base = eta - (xs[:, inside] - np.array(change.off)) @ rows[:, [j + 1 for j in inside]].T
                out[0, c] += share(base, ws)
                out[1, c] += share(base + change.by * rows[:, change.column + 1], ws)
        return cls(float(w.sum()), out[0], out[1])

    @classmethod
    def zero(cls, changes: int, classes: int = 1) -> RiskSums:
        """The sums of no rows."""
        return cls(0.0, np.zeros((changes, classes)), np.zeros((changes, classes)))

    def __add__(self, other: RiskSums) -> RiskSums:
        """The sums of both sets of rows."""
        return RiskSums(self.weight + other.weight, self.before + other.before, self.after + other.after)


def risks_fold(
    fold: Callable[..., Any], params: np.ndarray, changes: Sequence[Change], *, reference: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Mean probabilities (c, K) before and after each change, every row as it is otherwise, in one pass. No rows: NaN.

    The ratio after / before is the standardised risk ratio; it nears the odds ratio where both are rare.

    Source: Greenland, American Journal of Epidemiology 125 (1987) 761-768 (standardised measures); Zhang and Yu, JAMA
    280 (1998) 1690-1691.

    >>> x = np.array([[0.0], [1.0]])
    >>> whole = lambda of: of(x, None, None)
    >>> before, after = risks_fold(whole, np.array([0.0, 0.0]), [Change(0, 1.0)])
    >>> float(before[0, 0]), float(after[0, 0])
    (0.5, 0.5)
    """
    sums: RiskSums = fold(partial(RiskSums.of, at=params, changes=tuple(changes), reference=reference))
    with np.errstate(invalid="ignore", divide="ignore"):
        return sums.before / np.float64(sums.weight), sums.after / np.float64(sums.weight)
