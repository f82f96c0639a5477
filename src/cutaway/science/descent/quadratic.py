"""The quadratic loss of least squares, and how its error splits along the Hessian's eigenvectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError


@dataclass(frozen=True, slots=True, eq=False)
class Quadratic:
    """f(b) = f* + ½ (b - b*)ᵀ H (b - b*), with H (q, q) symmetric positive definite and its minimum b* (q,).

    `floor` is f*, the loss that remains at the minimum.
    """

    hessian: np.ndarray
    optimum: np.ndarray
    floor: float = 0.0

    @classmethod
    def of_least_squares(cls, x: np.ndarray, y: np.ndarray) -> Quadratic:
        """Half the mean squared error, 1/(2n) |y - a - x b|², in b for x (n, q), the intercept a being at its best.

        H = XᵀX / n of the centred columns: their covariance. Solved in standardised columns, so that columns whose
        sizes differ by many orders lose no digits.

        Raises:
            InputError: NaN or infinite values, fewer rows than columns and one, or columns that are constant or
            depend on each other.

        Source: Boyd and Vandenberghe, Convex Optimization, 2004, section 9.1.1.

        >>> one = Quadratic.of_least_squares(np.array([[-1.0], [1.0], [0.0]]), np.array([2.0, 6.0, 4.0]))
        >>> one.optimum, one.hessian.round(3)
        (array([2.]), array([[0.667]]))
        """
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        if x.ndim != 2 or y.shape != x.shape[:1]:
            raise InputError(f"of_least_squares: expected x (n, q) and y (n,), got shapes {x.shape} and {y.shape}")
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise InputError("of_least_squares: expected finite numbers, got NaN or infinity; leave those rows out")
        if len(x) <= x.shape[1]:
            raise InputError(f"of_least_squares: expected more rows than {x.shape[1]} columns, got {len(x)}")
        centred, target = x - x.mean(axis=0), y - y.mean()
        size = centred.std(axis=0)
        if not (size > 1e-12 * np.abs(x).max(axis=0)).all():
            raise InputError("of_least_squares: expected columns that vary, got a constant one; leave it out")
        z = centred / size
        correlation = z.T @ z / len(z)
        if np.linalg.eigvalsh(correlation)[0] < 1e-10:
            raise InputError("of_least_squares: expected independent columns, got one that follows from the others")
        b = np.linalg.solve(correlation, z.T @ target / len(z))
        floor = float(np.mean((target - z @ b) ** 2) / 2)
        return cls(correlation * np.outer(size, size), b / size, floor)

    @property
    def eigen(self) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvalues (q,), largest first, and eigenvectors in the columns (q, q), each with its largest entry
        positive.

        Taken after the columns are brought to one size (for two columns) or directly; accurate to rounding of the
        largest eigenvalue.
        """
        values, vectors = np.linalg.eigh(self.hessian)
        values, vectors = values[::-1], vectors[:, ::-1]
        if len(values) == 2:  # the smaller from the determinant, which keeps its digits
            h = self.hessian
            values = np.array([values[0], (h[0, 0] * h[1, 1] - h[0, 1] ** 2) / values[0]])
        signs = np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(len(values))])
        return values, vectors * signs

    @property
    def condition(self) -> float:
        """κ: the largest over the smallest eigenvalue of H."""
        values, _ = self.eigen
        return float(values[0] / values[-1])

    def gap(self, b: np.ndarray) -> float:
        """f(b) - f*, above 0 but at the minimum."""
        error = b - self.optimum
        return float(error @ self.hessian @ error / 2)

    def gradient(self, b: np.ndarray) -> np.ndarray:
        """H (b - b*), (q,)."""
        return np.asarray(self.hessian @ (b - self.optimum))

    def split(self, b: np.ndarray) -> np.ndarray:
        """The gap's parts (q,) along the eigenvectors, largest eigenvalue first: ½ λᵢ (vᵢᵀ(b - b*))².

        They sum to `gap(b)`, and gradient descent shrinks each by itself, by (1 - ηλᵢ)² a step.
        """
        values, vectors = self.eigen
        return np.asarray(values * (vectors.T @ (b - self.optimum)) ** 2 / 2)
