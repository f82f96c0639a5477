"""Laws whose tail has a dial, a column taken as a law, and the bells and limits that their sums are held to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cutaway.core.errors import InputError

if TYPE_CHECKING:
    from cutaway.science.tails import Law

LAWS = {
    "pareto": "Pareto",
    "student": "Student",
    "stable": "Stable",
    "lognormal": "Log-normal",
    "coin": "Coin",
    "exponential": "Exponential",
    "uniform": "Uniform",
}
DIALS = {"pareto": "alpha", "student": "alpha", "stable": "alpha", "lognormal": "sigma", "coin": "p"}
NEAR_ONE = 0.02  # a Pareto law's sums have no fixed centre at α = 1; nearer than this it is moved away
QUARTILES = 2 * 0.6744897501960817  # of the standard normal law, from one to the other
AIMED = 400_000  # draws by which a skewed law's own trimmed mean and pseudo-median are found


def law_of(name: str, *, alpha: float, sigma: float, p: float) -> Law:
    """The law of that name at its dial: α of Pareto, Student (ν) and stable laws, σ of log-normal ones, p of a coin."""
    from cutaway.science.tails import laws

    if name == "pareto":
        return laws.pareto(alpha if abs(alpha - 1) >= NEAR_ONE else 1 + math.copysign(NEAR_ONE, alpha - 1))
    if name == "student":
        return laws.student(alpha)
    if name == "stable":
        return stable(min(alpha, 2.0))
    if name == "lognormal":
        return laws.lognormal(sigma)
    return laws.coin(p) if name == "coin" else {"exponential": laws.exponential, "uniform": laws.uniform}[name]()


def stable(alpha: float) -> Law:
    """The symmetric stable law of scale 1: its sums, divided by n^(1/α), have it again. α = 2: variance 2."""
    from cutaway.science import tails

    weight = 0.0 if alpha == 2 else math.sin(math.pi * alpha / 2) * math.gamma(alpha) / math.pi
    return tails.Law(
        name=f"stable, α = {alpha:g}",
        draw=lambda random, n: tails.stable_draws(n, alpha=alpha, random=random),
        mean=0.0 if alpha > 1 else math.nan,
        sd=math.sqrt(2) if alpha == 2 else math.inf,
        third=2**1.5 * 2 * math.sqrt(2 / math.pi) if alpha == 2 else math.inf,
        median=0.0,
        symmetric=True,
        index=math.inf if alpha == 2 else alpha,
        right=weight,
        left=weight,
    )


def column_law(values: np.ndarray, name: str) -> Law:
    """Rows drawn with replacement from a column (n,): as if it were all there is.

    Raises: InputError for a column with one value only.
    """
    from cutaway.science import tails

    mean, sd = float(values.mean()), float(values.std())
    if not sd > 1e-12 * max(1.0, abs(mean)):
        raise InputError(f"study clt: expected a column with two values or more, got {name!r} with one; choose another")
    return tails.Law(
        name=name,
        draw=lambda random, n: values[random.integers(0, values.size, n)],
        mean=mean,
        sd=sd,
        third=float((np.abs(values - mean) ** 3).mean()),
        median=float(np.median(values)),
    )


@dataclass(frozen=True, slots=True)
class Bell:
    """The normal law that a pile of scaled sums is held to."""

    mean: float
    sd: float

    def distribution(self, x: np.ndarray) -> np.ndarray:
        """P(X ≤ x)."""
        from cutaway.science import tails

        return tails.normal_distribution((x - self.mean) / self.sd)


def bell_of(law: Law, sums: np.ndarray) -> Bell:
    """The standard one where there is a variance; else the one with the quartiles of the sums, as no other is given."""
    if math.isfinite(law.sd):
        return Bell(0.0, 1.0)
    lower, middle, upper = np.quantile(sums, [0.25, 0.5, 0.75]).tolist()
    return Bell(middle, (upper - lower) / QUARTILES)


@dataclass(frozen=True, slots=True)
class Limit:
    """What the scaled sums tend to: its distribution at places x (k,), ascending, and in the middle its density."""

    x: np.ndarray
    share: np.ndarray
    low: float
    high: float

    def distribution(self, x: np.ndarray) -> np.ndarray:
        """P(X ≤ x), between the places by straight lines."""
        return np.asarray(np.interp(x, self.x, self.share))

    @property
    def density(self) -> tuple[np.ndarray, np.ndarray]:
        """Places from `low` to `high` and the density there."""
        inside = (self.x[:-1] >= self.low) & (self.x[1:] <= self.high)
        middle, rise = (self.x[1:] + self.x[:-1]) / 2, np.diff(self.share) / np.diff(self.x)
        return middle[inside], rise[inside]


def limit_of(law: Law, low: float, high: float, places: int = 240) -> Limit:
    """Computed once, closely from `low` to `high` and ever more coarsely to a million times as far out."""
    from cutaway.science import tails

    far = (high - low) * np.geomspace(0.01, 1e6, 60)
    x = np.concatenate((low - far[::-1], np.linspace(low, high, places), high + far))
    return Limit(x, np.maximum.accumulate(tails.limit_distribution(law)(x)), low, high)


def window(law: Law, sums: np.ndarray) -> tuple[float, float]:
    """From where to where a pile of scaled sums is drawn: four standard deviations, or six times its middle half."""
    if math.isfinite(law.sd):
        return -4.0, 4.0
    lower, middle, upper = np.quantile(sums, [0.25, 0.5, 0.75]).tolist()
    return middle - 6 * (middle - lower), middle + 6 * (upper - middle)


def aims(law: Law, seed: int, methods: Mapping[str, object]) -> dict[str, float]:
    """What each estimate of location is after under the law; NaN where there is no such thing.

    The means are after the mean; the others after what they would find in the whole law.
    """
    from cutaway.science.tails import trimmed_location

    if law.symmetric:
        return dict.fromkeys(methods, law.median)
    draws = law.draw(np.random.default_rng((seed, 77)), 2 * AIMED)
    pseudo = float(np.median((draws[:AIMED] + draws[AIMED:]) / 2))
    after = {"median": law.median, "trimmed mean": trimmed_location(draws).value, "Hodges–Lehmann": pseudo}
    return {name: after.get(name, law.mean) for name in methods}
