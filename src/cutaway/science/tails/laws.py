"""Laws to draw from, with what is known of their sums: mean, spread, third moment, index and weight of the tails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, gamma, inf, nan, pi, sqrt

import numpy as np

from cutaway.core.errors import InputError

Draw = Callable[[np.random.Generator, int], np.ndarray]


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """A law of one number. Where a moment does not exist it is NaN (mean) or infinite.

    `index`: α of the tails, P(|X| > x) ~ (right + left) x^-α far out; infinite where they fall faster than any power.
    `centre` is what an estimate of location aims at where the law has no mean: its median.
    """

    name: str
    draw: Draw
    mean: float
    sd: float
    third: float  # E |X - mean|³
    median: float
    symmetric: bool = False
    index: float = inf
    right: float = 0.0
    left: float = 0.0

    @property
    def limit(self) -> tuple[float, float]:
        """(α, β) of the stable law that its sums tend to, centred and scaled: (2, 0) is the normal law."""
        if self.index >= 2:
            return 2.0, 0.0
        return self.index, (self.right - self.left) / (self.right + self.left)

    @property
    def centre(self) -> float:
        """Its mean; where there is none, its median."""
        return self.median if np.isnan(self.mean) else self.mean

    def growth(self, n: int) -> float:
        """By what the centred sum of n draws is divided to tend to its stable law of scale 1 (normal: variance 1).

        σ √n where there is a variance; (n (right + left) Γ(1 - α) cos(πα/2))^(1/α) for tails with α < 2, which at α = 1
        is n (right + left) π/2. At α = 2 with tails of that index the variance is infinite and the sum is divided by
        √(n log n (right + left)), towards which it goes as slowly as 1 / log n.

        Source: Gnedenko and Kolmogorov (1954), section 35; Feller (1971), volume II, XVII.5.
        """
        if np.isfinite(self.sd):
            return self.sd * sqrt(n)
        weight = self.right + self.left
        if self.index == 2:
            return sqrt(n * np.log(max(n, 2)) * weight)
        if self.index == 1:
            return n * weight * pi / 2
        return float((n * weight * gamma(1 - self.index) * np.cos(pi * self.index / 2)) ** (1 / self.index))


def normal() -> Law:
    """Mean 0, standard deviation 1."""
    return Law(
        name="normal", draw=lambda random, n: random.standard_normal(n), mean=0.0, sd=1.0, third=2 * sqrt(2 / pi),
        median=0.0, symmetric=True,
    )  # fmt: skip


def uniform() -> Law:
    """From 0 to 1."""
    return Law(
        name="uniform", draw=lambda random, n: random.random(n), mean=0.5, sd=sqrt(1 / 12), third=1 / 32, median=0.5,
        symmetric=True,
    )  # fmt: skip


def exponential() -> Law:
    """Mean 1."""
    return Law(
        name="exponential", draw=lambda random, n: random.standard_exponential(n), mean=1.0, sd=1.0,
        third=12 / exp(1) - 2, median=float(np.log(2)),
    )  # fmt: skip


def coin(p: float) -> Law:
    """1 with probability p, else 0."""
    if not 0 < p < 1:
        raise InputError(f"p: coin expected a probability between 0 and 1, got {p}")
    return Law(
        name=f"coin, {p:g}", draw=lambda random, n: (random.random(n) < p).astype(float), mean=p, sd=sqrt(p * (1 - p)),
        third=p * (1 - p) * (p * p + (1 - p) ** 2), median=float(p > 0.5), symmetric=p == 0.5,
    )  # fmt: skip


def lognormal(sigma: float) -> Law:
    """Log of it is normal with mean 0 and standard deviation σ."""
    if not sigma > 0:
        raise InputError(f"sigma: lognormal expected a positive number, got {sigma}")
    mean, s = exp(sigma**2 / 2), sigma
    return Law(
        name=f"log-normal, σ = {sigma:g}", draw=lambda random, n: np.exp(s * random.standard_normal(n)), mean=mean,
        sd=mean * sqrt(exp(s * s) - 1), third=_third_of_lognormal(s), median=1.0,
    )  # fmt: skip


def pareto(alpha: float) -> Law:
    """P(X > x) = x^-α from 1 on."""
    if not alpha > 0:
        raise InputError(f"alpha: pareto expected a positive number, got {alpha}")
    mean = alpha / (alpha - 1) if alpha > 1 else nan
    variance = alpha / ((alpha - 1) ** 2 * (alpha - 2)) if alpha > 2 else inf
    return Law(
        name=f"Pareto, α = {alpha:g}", draw=lambda random, n: (1 - random.random(n)) ** (-1 / alpha), mean=mean,
        sd=sqrt(variance), third=_third_of_pareto(alpha), median=2 ** (1 / alpha), index=alpha, right=1.0,
    )  # fmt: skip


def student(freedom: float) -> Law:
    """Student's t. One degree of freedom is the Cauchy law."""
    if not freedom > 0:
        raise InputError(f"freedom: student expected a positive number, got {freedom}")
    v = freedom
    weight = gamma((v + 1) / 2) / (sqrt(v * pi) * gamma(v / 2)) * v ** ((v + 1) / 2) / v
    third = v**1.5 * gamma((v - 3) / 2) / (sqrt(pi) * gamma(v / 2)) if v > 3 else inf
    return Law(
        name="Cauchy" if v == 1 else f"Student t, {v:g}", draw=lambda random, n: random.standard_t(v, n),
        mean=0.0 if v > 1 else nan, sd=sqrt(v / (v - 2)) if v > 2 else inf, third=third, median=0.0, symmetric=True,
        index=v, right=weight, left=weight,
    )  # fmt: skip


def _third_of_lognormal(s: float) -> float:
    """E |X - m|³: the parts of the third moment on either side of the mean."""
    from scipy.special import ndtr

    m, out = exp(s * s / 2), 0.0
    for k, sign in ((3, 1.0), (2, -3 * m), (1, 3 * m * m), (0, -(m**3))):
        above = float(ndtr(k * s - s / 2))  # of the k-th moment, from the mean up
        out += sign * exp(k * k * s * s / 2) * (2 * above - 1)
    return out


def _third_of_pareto(alpha: float) -> float:
    if alpha <= 3:
        return inf
    m, out = alpha / (alpha - 1), 0.0
    for k, sign in ((3, 1.0), (2, -3 * m), (1, 3 * m * m), (0, -(m**3))):
        whole, above = alpha / (alpha - k), alpha / (alpha - k) * m ** (k - alpha)
        out += sign * (2 * above - whole)
    return out
