"""The extreme value index γ by Hill, Pickands and the moment estimator, at one k or over all of them.

Far out, the excess of any of the usual laws over a high threshold tends to a generalised Pareto law with index γ: for
γ > 0 the tail is a power law with α = 1/γ, at γ = 0 it falls like an exponential one, and for γ < 0 the law has an end.
Hill's estimate takes γ > 0 for granted; the other two do not. Each looks at the largest values only, and how many is
the question: few make it vary, many bias it, as the body is none of the tail. So one looks at it over all k.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from cutaway.core.errors import InputError

Method = Literal["hill", "pickands", "moment"]
LOG2 = float(np.log(2))
NORMAL = 1.959963984540054  # the 97.5 % point


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtremeIndex:
    """An estimate of γ from the largest values of n, with its asymptotic standard error, bias not counted.

    `k` is the estimator's own number: Pickands' looks at the 4 k largest.
    """

    gamma: float
    error: float
    k: int
    n: int
    method: Method

    @property
    def alpha(self) -> float:
        """The tail index 1/γ; inf where the tail is no power law."""
        return 1 / self.gamma if self.gamma > 0 else float("inf")

    @property
    def interval(self) -> tuple[float, float]:
        """For γ: 95 %, were there no bias."""
        return self.gamma - NORMAL * self.error, self.gamma + NORMAL * self.error


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class IndexCurve:
    """Estimates γ (m,) and their standard errors (m,) at each number k (m,), ascending; NaN where there is none."""

    k: np.ndarray
    gamma: np.ndarray
    error: np.ndarray
    n: int
    method: Method

    @property
    def alpha(self) -> np.ndarray:
        """The tail index 1/γ (m,); inf where the tail is no power law."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.where(self.gamma > 0, 1 / self.gamma, np.where(np.isnan(self.gamma), np.nan, np.inf)))

    def at(self, k: int) -> ExtremeIndex:
        """The estimate at one k."""
        if not 1 <= k <= self.k.size:
            raise InputError(f"k: a curve of {self.method} from {self.n} values goes from 1 to {self.k.size}, got {k}")
        return ExtremeIndex(
            gamma=float(self.gamma[k - 1]), error=float(self.error[k - 1]), k=k, n=self.n, method=self.method
        )


def pickands(x: np.ndarray, k: int) -> ExtremeIndex:
    """Pickands' estimate: γ = log₂ of (X₁ - X₂) / (X₂ - X₃), with the k-th, 2k-th and 4k-th largest values.

    `x` (n,) any order and sign; NaN is left out. Neither shift nor scale of the data matters. It varies much: at γ =
    0.5 its standard error is 3.9 times Hill's at the same k, which for it are four times as many values.

    Raises:
        InputError: k < 1 or fewer than 4 k values, or infinite ones.

    Source: Pickands (1975), Statistical Inference Using Extreme Order Statistics, Annals of Statistics 3(1); its error
    in Dekkers and de Haan (1989), On the Estimation of the Extreme-Value Index and Large Quantile Estimation, Annals of
    Statistics 17(4).

    >>> found = pickands(1 / np.arange(1.0, 41.0), k=10)  # the largest of a law with γ = 1
    >>> found.gamma, found.n
    (1.0, 40)
    """
    return index_curve(x, method="pickands").at(k)


def moment(x: np.ndarray, k: int) -> ExtremeIndex:
    """The moment estimate: γ = M₁ + 1 - 1 / (2 (1 - M₁²/M₂)), Mⱼ the mean of log(x_i / x_(k+1))^j over the k largest.

    M₁ is Hill's estimate; the rest corrects it where γ is not positive. `x` (n,) any order; NaN is left out.

    Raises:
        InputError: k < 1, not more than k positive values, or infinite ones.

    Source: Dekkers, Einmahl and de Haan (1989), A Moment Estimator for the Index of an Extreme-Value Distribution,
    Annals of Statistics 17(4), theorem 3.1 for the error.

    >>> low, high = moment(np.random.default_rng(0).random(20_000), k=2_000).interval
    >>> low < -1 < high  # a uniform law ends, with γ = -1
    True
    """
    return index_curve(x, method="moment").at(k)


