"""Corrections of scores: small values that are fitted once and then called with probabilities.

Each has `logits(s)`, from log-odds to log-odds, and `__call__(p)`, from probabilities to probabilities; both keep the
shape of their input. Fit a correction on rows that the model was not trained on, and judge it on others again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.metrics.binning import log_odds
from cutaway.science.metrics.decomposition import recalibrated
from cutaway.science.metrics.histogram import ScoreHistogram
from cutaway.science.metrics.recalibration import logistic, separating
from cutaway.science.metrics.tally import CERTAIN, Tally, sigmoid


class Correction(Protocol):
    """What maps scores to better ones."""

    def logits(self, s: np.ndarray, /) -> np.ndarray:
        """Corrected log-odds of log-odds."""

    def __call__(self, p: np.ndarray, /) -> np.ndarray:
        """Corrected probabilities of probabilities."""


def corrected(counted: Tally | ScoreHistogram, correction: Correction) -> Tally:
    """The same labels at the corrected scores."""
    tally = Tally.read(counted)
    s = np.asarray(correction.logits(tally.logits))
    order = np.argsort(s, kind="stable")
    return Tally(s[order], tally.negatives[order], tally.positives[order], tally.squares)


@dataclass(frozen=True, slots=True)
class LogOddsShift:
    """Adds `shift` to every log-odds: p' = p e^shift / (1 - p + p e^shift); 0 and 1 stay.

    What class weights, resampling, or a changed base rate do to a calibrated score, and what undoes them. `exact`:
    whether it undoes them exactly (a logistic model with its intercept unpenalised and its form right), or only to a
    first approximation (trees, boosting, neural networks, a penalised intercept).
    """

    shift: float
    exact: bool = True

    @classmethod
    def undo_class_weight(cls, positive: float, negative: float = 1.0, *, exact: bool = True) -> LogOddsShift:
        """Undoes training with these weights of the two classes: shift = -log(positive / negative).

        Weights multiply the odds that the loss is minimised by: w₁ p / (w₀ (1 - p)). A model linear in the log-odds
        takes them up in its intercept and nowhere else.

        Raises: InputError for weights that are not positive and finite.
        Source: King & Zeng 2001, section 4.2; Prentice & Pyke 1979 on why slopes stay.

        >>> LogOddsShift.undo_class_weight(49)(np.array([0.5])).round(6).tolist()
        [0.02]
        """
        return cls(-math.log(_above_zero(positive, "positive") / _above_zero(negative, "negative")), exact)

    @classmethod
    def undo_resampling(cls, kept_positives: float, kept_negatives: float, *, exact: bool = True) -> LogOddsShift:
        """Undoes training on a sample with these shares (or multiples) of the two classes' rows kept.

        shift = -log(kept_positives / kept_negatives); undersampling negatives to a tenth is (1, 0.1), oversampling
        positives fivefold (5, 1).

        Raises: InputError for shares that are not positive and finite.
        Source: Dal Pozzolo, Caelen, Johnson & Bontempi 2015, equation 4.
        """
        kept = _above_zero(kept_positives, "kept_positives") / _above_zero(kept_negatives, "kept_negatives")
        return cls(-math.log(kept), exact)

    @classmethod
    def prior(cls, before: float, after: float) -> LogOddsShift:
        """From the base rate that scores were made for to another, the classes themselves unchanged.

        shift = log-odds(after) - log-odds(before).

        Raises: InputError for rates outside (0, 1).
        Source: Elkan 2001, "The foundations of cost-sensitive learning", theorem 2; Saerens, Latinne & Decaestecker
        2002, equation 2.4.

        >>> LogOddsShift.prior(0.5, 0.02)(np.array([0.5])).round(6).tolist()
        [0.02]
        """
        for name, rate in (("before", before), ("after", after)):
            if not 0 < rate < 1:
                raise InputError(f"{name}: LogOddsShift.prior expected a rate between 0 and 1, got {rate}")
        return cls(math.log(after / (1 - after)) - math.log(before / (1 - before)))

    @property
    def inverse(self) -> LogOddsShift:
        """The shift that undoes this one."""
        return LogOddsShift(-self.shift, self.exact)

    @property
    def undone_weight(self) -> float:
        """The ratio of class weights, positive to negative, that this shift undoes."""
        return math.exp(-self.shift)

    def logits(self, s: np.ndarray, /) -> np.ndarray:
        """Shifted log-odds."""
        return np.asarray(s, dtype=float) + self.shift

    def __call__(self, p: np.ndarray, /) -> np.ndarray:
        """Shifted probabilities."""
        return sigmoid(self.logits(log_odds(p)))


@dataclass(frozen=True, slots=True)
class Platt:
    """log-odds' = intercept + slope · log-odds."""

    slope: float
    intercept: float

    @classmethod
    def fit(cls, counted: Tally | ScoreHistogram, smooth: bool = True) -> Platt:
        """By maximum likelihood; `smooth` draws the labels in by one row of each class, as Platt does.

        Smoothed, a positive counts (n₁ + 1) / (n₁ + 2) and a negative 1 / (n₀ + 2), so that separated classes give a
        finite slope; without it, separated classes are refused. Rows scored exactly 0 or 1 are left out of the fit.

        Raises: InputError with one class or one distinct score, and unsmoothed where the scores separate the classes.
        Source: Platt 1999, section 2.2; on log-odds in place of a margin.
        """
        tally = Tally.read(counted).uncertain
        _fittable(tally, "Platt.fit")
        if not smooth and separating(tally):
            raise InputError("counted: Platt.fit expected overlapping classes, got separated ones; pass smooth=True")
        negatives, positives = _drawn_in(tally) if smooth else (tally.negatives, tally.positives)
        columns = [np.ones(tally.finite.size), tally.finite]
        beta, _, _ = logistic(columns, negatives, positives, np.array([0.0, 1.0]))
        return cls(float(beta[1]), float(beta[0]))

    @property
    def inverse(self) -> Platt:
        """The line that undoes this one. Raises: InputError for a slope of 0."""
        if self.slope == 0:
            raise InputError("slope: Platt.inverse expected a slope other than 0, got 0; nothing is left to undo")
        return Platt(1 / self.slope, -self.intercept / self.slope)

    def logits(self, s: np.ndarray, /) -> np.ndarray:
        """Log-odds on the line."""
        return self.intercept + self.slope * np.asarray(s, dtype=float)

    def __call__(self, p: np.ndarray, /) -> np.ndarray:
        """Probabilities on the line."""
        return sigmoid(self.logits(log_odds(p)))


