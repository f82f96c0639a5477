"""Scores of the two classes in a few dozen bins, for a picture of where they lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.metrics.histogram import ScoreHistogram
from cutaway.science.metrics.tally import Tally, sigmoid


@dataclass(frozen=True, eq=False)
class ScoreBins:
    """Weight of each class in bins of equal width in log-odds; the outermost reach to 0 and 1."""

    low: np.ndarray  # (b,) probabilities
    high: np.ndarray  # (b,)
    negatives: np.ndarray  # (b,)
    positives: np.ndarray  # (b,)

    @property
    def columns(self) -> dict[str, Any]:
        """Columns by the names that a page knows."""
        return {"low": self.low, "high": self.high, "negatives": self.negatives, "positives": self.positives}


def score_bins(counted: Tally | ScoreHistogram, bins: int = 60) -> ScoreBins:
    """Bins of equal width in log-odds, between the scores that leave a thousandth of either class outside.

    Where that thousandth lies far off, the bins end half the spread of a class (between its 1 % and 99 % points) beyond
    it, so that a few certain rows do not squeeze all others together. Log-odds, because scores of a rare class crowd
    at 0. A probability of 0.5 is always an end of a bin. Scores beyond
    the outermost ends, certain ones among them, count in the outermost bins. Without rows every array is empty.

    Raises: InputError for fewer than two bins.

    >>> found = score_bins(Tally.of(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.3, 0.9])), 4)
    >>> found.high.round(2).tolist(), found.negatives.tolist(), found.positives.tolist()
    ([0.25, 0.5, 0.75, 0.9, 1.0], [1.0, 1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 1.0])
    """
    if bins < 2:
        raise InputError(f"bins: score_bins expected at least 2, got {bins}; 60 show a distribution")
    tally = Tally.read(counted)
    if not tally.total > 0:
        empty = np.empty(0)
        return ScoreBins(empty, empty, empty, empty)
    known = [_ends(tally.finite, each) for each in (tally.negatives, tally.positives) if each.sum() > 0]
    low, high = min(low for low, _ in known), max(high for _, high in known)
    width = max(high - low, 0.01) / bins
    edges = np.arange(np.floor(low / width), np.ceil(high / width) + 1) * width
    if edges.size < 2:
        edges = np.array([edges[0], edges[0] + width])
    place = np.clip(np.searchsorted(edges, tally.logits, "right") - 1, 0, edges.size - 2)
    neg, pos = (np.bincount(place, weights=w, minlength=edges.size - 1) for w in (tally.negatives, tally.positives))
    p = sigmoid(edges)
    return ScoreBins(np.append(0.0, p[1:-1]), np.append(p[1:-1], 1.0), neg, pos)


def _ends(logits: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """Between which scores a class is drawn."""
    up = np.cumsum(weight)
    first, one, ninety_nine, last = logits[np.searchsorted(up, np.array([0.001, 0.01, 0.99, 0.999]) * up[-1])]
    reach = (ninety_nine - one) / 2
    return float(max(first, one - reach)), float(min(last, ninety_nine + reach))
