"""Delays in whole days: from an infection to the symptoms, from the symptoms to the report or the death."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import isfinite, log, sqrt
from typing import Literal

import numpy as np

from cutaway.core.errors import InputError, InputTypeError

Kind = Literal["gamma", "lognormal"]


@dataclass(frozen=True)
class Delay:
    """A waiting time by its mean and standard deviation in days, and its probabilities by whole days.

    The event and what follows it fall anywhere in their days, so that a wait of x days (0 ≤ x real) ends floor(x) or
    floor(x) + 1 days later, the later the larger the fraction is: p_d = ∫ max(0, 1 − |x − d|) f(x) dx. The mean of p is
    then exactly that of the law, and its variance larger by E[u(1 − u)] of the fraction u, 1/6 for a smooth law.

    Args:
        mean: of the wait, days, above 0.
        sd: its standard deviation, days, above 0.
        kind: "gamma" or "lognormal".
        longest: waits beyond so many days are left out, and the rest is scaled to 1.

    Raises: InputError for a mean or sd that is not positive; InputTypeError for another kind.

    Source: Cori et al. 2013, American Journal of Epidemiology 178, web appendix 11 (the same discretisation of the
    serial interval).

    >>> incubation = Delay(5.5, 2.4, "lognormal")
    >>> round(float(incubation.probabilities.sum()), 12), round(incubation.discrete_mean, 3)
    (1.0, 5.5)
    """

    mean: float
    sd: float
    kind: Kind = "gamma"
    longest: int = 90

    def __post_init__(self) -> None:
        """Check the arguments."""
        for name, value in (("mean", self.mean), ("sd", self.sd)):
            if not (isfinite(value) and value > 0):
                raise InputError(f"{name}: Delay expected days above 0, got {value}")
        if self.kind not in ("gamma", "lognormal"):
            raise InputTypeError(f"kind: Delay expected 'gamma' or 'lognormal', got {self.kind!r}")
        if self.longest < 1:
            raise InputError(f"longest: Delay expected at least 1 day, got {self.longest}")

    @cached_property
    def probabilities(self) -> np.ndarray:
        """By days 0 … longest: (longest + 1,), of sum 1."""
        x = np.arange(self.longest + 2, dtype=float)
        below = self._below(x)
        p = np.empty(self.longest + 1)
        p[0] = below[1]
        p[1:] = below[2:] - 2 * below[1:-1] + below[:-2]
        p = np.maximum(p, 0)
        return np.asarray(p / p.sum())

    def _below(self, x: np.ndarray) -> np.ndarray:
        """∫₀ˣ F(u) du = x F(x) − E[X; X < x], whose second differences are the probabilities."""
        from scipy.special import gammainc, ndtr

        if self.kind == "gamma":
            shape = (self.mean / self.sd) ** 2
            z = x * shape / self.mean
            return np.asarray(x * gammainc(shape, z) - self.mean * gammainc(shape + 1, z))
        spread = sqrt(log(1 + (self.sd / self.mean) ** 2))
        with np.errstate(divide="ignore"):
            z = (np.log(x / self.mean) + spread**2 / 2) / spread
        return np.asarray(x * ndtr(z) - self.mean * ndtr(z - spread))

    @property
    def discrete_mean(self) -> float:
        """Of the probabilities, days: the law's, less what lies beyond `longest`."""
        return float(np.arange(self.longest + 1) @ self.probabilities)

    @property
    def generation(self) -> np.ndarray:
        """The probabilities as a generation interval: none on the day itself, scaled to 1 (longest + 1,)."""
        p = self.probabilities.copy()
        p[0] = 0
        return np.asarray(p / p.sum())


def convolved(series: np.ndarray, delay: Delay | np.ndarray) -> np.ndarray:
    """The series later by the delay, on the same days: y_t = Σ_d p_d x_{t−d}.

    What falls after the last day is not in it; nothing else is lost.

    Args:
        series: by day (…, days).
        delay: a Delay, or its probabilities by days from 0 on (n,).

    Raises: InputError for probabilities that are negative, or a series without days.

    >>> convolved(np.array([8.0, 0, 0]), np.array([0.5, 0.25, 0.25])).tolist()
    [4.0, 2.0, 2.0]
    """
    x = np.asarray(series, float)
    p = delay.probabilities if isinstance(delay, Delay) else np.asarray(delay, float)
    if x.ndim < 1 or not x.shape[-1]:
        raise InputError("series: convolved expected at least one day, got none")
    if p.ndim != 1 or not np.all(p >= 0):
        raise InputError("delay: convolved expected probabilities (n,) of at least 0")
    y = np.zeros_like(x)
    for d in range(min(len(p), x.shape[-1])):
        y[..., d:] += p[d] * x[..., : x.shape[-1] - d]
    return y
