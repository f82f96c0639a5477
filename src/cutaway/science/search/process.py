"""A small Gaussian process: what a Bayesian search believes of a response surface, and where it would ask next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.blas import one_blas_thread
from cutaway.core.errors import InputError
from cutaway.science.search.inputs import matrix, sign_of, vector

_ROOT5 = np.sqrt(5.0)
_MOST = 2000  # points: the time goes with their cube
_LENGTH = (np.log(0.03), np.log(30.0))  # bounds of the logarithms, for columns of range 1 and scores of variance 1
_SIGNAL = (np.log(0.05), np.log(20.0))
_NOISE = (np.log(1e-6), np.log(2.0))


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """Mean and standard deviation (m,) of the surface itself, without the noise of one more observation."""

    mean: np.ndarray
    sd: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class GaussianProcess:
    """A Gaussian process given points x (n, d) and scores y (n,), made by `gaussian_process`.

    `lengths` (d,): over how much of a column the surface bends; a long one says that the column hardly matters.
    `signal` and `noise`: standard deviations of the surface and of an observation about it, in the unit of y.
    `log_likelihood`: of the standardised scores.
    """

    x: np.ndarray
    lengths: np.ndarray
    signal: float
    noise: float
    log_likelihood: float
    centre: float
    weights: np.ndarray  # K⁻¹ (y - centre)
    lower: np.ndarray  # Cholesky factor of K

    def at(self, points: Any) -> Belief:
        """What is believed at `points` (m, d).

        Raises:
            InputError: another number of columns, or NaN.
        """
        from scipy.linalg import solve_triangular

        across = self._across(points, "at")
        inner = solve_triangular(self.lower, across.T, lower=True, check_finite=False)
        variance = self.signal**2 - np.einsum("nm,nm->m", inner, inner)
        return Belief(self.centre + across @ self.weights, np.sqrt(np.maximum(variance, 0.0)))

    def mean_at(self, points: Any) -> np.ndarray:
        """The mean (m,) alone, which is much less work.

        Raises:
            InputError: as `at`.
        """
        return np.asarray(self.centre + self._across(points, "mean_at") @ self.weights)

    def _across(self, points: Any, function: str) -> np.ndarray:
        where = matrix("points", points, f"GaussianProcess.{function}")
        if where.shape[1] != self.x.shape[1]:
            expected = self.x.shape[1]
            raise InputError(f"points of GaussianProcess.{function}: expected {expected} columns, got {where.shape[1]}")
        return np.asarray(self.signal**2 * _matern(_distance(where / self.lengths, self.x / self.lengths)))

    def given(self, x: Any, y: Any) -> GaussianProcess:
        """The same lengths, signal and noise, given other points: a belief trial by trial, or a resampled one."""
        return _conditioned(*_points(x, y, "GaussianProcess.given"), self.lengths, self.signal, self.noise)


def gaussian_process(
    x: Any,
    y: Any,
    *,
    lengths: Any = None,
    signal: float | None = None,
    noise: float | None = None,
    starts: int = 3,
    seed: int = 0,
) -> GaussianProcess:
    """The Gaussian process with a Matérn kernel of smoothness 5/2, given points x (n, d) and scores y (n,).

    k(a, b) = signal² (1 + √5 r + 5r²/3) exp(-√5 r),  r² = Σⱼ ((aⱼ - bⱼ) / lengthⱼ)², and noise² on the diagonal.
    Columns should have a range near 1. What is not given of `lengths` (d,), `signal` and `noise` maximises the
    marginal likelihood, from `starts` starts; with fewer than two scores it is 1, the scores' size, and a thousandth.
    The mean far from all points is that of y.

    Raises:
        InputError: shapes that do not fit, NaN, more than 2,000 points, or a length, signal or noise not above 0.

    Source: Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, algorithm 2.1 and equations 4.17
    and 5.9.

    >>> x = np.linspace(0, 1, 8)[:, None]
    >>> belief = gaussian_process(x, np.sin(6 * x[:, 0]), noise=1e-3).at([[0.5], [3.0]])
    >>> bool(abs(belief.mean[0] - np.sin(3.0)) < 0.01), bool(belief.sd[1] > 9 * belief.sd[0])
    (True, True)
    """
    import scipy.linalg  # noqa: F401  (whose small products are held to one thread, too)

    points, scores = _points(x, y, "gaussian_process")
    n, d = points.shape
    if n > _MOST:
        raise InputError(f"x of gaussian_process: expected at most {_MOST} points, got {n}; take a part of them")
    scale = float(scores.std()) or 1.0
    given_lengths = None if lengths is None else np.asarray(lengths, dtype=np.float64)
    if given_lengths is not None and given_lengths.shape != (d,):
        raise InputError(f"lengths of gaussian_process: expected {d}, one a column, got shape {given_lengths.shape}")
    for name, value in (("lengths", given_lengths), ("signal", signal), ("noise", noise)):
        if value is not None and not np.all(np.asarray(value) > 0):
            raise InputError(f"{name} of gaussian_process: expected above 0, got {value}")
    fixed = np.full(d + 2, np.nan)
    if given_lengths is not None:
        fixed[:d] = np.log(given_lengths)
    if signal is not None:
        fixed[d] = np.log(signal / scale)
    if noise is not None:
        fixed[d + 1] = np.log(noise / scale)
    with one_blas_thread():
        best = _likeliest(points, (scores - scores.mean()) / scale, fixed, starts, seed)
        return _conditioned(
            points, scores, np.exp(best[:d]), float(np.exp(best[d])) * scale, float(np.exp(best[-1])) * scale
        )


def expected_improvement(belief: Belief, best: float, direction: str = "maximize") -> np.ndarray:
    """E max(0, improvement over `best`) (m,), in the unit of the scores: what one more trial there promises.

    Where the standard deviation is 0 it is the improvement itself, or 0.

    Raises:
        InputError: an unknown direction.

    Source: Jones, Schonlau and Welch, Efficient global optimization, J. Global Optimization 13 (1998), equation 15.

    >>> expected_improvement(Belief(np.array([0.0, 1.0]), np.array([1.0, 0.0])), best=0.0).round(3)
    array([0.399, 1.   ])
    """
    from scipy.special import ndtr

    gain = sign_of(direction, "expected_improvement") * (belief.mean - best)
    sd = np.maximum(belief.sd, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = gain / sd
    density = np.exp(-0.5 * np.square(z)) / np.sqrt(2 * np.pi)
    with np.errstate(invalid="ignore"):
        value = gain * ndtr(z) + sd * density
    return np.asarray(np.where(sd > 0, np.maximum(value, 0.0), np.maximum(gain, 0.0)))


def log_marginal_likelihood(x: Any, y: Any, lengths: Any, signal: float, noise: float) -> tuple[float, np.ndarray]:
    """The logarithm of p(y | x) for scores of mean 0, and its gradient (d + 2,) by the logarithms of
    lengths, signal and noise.

    Raises:
        InputError: shapes that do not fit, or NaN.

    Source: Rasmussen and Williams 2006, equations 2.30 and 5.9.
    """
    points, scores = _points(x, y, "log_marginal_likelihood")
    logs = np.log(np.concatenate((np.atleast_1d(np.asarray(lengths, dtype=np.float64)), [signal, noise])))
    return _likelihood(logs, points, scores)


def _points(x: Any, y: Any, function: str) -> tuple[np.ndarray, np.ndarray]:
    points, scores = matrix("x", x, function), vector("y", y, function)
    if len(points) != len(scores):
        raise InputError(f"y of {function}: expected one score for each of {len(points)} points, got {len(scores)}")
    return points, scores


def _distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    squares = np.square(a).sum(1)[:, None] + np.square(b).sum(1)[None, :] - 2 * (a @ b.T)
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)))


def _matern(r: np.ndarray) -> np.ndarray:
    s = _ROOT5 * r
    return np.asarray((1 + s + s * s / 3) * np.exp(-s))


def _likelihood(logs: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    from scipy.linalg import cho_solve

    n, d = x.shape
    lengths, signal, noise = np.exp(logs[:d]), np.exp(2 * logs[d]), np.exp(2 * logs[d + 1])
    scaled = x / lengths
    r = _distance(scaled, scaled)
    np.fill_diagonal(r, 0.0)
    surface = signal * _matern(r)
    lower = _factor(surface, noise)
    weights = cho_solve((lower, True), y)
    value = -0.5 * float(y @ weights) - float(np.log(np.diag(lower)).sum()) - 0.5 * n * np.log(2 * np.pi)
    inner = np.outer(weights, weights) - cho_solve((lower, True), np.eye(n))
    s = _ROOT5 * r
    slope = inner * (signal * 5 / 3 * (1 + s) * np.exp(-s))
    gradient = np.empty(d + 2)
    # Σ slopeᵢⱼ (zᵢ - zⱼ)² of every column at once; slope is symmetric
    gradient[:d] = slope.sum(axis=1) @ np.square(scaled) - np.einsum("ij,ij->j", scaled, slope @ scaled)
    gradient[d] = float(np.sum(inner * surface))
    gradient[d + 1] = noise * float(np.trace(inner))
    return value, gradient


def _factor(surface: np.ndarray, noise: float) -> np.ndarray:
    """The Cholesky factor, with a little more noise where rounding wants it."""
    n = len(surface)
    jitter = 0.0
    for _ in range(8):
        try:
            return np.asarray(np.linalg.cholesky(surface + (noise + jitter) * np.eye(n)))
        except np.linalg.LinAlgError:
            jitter = max(10 * jitter, 1e-12 * float(surface[0, 0]))
    raise InputError("gaussian_process: the points are too close for so little noise; give a larger noise")


def _likeliest(x: np.ndarray, y: np.ndarray, fixed: np.ndarray, starts: int, seed: int) -> np.ndarray:
    """The logarithms of lengths, signal and noise (d + 2,), for standardised scores."""
    d = x.shape[1]
    first = np.concatenate((np.full(d, np.log(0.5)), [0.0, np.log(0.1)]))
    free = np.isnan(fixed)
    if len(y) < 2 or not free.any() or not np.any(y):
        return np.where(free, np.concatenate((np.zeros(d), [0.0, np.log(1e-3)])), fixed)
    from scipy.optimize import minimize

    bounds: np.ndarray = np.array([_LENGTH] * d + [_SIGNAL, _NOISE])
    rng = np.random.default_rng(seed)
    best, best_value = np.where(free, first, fixed), np.inf

    def loss(part: np.ndarray) -> tuple[float, np.ndarray]:
        at = fixed.copy()
        at[free] = part
        value, gradient = _likelihood(at, x, y)
        return -value, -gradient[free]

    for k in range(max(1, starts)):
        begin = first if k == 0 else rng.uniform(bounds[:, 0] * 0.5, bounds[:, 1] * 0.5)
        ended = minimize(loss, begin[free], jac=True, method="L-BFGS-B", bounds=bounds[free], options={"maxiter": 100})
        if ended.fun < best_value:
            best_value = float(ended.fun)
            best = fixed.copy()
            best[free] = ended.x
    return best


def _conditioned(x: np.ndarray, y: np.ndarray, lengths: np.ndarray, signal: float, noise: float) -> GaussianProcess:
    from scipy.linalg import cho_solve

    centre = float(y.mean())
    scaled = x / lengths
    r = _distance(scaled, scaled)
    np.fill_diagonal(r, 0.0)
    lower = _factor(signal**2 * _matern(r), noise**2)
    weights = cho_solve((lower, True), y - centre)
    half = float(np.log(np.diag(lower)).sum())
    scale = float(y.std()) or 1.0
    value = -0.5 * float((y - centre) @ weights) - half - 0.5 * len(y) * np.log(2 * np.pi) + len(y) * np.log(scale)
    return GaussianProcess(x, lengths, signal, noise, float(value), centre, weights, lower)
