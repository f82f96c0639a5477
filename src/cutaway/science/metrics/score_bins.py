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

    Log-odds, because scores of a rare class crowd at 0. A probability of 0.5 is always an end of a bin. Scores beyond
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
    ends = [_end(tally.finite, each, share) for each in (tally.negatives, tally.positives) for share in (0.001, 0.999)]
    known = [end for end in ends if end is not None]
    low, high = min(known), max(known)
    width = max(high - low, 0.01) / bins
    edges = np.arange(np.floor(low / width), np.ceil(high / width) + 1) * width
    if edges.size < 2:
        edges = np.array([edges[0], edges[0] + width])
    place = np.clip(np.searchsorted(edges, tally.logits, "right") - 1, 0, edges.size - 2)
    neg, pos = (np.bincount(place, weights=w, minlength=edges.size - 1) for w in (tally.negatives, tally.positives))
    p = sigmoid(edges)
    return ScoreBins(np.append(0.0, p[1:-1]), np.append(p[1:-1], 1.0), neg, pos)


def _end(logits: np.ndarray, weight: np.ndarray, share: float) -> float | None:
    """The score below which this share of the class lies; None without the class."""
    up = np.cumsum(weight)
    return float(logits[np.searchsorted(up, share * up[-1])]) if up[-1] > 0 else None
