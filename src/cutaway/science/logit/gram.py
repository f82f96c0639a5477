"""The state of a binary logistic fit: log-likelihood, gradient and Hessian at given coefficients, summed over rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.core.threads import at_once
from cutaway.science.logit.chunks import chunk_edges, design, total
from cutaway.science.logit.frame import Frame


@dataclass(frozen=True, slots=True, eq=False)
class Gram:
    """Sums over rows for one Newton step of a logistic regression, intercept first.

    loglik = Σ w [y log p + (1 - y) log(1 - p)];  gradient = Σ w (y - p) x̃ (p+1,);  hessian = Σ w p(1 - p) x̃ x̃ᵀ
    (p+1, p+1), the information (minus the second derivative);  meat = Σ w² (y - p)² x̃ x̃ᵀ or None. `weight` is Σ w,
    `events` Σ w y. Two Grams may be added only if they were taken at the same coefficients. No rows: zeros. NaN in x,
    w or the coefficients makes NaN of the sums.
    """

    loglik: float
    gradient: np.ndarray
    hessian: np.ndarray
    rows: int
    weight: float
    events: float
    meat: np.ndarray | None = None

    @classmethod
    def of(
        cls,
        x: np.ndarray,
        y: np.ndarray,
        weight: np.ndarray | None,
        at: np.ndarray,
        frame: Frame | None = None,
        meat: bool = False,
    ) -> Gram:
        """The sums over x (n, p), y (n,) of 0 and 1, weight (n,) or None, at coefficients `at` (p+1,) in `frame`.

        Raises:
            InputError: shapes that do not fit.
        """
        n, p = x.shape
        h, g, s, m = _sums(x, y, weight, at, frame, hessian=True, meat=meat)
        q = p + 1
        known = float(n) if weight is None else float(s[1])
        return cls(float(s[0]), g[:q], _symmetric(h, q), n, known, float(s[2]), _symmetric(m, q) if meat else None)

    @classmethod
    def zero(cls, p: int, meat: bool = False) -> Gram:
        """The Gram of no rows."""
        q = p + 1
        return cls(0.0, np.zeros(q), np.zeros((q, q)), 0, 0.0, 0.0, np.zeros((q, q)) if meat else None)

    def __add__(self, other: Gram) -> Gram:
        """The Gram of both sets of rows."""
        return Gram(
            self.loglik + other.loglik,
            self.gradient + other.gradient,
            self.hessian + other.hessian,
            self.rows + other.rows,
            self.weight + other.weight,
            self.events + other.events,
            None if self.meat is None or other.meat is None else self.meat + other.meat,
        )

    def __sub__(self, other: Gram) -> Gram:
        """The Gram of these rows without the others, which must be among them."""
        return Gram(
            self.loglik - other.loglik,
            self.gradient - other.gradient,
            self.hessian - other.hessian,
            self.rows - other.rows,
            self.weight - other.weight,
            self.events - other.events,
            None if self.meat is None or other.meat is None else self.meat - other.meat,
        )

    def null_loglik(self) -> float:
        """Log-likelihood of the intercept alone."""
        shares = np.array([self.events, self.weight - self.events]) / self.weight
        inside = shares[shares > 0]
        return float(self.weight * np.sum(inside * np.log(inside)))


@dataclass(frozen=True, slots=True, eq=False)
class Slope:
    """The log-likelihood and its gradient (p+1,) alone, for half the work; fields as in `Gram`."""

    loglik: float
    gradient: np.ndarray

    @classmethod
    def of(
        cls,
        x: np.ndarray,
        y: np.ndarray,
        weight: np.ndarray | None,
        at: np.ndarray,
        frame: Frame | None = None,
    ) -> Slope:
        """The sums over x (n, p), y (n,), weight (n,) or None, at coefficients `at` (p+1,) in `frame`."""
        _, g, s, _ = _sums(x, y, weight, at, frame, hessian=False, meat=False)
        return cls(float(s[0]), g[: x.shape[1] + 1])

    @classmethod
    def zero(cls, p: int) -> Slope:
        """The sums of no rows."""
        return cls(0.0, np.zeros(p + 1))

    def __add__(self, other: Slope) -> Slope:
        """The sums of both sets of rows."""
        return Slope(self.loglik + other.loglik, self.gradient + other.gradient)


def _sums(
    x: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray | None,
    at: np.ndarray,
    frame: Frame | None,
    *,
    hessian: bool,
    meat: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Hessian, gradient, (loglik, Σw, Σwy) and meat, padded to fours of columns, which is how the kernel works."""
    from cutaway.science.logit.kernel import gram_rows

    x, y, w = design(x, y, weight)
    n, p = x.shape
    frame = frame or Frame.identity(p)
    at = np.ascontiguousarray(at, dtype=np.float64)
    inverse = 1.0 / frame.scale
    padded = -(-(p + 1) // 4) * 4
    square = (padded, padded)
    edges = chunk_edges(n, p, padded * padded * (hessian + meat))

    def work(k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        h, g, s = np.zeros(square if hessian else (0, 0)), np.zeros(padded), np.zeros(3)
        m = np.zeros(square if meat else (0, 0))
        gram_rows(x, y, w, at, frame.centre, inverse, edges[k], edges[k + 1], h, g, s, m)
        return h, g, s, m

    parts = at_once(work, len(edges) - 1)
    h, g, s, m = (total(part[i] for part in parts) for i in range(4))
    return h, g, s, m


def _symmetric(lower: np.ndarray, q: int) -> np.ndarray:
    low = np.tril(lower[:q, :q])
    return np.asarray(low + np.tril(low, -1).T)