def index_curve(x: np.ndarray, *, method: Method = "hill") -> IndexCurve:
    """One estimator of γ at every k: Hill's plot, and those like it.

    Hill's and the moment estimator use positive values only, so k is below their number; Pickands' has k up to n/4.
    Ties give NaN or infinite values where a spacing is zero.

    Raises:
        InputError: too few values for k = 1, or infinite ones.

    >>> index_curve(np.array([8.0, 4.0, 2.0, 1.0]), method="hill").gamma.round(3).tolist()
    [0.693, 1.04, 1.386]
    """
    if method not in get_args(Method):
        raise InputError(f"method: index_curve expected one of {', '.join(get_args(Method))}, got {method!r}")
    values = np.asarray(x, float).ravel()
    values = np.sort(values[~np.isnan(values)])[::-1]
    n, needed = values.size, 4
    if method != "pickands":
        values, needed = values[values > 0], 2
    if values.size < needed:
        kind = "" if method == "pickands" else " positive"
        raise InputError(f"x: {method} needs at least {needed}{kind} values, got {values.size}; gather more")
    if not np.isfinite(values[[0, -1]]).all():
        raise InputError(f"x: {method} expected finite values, got infinite ones; leave them out")
    with np.errstate(divide="ignore", invalid="ignore"):
        gamma = _pickands(values) if method == "pickands" else _by_logarithms(values, method)
        k = np.arange(1, gamma.size + 1)
        error = np.sqrt(_VARIANCES[method](gamma) / k)
    return IndexCurve(k=k, gamma=gamma, error=error, n=n, method=method)


def _pickands(values: np.ndarray) -> np.ndarray:
    k = np.arange(1, values.size // 4 + 1)
    first, second, third = values[k - 1], values[2 * k - 1], values[4 * k - 1]
    return np.asarray(np.log2((first - second) / (second - third)))


def _by_logarithms(values: np.ndarray, method: Method) -> np.ndarray:
    logs = np.log(values) - np.log(values[-1])
    k, edge = np.arange(1, values.size), logs[1:]
    first = np.cumsum(logs)[:-1] / k
    one = first - edge
    if method == "hill":
        return np.asarray(one)
    two = np.maximum(np.cumsum(logs * logs)[:-1] / k - edge * (2 * first - edge), 0)
    gamma = one + 1 - 0.5 / (1 - one * one / two)
    gamma[0] = np.nan  # one spacing: its square is its mean square
    return np.asarray(gamma)


def _hill_variance(gamma: np.ndarray) -> np.ndarray:
    return np.asarray(gamma * gamma)


def _pickands_variance(gamma: np.ndarray) -> np.ndarray:
    """γ² (2^(2γ+1) + 1) / (2 (2^γ - 1) log 2)², with its limit at 0."""
    grown = np.expm1(gamma * LOG2)
    slope = np.where(np.abs(gamma) < 1e-9, 1 / LOG2, gamma / np.where(grown == 0, 1, grown))
    return np.asarray((2 ** (2 * gamma + 1) + 1) * (slope / (2 * LOG2)) ** 2)


def _moment_variance(gamma: np.ndarray) -> np.ndarray:
    g = np.minimum(gamma, 0)
    one, two, three, four = 1 - g, 1 - 2 * g, 1 - 3 * g, 1 - 4 * g
    ended = one**2 * two * (4 - 8 * two / three + (5 - 11 * g) * two / (three * four))
    return np.asarray(np.where(gamma >= 0, 1 + gamma * gamma, ended))


_VARIANCES = {"hill": _hill_variance, "pickands": _pickands_variance, "moment": _moment_variance}