@dataclass(frozen=True, eq=False)
class Isotonic:
    """The nondecreasing function closest to the labels: straight lines between `knots`, level beyond them."""

    knots: np.ndarray  # (k,) probabilities, ascending
    values: np.ndarray  # (k,) probabilities, nondecreasing

    @classmethod
    def fit(cls, counted: Tally | ScoreHistogram) -> Isotonic:
        """By pooling adjacent violators; only the ends of each level stretch are kept.

        Probabilities of exactly 0 and 1 come out where the first or last rows are of one class: their log loss is
        infinite when wrong.

        Raises: InputError without rows.
        Source: Zadrozny & Elkan 2002.
        """
        tally = Tally.read(counted)
        if not tally.total > 0:
            raise InputError("counted: Isotonic.fit expected rows, got none; pass scores with labels")
        knots, first = np.unique(tally.p, return_index=True)
        values = recalibrated(tally)
        last = np.append(first[1:], values.size) - 1
        values = (values[first] + values[last]) / 2  # scores that are one as probabilities
        ends = np.ones(values.size, dtype=bool)
        ends[1:-1] = (values[1:-1] != values[:-2]) | (values[1:-1] != values[2:])
        return cls(knots[ends], values[ends])

    def logits(self, s: np.ndarray, /) -> np.ndarray:
        """Log-odds of the function's value."""
        return log_odds(self(sigmoid(np.asarray(s, dtype=float))))

    def __call__(self, p: np.ndarray, /) -> np.ndarray:
        """The function's value."""
        return np.asarray(np.interp(p, self.knots, self.values))


@dataclass(frozen=True, slots=True)
class Beta:
    """log-odds' = c + a log p - b log(1 - p), with a, b of at least 0; a = b is Platt's line."""

    a: float
    b: float
    c: float

    @classmethod
    def fit(cls, counted: Tally | ScoreHistogram) -> Beta:
        """By maximum likelihood; a coefficient that would be negative is left out and the rest fitted again.

        Where the scores separate the classes the labels are drawn in as by `Platt.fit`. Rows scored exactly 0 or 1 are
        left out of the fit.

        Raises: InputError with one class or one distinct score.
        Source: Kull, Silva Filho & Flach 2017, "Beta calibration", section 4.
        """
        tally = Tally.read(counted).uncertain
        _fittable(tally, "Beta.fit")
        negatives, positives = _drawn_in(tally) if separating(tally) else (tally.negatives, tally.positives)
        parts = [np.ones(tally.finite.size), *_parts(tally.finite)]
        kept = [0, 1, 2]
        while True:
            start = np.array([0.0, 1.0, 1.0])[kept]
            beta, _, _ = logistic([parts[k] for k in kept], negatives, positives, start)
            negative = [k for k, b in zip(kept, beta, strict=True) if k and b < 0]
            if not negative:
                break
            kept.remove(min(negative, key=lambda k: beta[kept.index(k)]))
        full = np.zeros(3)
        full[kept] = beta
        return cls(float(full[1]), float(full[2]), float(full[0]))

    def logits(self, s: np.ndarray, /) -> np.ndarray:
        """Log-odds on the curve; scores of 0 and 1 are taken at 2⁻⁵² from the end."""
        up, down = _parts(np.clip(np.asarray(s, dtype=float), -CERTAIN, CERTAIN))
        return np.asarray(self.c + self.a * up + self.b * down)

    def __call__(self, p: np.ndarray, /) -> np.ndarray:
        """Probabilities on the curve."""
        return sigmoid(self.logits(log_odds(p)))


def _parts(s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The columns log p and -log(1 - p)."""
    return -np.logaddexp(0.0, -s), np.logaddexp(0.0, s)


def _drawn_in(tally: Tally) -> tuple[np.ndarray, np.ndarray]:
    """Negatives and positives with Platt's targets."""
    up = 1 / (float(tally.positives.sum()) * tally.scale + 2)
    down = 1 / (float(tally.negatives.sum()) * tally.scale + 2)
    return (
        tally.negatives * (1 - down) + tally.positives * up,
        tally.positives * (1 - up) + tally.negatives * down,
    )


def _fittable(tally: Tally, function: str) -> None:
    if tally.one_class:
        raise InputError(f"counted: {function} expected rows of both classes, got one or none; pass more rows")
    if tally.finite[0] == tally.finite[-1]:
        raise InputError(f"counted: {function} expected different scores, got one; there is no slope to fit")


def _above_zero(value: float, name: str) -> float:
    if not 0 < value < math.inf:
        raise InputError(f"{name}: LogOddsShift expected a finite number above 0, got {value}")
    return value
