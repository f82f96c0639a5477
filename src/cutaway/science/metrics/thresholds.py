"""Where to cut a score: by cost, by recall or precision, by how many alarms can be handled.

A cut is a log-odds; a row is flagged when its score is at least the cut. `Cuts` lists every cut that makes a
difference with what it flags; a rule picks one of them. Per-row costs need no rule of their own: make the histogram (or
the `Cuts.of`) with each row's cost as its weight, and pick `LeastCost(1, 1)`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.metrics.estimate import Estimate
from cutaway.science.metrics.histogram import ScoreHistogram
from cutaway.science.metrics.rates import wilson
from cutaway.science.metrics.tally import Tally

PointRate = Literal["recall", "precision", "specificity", "alarms"]


@dataclass(frozen=True, eq=False)
class Cuts:
    """Every cut, ascending, with the weight of negatives and positives that it flags."""

    logits: np.ndarray  # (m + 1,), -inf first (flags all), inf last (flags none)
    fp: np.ndarray  # (m + 1,) weight of negatives flagged
    tp: np.ndarray  # (m + 1,) weight of positives flagged
    squares: float  # Σ weight²

    @classmethod
    def of(cls, y: np.ndarray, logits: np.ndarray, weight: np.ndarray | None = None) -> Cuts:
        """From rows; the cut between two neighbouring scores is half way. Raises: InputError as `Tally.of_logits`."""
        tally = Tally.of_logits(y, logits, weight)
        s = tally.finite
        cuts = np.concatenate([[-math.inf], (s[1:] + s[:-1]) / 2, [math.inf]])[: s.size + 1]
        return cls(cuts, _above(tally.negatives), _above(tally.positives), tally.squares)

    @classmethod
    def of_histogram(cls, histogram: ScoreHistogram) -> Cuts:
        """From a histogram: the cuts are the edges of its bins, empty ones too, the same for every histogram."""
        neg, pos = histogram.counts
        return cls(histogram.edges(), _above(neg), _above(pos), histogram.squares)

    @property
    def negatives(self) -> float:
        """Weight of the negatives."""
        return float(self.fp[0])

    @property
    def positives(self) -> float:
        """Weight of the positives."""
        return float(self.tp[0])

    @property
    def total(self) -> float:
        """Weight of all rows."""
        return self.negatives + self.positives

    @property
    def scale(self) -> float:
        """Effective rows for each unit of weight; NaN without rows."""
        return self.total / self.squares if self.squares > 0 else math.nan

    def place(self, logit: float) -> int:
        """Index of the first cut at or above `logit`."""
        return int(np.searchsorted(self.logits, logit))

    def point(self, index: int) -> OperatingPoint:
        """What the cut of that index decides."""
        fp, tp = float(self.fp[index]), float(self.tp[index])
        return OperatingPoint(float(self.logits[index]), self.negatives - fp, fp, self.positives - tp, tp, self.scale)


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """One cut, as a log-odds, and the weight of rows that it decides rightly and wrongly."""

    logit: float
    tn: float
    fp: float
    fn: float
    tp: float
    scale: float = 1.0  # effective rows for each unit of weight

    @property
    def cut(self) -> float:
        """The cut as a probability."""
        return 1 / (1 + math.exp(-self.logit)) if self.logit > -700 else 0.0

    @property
    def recall(self) -> float:
        """Tp / (tp + fn); NaN without positives."""
        return _ratio(self.tp, self.tp + self.fn)

    @property
    def precision(self) -> float:
        """Tp / (tp + fp); NaN where nothing is flagged."""
        return _ratio(self.tp, self.tp + self.fp)

    @property
    def specificity(self) -> float:
        """Tn / (tn + fp); NaN without negatives."""
        return _ratio(self.tn, self.tn + self.fp)

    @property
    def alarms(self) -> float:
        """Share of rows flagged; NaN without rows."""
        return _ratio(self.tp + self.fp, self.tp + self.fp + self.tn + self.fn)

    def estimate(self, rate: PointRate, level: float = 0.95) -> Estimate:
        """One of the rates with Wilson's interval, for a cut that was not chosen on these rows.

        Weights enter by their effective number. NaN in (0, 1) where the rate is undefined.

        >>> point = OperatingPoint(0.0, tn=80, fp=10, fn=2, tp=8)
        >>> [round(v, 3) for v in (point.estimate("recall").low, point.recall, point.estimate("recall").high)]
        [0.49, 0.8, 0.943]
        """
        from scipy.special import ndtri

        part, whole = {
            "recall": (self.tp, self.tp + self.fn),
            "precision": (self.tp, self.tp + self.fp),
            "specificity": (self.tn, self.tn + self.fp),
            "alarms": (self.tp + self.fp, self.tp + self.fp + self.tn + self.fn),
        }[rate]
        if not whole > 0:
            return Estimate(math.nan, 0.0, 1.0, "Wilson", level)
        low, high = wilson(min(part, whole) * self.scale, whole * self.scale, float(ndtri(0.5 + level / 2)))
        return Estimate(part / whole, low, high, "Wilson", level)

    def cost(self, fp: float, fn: float) -> float:
        """Expected cost a row, with `fp` for a false alarm and `fn` for a miss; NaN without rows."""
        return _ratio(fp * self.fp + fn * self.fn, self.tp + self.fp + self.tn + self.fn)


class Rule(Protocol):
    """How to pick a cut."""

    def __call__(self, cuts: Cuts, /) -> int:
        """Index of the cut picked."""


@dataclass(frozen=True, slots=True)
class LeastCost:
    """The cut of least cost, with `fp` for a false alarm and `fn` for a miss; the middle of the longest stretch when
    several cost the same.

    >>> y, s = np.array([0, 0, 1, 0, 1, 1]), np.arange(6.0)
    >>> [float(Cuts.of(y, s).logits[LeastCost(1, fn)(Cuts.of(y, s))]) for fn in (0.5, 5)]
    [3.5, 1.5]
    """

    fp: float
    fn: float

    def __post_init__(self) -> None:
        for name in ("fp", "fn"):
            _cost(getattr(self, name), name)

    def __call__(self, cuts: Cuts, /) -> int:
        """Index of the cut of least cost."""
        cost = self.fp * cuts.fp + self.fn * (cuts.positives - cuts.tp)
        least = float(cost.min())
        return _middle(cost <= least + 1e-9 * max(self.fp * cuts.negatives, self.fn * cuts.positives))


@dataclass(frozen=True, slots=True)
class RecallAtLeast:
    """The cut of best precision among those that catch at least this share of the positives."""

    recall: float

    def __post_init__(self) -> None:
        _share(self.recall, "recall")

    def __call__(self, cuts: Cuts, /) -> int:
        """Index of the cut; the highest one when several are as precise."""
        allowed = cuts.tp >= self.recall * cuts.positives * (1 - 1e-12)
        return _best(np.where(allowed, _precision(cuts), -1.0))


@dataclass(frozen=True, slots=True)
class PrecisionAtLeast:
    """The cut of best recall among those whose alarms are right at least this often; flags nothing where none is."""

    precision: float

    def __post_init__(self) -> None:
        _share(self.precision, "precision")

    def __call__(self, cuts: Cuts, /) -> int:
        """Index of the cut; the highest one when several catch as many."""
        allowed = (_precision(cuts) >= self.precision * (1 - 1e-12)) & (cuts.tp > 0)
        return _best(np.where(allowed, cuts.tp, -1.0)) if allowed.any() else cuts.tp.size - 1


@dataclass(frozen=True, slots=True)
class AlarmsAtMost:
    """The lowest cut that flags at most this share of the rows."""

    share: float

    def __post_init__(self) -> None:
        _share(self.share, "share")

    @classmethod
    def a_day(cls, alarms: float, rows: float) -> AlarmsAtMost:
        """From the alarms that can be handled in a day and the rows that a day brings.

        >>> AlarmsAtMost.a_day(50, 20_000)
        AlarmsAtMost(share=0.0025)
        """
        if not (alarms >= 0 and rows > 0):
            raise InputError(f"alarms: AlarmsAtMost expected alarms >= 0 and rows > 0, got {alarms} and {rows}")
        return cls(min(alarms / rows, 1.0))

    def __call__(self, cuts: Cuts, /) -> int:
        """Index of the cut."""
        allowed = cuts.tp + cuts.fp <= self.share * cuts.total * (1 + 1e-12)
        return int(np.argmax(allowed))


def calibrated_cut(fp: float, fn: float, *, tp: float = 0.0, tn: float = 0.0) -> float:
    """The probability from which flagging costs less than not flagging, if the score is the true probability.

    cut = (fp - tn) / (fp - tn + fn - tp): `fp` the cost of a false alarm, `fn` of a miss, `tp` of a right alarm, `tn`
    of rightly staying silent. With tp = tn = 0 it is fp / (fp + fn): 0.5 for equal costs, 1/21 where a miss costs
    twenty false alarms. It depends on the costs alone, not on the base rate.

    Raises: InputError unless both errors cost more than the right decision.
    Source: Elkan 2001, "The foundations of cost-sensitive learning", equation 2.

    >>> calibrated_cut(1, 1), round(calibrated_cut(1, 20), 4)
    (0.5, 0.0476)
    """
    if not (fp > tn and fn > tp and math.isfinite(fp - tn + fn - tp)):
        raise InputError(
            f"fp: calibrated_cut expected errors that cost more than right decisions, got fp={fp}, tn={tn}, fn={fn}, "
            f"tp={tp}; give costs, not gains"
        )
    return (fp - tn) / (fp - tn + fn - tp)


def _above(counts: np.ndarray) -> np.ndarray:
    """Sums from each place to the end, and 0 (m + 1,)."""
    return np.append(np.cumsum(counts[::-1])[::-1], 0.0)


def _precision(cuts: Cuts) -> np.ndarray:
    flagged = cuts.tp + cuts.fp
    return np.asarray(np.divide(cuts.tp, flagged, out=np.zeros_like(flagged), where=flagged > 0))


def _best(value: np.ndarray) -> int:
    """The last index of the largest value, the middle of its stretch of equal values."""
    return _middle(value >= value.max() * (1 - 1e-12), last=True)


def _middle(chosen: np.ndarray, last: bool = False) -> int:
    """Middle of the longest (or the last) stretch of true values."""
    turns = np.flatnonzero(chosen[1:] != chosen[:-1]) + 1
    bounds = np.concatenate([[0], turns, [chosen.size]])
    first = 0 if chosen[0] else 1
    start, stop = bounds[:-1][first::2], bounds[1:][first::2]
    at = -1 if last else int(np.argmax(stop - start))
    return int((start[at] + stop[at] - 1) // 2)


def _ratio(a: float, b: float) -> float:
    return a / b if b > 0 else math.nan


def _cost(value: float, name: str) -> None:
    if not 0 < value < math.inf:
        raise InputError(f"{name}: expected a finite cost above 0, got {value}; right decisions cost nothing")


def _share(value: float, name: str) -> None:
    if not 0 <= value <= 1:
        raise InputError(f"{name}: expected a share between 0 and 1, got {value}")
