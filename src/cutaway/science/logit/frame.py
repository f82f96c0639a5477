"""Coordinates: columns centred and scaled inside the kernels, and results mapped back exactly.

A coefficient vector has the intercept first. In a frame with centres m and scales s the model reads
η = b₀ + Σ bⱼ (xⱼ - mⱼ) / sⱼ, so the coefficients of the columns themselves are T b with the matrix T of `Frame.matrix`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Centres and scales (p,) of the columns; scales are positive."""

    centre: np.ndarray
    scale: np.ndarray

    @classmethod
    def identity(cls, p: int) -> Frame:
        """The coordinates of the columns as they are."""
        return cls(np.zeros(p), np.ones(p))

    @classmethod
    def of_rows(cls, x: np.ndarray) -> Frame:
        """Mean and standard deviation of the columns of x (n, p); a constant column gets scale 1."""
        x = np.asarray(x, dtype=np.float64)
        first = x[0] if len(x) else np.zeros(x.shape[1])
        with np.errstate(all="ignore"):
            moved = x - first  # so that a large common offset costs no digits
            centre = first + moved.mean(axis=0)
            scale = moved.std(axis=0)
        good = np.isfinite(scale) & (scale > 4e-16 * np.abs(centre)) & np.isfinite(centre)
        return cls(np.where(good, centre, np.where(np.isfinite(first), first, 0.0)), np.where(good, scale, 1.0))

    @property
    def matrix(self) -> np.ndarray:
        """T (p+1, p+1): coefficients of the columns = T @ coefficients in this frame."""
        t = np.diag(np.concatenate(([1.0], 1.0 / self.scale)))
        t[0, 1:] = -self.centre / self.scale
        return t

    def outward(self, params: np.ndarray) -> np.ndarray:
        """Coefficients (…, p+1) in this frame → coefficients of the columns."""
        out = np.array(params, dtype=np.float64)
        out[..., 1:] /= self.scale
        out[..., 0] -= out[..., 1:] @ self.centre
        return out

    def inward(self, params: np.ndarray) -> np.ndarray:
        """Coefficients (…, p+1) of the columns → coefficients in this frame."""
        out = np.array(params, dtype=np.float64)
        out[..., 0] += out[..., 1:] @ self.centre
        out[..., 1:] *= self.scale
        return out

    def penalty_inward(self, penalty: np.ndarray) -> np.ndarray:
        """Quadratic penalty (p+1, p+1) on the columns' coefficients → the same penalty in this frame: Tᵀ P T."""
        t = self.matrix
        inner = t.T @ penalty @ t
        return np.asarray((inner + inner.T) / 2)


def penalty_raw(
    means: np.ndarray, sds: np.ndarray, lam: float | np.ndarray = 1.0, *, penalise_intercept: bool = False
) -> np.ndarray:
    """The ridge ½ λ |b|² on raw columns, as a matrix (p+1, p+1) for a fit on columns standardised so.

    With b = T β the penalty is ½ βᵀ (Tᵀ Λ T) β; Λ = diag(0, λ, …) as scikit-learn's lbfgs and newton solvers have it,
    or diag(λ, λ, …) with `penalise_intercept`, as liblinear with `intercept_scaling=1` has it. scikit-learn's C is 1
    / λ.
    """
    means, sds = np.asarray(means, dtype=np.float64), np.asarray(sds, dtype=np.float64)
    ridge = np.zeros(len(means) + 1)
    ridge[1:] = lam
    if penalise_intercept:
        ridge[0] = np.mean(lam)
    return Frame(means, sds).penalty_inward(np.diag(ridge))
