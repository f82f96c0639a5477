"""The binormal model of a score: both classes normal with standard deviation 1, so that every rate has a formula."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError


@dataclass(frozen=True, slots=True)
class Binormal:
    """Scores of negatives are N(0, 1), of positives N(separation, 1); a row is called positive from a threshold on.

    `separation` is d′ of signal detection: how many standard deviations apart the classes lie; 0 is a coin. No rate
    but precision depends on how common positives are.

    Source: Green & Swets 1966, chapter 3.

    >>> model = Binormal(2.5631)  # nine in ten of either class on the right side of the middle
    >>> [round(float(rate), 3) for rate in (model.recall(1.28155), model.specificity(1.28155))]
    [0.9, 0.9]
    >>> round(float(model.precision(1.28155, 0.01)), 3)
    0.083
    """

    separation: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.separation):
            raise InputError(f"separation: Binormal expected a finite number, got {self.separation}")

    def recall(self, threshold: np.ndarray | float) -> np.ndarray:
        """Chance that a positive is called positive, Φ(separation - threshold)."""
        from scipy.special import ndtr

        return np.asarray(ndtr(self.separation - np.asarray(threshold, dtype=float)))

    def specificity(self, threshold: np.ndarray | float) -> np.ndarray:
        """Chance that a negative is called negative, Φ(threshold)."""
        from scipy.special import ndtr

        return np.asarray(ndtr(np.asarray(threshold, dtype=float)))

    def false_alarm_rate(self, threshold: np.ndarray | float) -> np.ndarray:
        """Chance that a negative is called positive, Φ(-threshold), without the loss of digits of 1 - Φ(threshold)."""
        from scipy.special import ndtr

        return np.asarray(ndtr(-np.asarray(threshold, dtype=float)))

    def precision(self, threshold: np.ndarray | float, prevalence: np.ndarray | float) -> np.ndarray:
        """Share of positives among those called positive, by Bayes; NaN where nobody is called positive."""
        prevalence = np.asarray(prevalence, dtype=float)
        hits = self.recall(threshold) * prevalence
        called = hits + self.false_alarm_rate(threshold) * (1 - prevalence)
        return np.asarray(np.divide(hits, called, out=np.full(called.shape, np.nan), where=called > 0))

    def log_odds(self, scores: np.ndarray, prevalence: float) -> np.ndarray:
        """Log-odds of a positive at each score, logit(prevalence) + d s - d² / 2: what a calibrated classifier says.

        Raises: InputError for a prevalence that is not between 0 and 1.
        """
        if not 0 < prevalence < 1:
            raise InputError(f"prevalence: log_odds expected a share between 0 and 1, both excluded, got {prevalence}")
        d = self.separation
        return np.asarray(math.log(prevalence / (1 - prevalence)) + d * np.asarray(scores, dtype=float) - d * d / 2)
