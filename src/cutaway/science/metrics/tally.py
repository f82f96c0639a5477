"""Labels counted by score: what every measure of calibration needs to know of the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.metrics import binning
from cutaway.science.metrics.histogram import ScoreHistogram

CERTAIN = 52 * float(np.log(2.0))  # log-odds of 1 - 2⁻⁵², the largest probability below 1 that has room for error


@dataclass(frozen=True, eq=False)
class Tally:
    """Weight of negatives and positives at each distinct score, the scores being log-odds in ascending order.

    From rows it is exact. From a histogram every row takes the middle of its bin, at most 0.0003 away between
    probabilities of 0.7 and 99.3 %; the two outermost bins, beyond log-odds of ±131,000, count as certain.
    """

    logits: np.ndarray  # (m,) float64, ascending, ±inf allowed
    negatives: np.ndarray  # (m,) float64
    positives: np.ndarray  # (m,) float64
    squares: float  # Σ weight², for the effective number of rows

    @classmethod
    def of(cls, y: np.ndarray, p: np.ndarray, weight: np.ndarray | None = None) -> Tally:
        """From labels `y` (n,) 0 or 1, probabilities `p` (n,), `weight` (n,) or None for ones.

        Raises: InputError for unequal lengths, labels other than 0 and 1, probabilities outside [0, 1] or NaN.
        """
        return cls.of_logits(y, binning.log_odds(p), weight)

    @classmethod
    def of_logits(cls, y: np.ndarray, logits: np.ndarray, weight: np.ndarray | None = None) -> Tally:
        """As `of`, from log-odds (n,), which keep probabilities beyond 1 - 10⁻¹⁶ apart."""
        y, logits = np.asarray(y), np.asarray(logits, dtype=float)
        w = np.ones(y.shape) if weight is None else np.asarray(weight, dtype=float)
        if y.ndim != 1 or not y.shape == logits.shape == w.shape:
            raise InputError(
                f"logits: Tally expected one score and weight a label, got {logits.shape} and {w.shape} for {y.shape}; "
                f"pass columns of one table"
            )
        for name, wrong in (
            ("logits", np.isnan(logits)),
            ("y", (y != 0) & (y != 1)),
            ("weight", ~((w >= 0) & np.isfinite(w))),
        ):
            if wrong.any():
                row = int(np.flatnonzero(wrong)[0])
                value = {"logits": logits, "y": y, "weight": w}[name][row]
                expected = {"logits": "numbers", "y": "labels 0 or 1", "weight": "finite weights of 0 or more"}[name]
                raise InputError(f"{name}: Tally expected {expected}, got {value} at row {row}; drop or mend it")
        distinct, place = np.unique(logits, return_inverse=True)
        positive = y == 1
        pos = np.bincount(place[positive], weights=w[positive], minlength=distinct.size)
        neg = np.bincount(place[~positive], weights=w[~positive], minlength=distinct.size)
        return cls(distinct, neg, pos, float(w @ w))

    @classmethod
    def of_histogram(cls, histogram: ScoreHistogram) -> Tally:
        """From the bins that hold rows."""
        there = np.flatnonzero(histogram.counts.any(axis=0))
        ends = histogram.edges()
        with np.errstate(invalid="ignore"):
            middle = (ends[there] + ends[there + 1]) / 2
        neg, pos = histogram.counts[:, there]
        return cls(middle, neg, pos, histogram.squares)

    @classmethod
    def read(cls, counted: Tally | ScoreHistogram) -> Tally:
        """What the functions of calibration take: a tally as it is, or a histogram of log-odds."""
        return counted if isinstance(counted, Tally) else cls.of_histogram(counted)

    @classmethod
    def together(cls, parts: Sequence[Tally]) -> Tally:
        """The rows of several tallies; equal scores of different ones stay apart. No parts give no rows."""
        logits = np.concatenate([np.empty(0), *(t.logits for t in parts)])
        order = np.argsort(logits, kind="stable")
        neg, pos = (
            np.concatenate([np.empty(0), *each])[order]
            for each in ([t.negatives for t in parts], [t.positives for t in parts])
        )
        return cls(logits[order], neg, pos, float(sum(t.squares for t in parts)))

    @property
    def p(self) -> np.ndarray:
        """The scores as probabilities (m,)."""
        return sigmoid(self.logits)

    @cached_property
    def weight(self) -> np.ndarray:
        """Weight of the rows at each score (m,)."""
        return np.asarray(self.negatives + self.positives)

    @property
    def total(self) -> float:
        """Weight of all rows."""
        return float(self.weight.sum())

    @property
    def prevalence(self) -> float:
        """Weighted share of positives; NaN without rows."""
        weight = self.total
        return float(self.positives.sum()) / weight if weight > 0 else float("nan")

    @property
    def mean_score(self) -> float:
        """Weighted mean of the probabilities; NaN without rows."""
        weight = self.total
        return total(self.weight * self.p) / weight if weight > 0 else float("nan")

    @property
    def logit_gap(self) -> float:
        """Log-odds of the mean score less that of the prevalence: a first guess of the shift; 0 where one is 0 or 1."""
        mean, share = self.mean_score, self.prevalence
        if not (0 < mean < 1 and 0 < share < 1):
            return 0.0
        return float(np.log(mean / (1 - mean)) - np.log(share / (1 - share)))

    @property
    def scale(self) -> float:
        """Effective rows for each unit of weight, Σw / Σw²; 1 for unit weights, NaN without rows. Source: Kish 1965."""
        return self.total / self.squares if self.squares > 0 else float("nan")

    @property
    def one_class(self) -> bool:
        """Whether positives or negatives are missing, so that most measures are undefined."""
        return not (self.positives.any() and self.negatives.any())

    @property
    def finite(self) -> np.ndarray:
        """The log-odds (m,), those of certain scores pulled in to ±`CERTAIN`, for fits that need finite numbers."""
        return np.asarray(np.clip(self.logits, -CERTAIN, CERTAIN))

    @cached_property
    def uncertain(self) -> Tally:
        """The rows whose score is neither 0 nor 1, which alone have log-odds that can be shifted or stretched.

        Their effective number is that share of all rows' by weight.
        """
        kept = np.isfinite(self.logits)
        if kept.all():
            return self
        share = float(self.weight[kept].sum()) / self.total if self.total > 0 else 0.0
        return Tally(self.logits[kept], self.negatives[kept], self.positives[kept], self.squares * share)

    def at(self, logits: np.ndarray) -> Tally:
        """The same labels at other log-odds (m,), which must ascend as well; equal ones stay apart."""
        return Tally(np.asarray(logits, dtype=float), self.negatives, self.positives, self.squares)


def total(values: np.ndarray) -> float:
    """The sum, in this thread: a BLAS product of a few thousand numbers would wake others, and wait for them."""
    return float(np.add.reduce(values))


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Probabilities of log-odds (m,), exact to the last digits at both ends."""
    small = np.exp(-np.abs(logits))
    return np.asarray(np.where(logits >= 0, 1.0, small) / (1.0 + small))
