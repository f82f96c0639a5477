"""What the tails of one column say, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["no mean", "no variance", "finite variance or undecided"]
Side = Literal["right", "left", "both", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class TailReport:
    """The verdict on a column's variance and mean, why, and the estimates behind it.

    `alpha`, `low`, `high`: the tail index by maximum likelihood above `threshold`, with its 95 % interval; inf where
    the tail falls as fast as an exponential one or faster, NaN where no law could be fitted. `hill`, `hill_low`,
    `hill_high`: Hill's estimate from the same `points` values, as distances from `centre`, with the interval that holds
    for an exact Pareto tail: it is biased where the tail only approaches one, and is there for comparison. `side`: the
    tail that was judged; for "both" the threshold is a distance from `centre`, otherwise a value of the column.
    `p_variance`: one-sided p-value of α ≥ 2. `against_lognormal` and `against_mixture`: by how much the power law's
    log-likelihood exceeds that of the best log-normal column, and of the best two components of finite variance; NaN
    where an earlier step had decided. `repeats`: values set aside because the outermost value occurs more than once.
    """

    verdict: Verdict
    reason: str
    n: int
    side: Side = ""
    alpha: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    hill: float = float("nan")
    hill_low: float = float("nan")
    hill_high: float = float("nan")
    threshold: float = float("nan")
    centre: float = float("nan")
    points: int = 0
    p_variance: float = 1.0
    against_lognormal: float = float("nan")
    against_mixture: float = float("nan")
    repeats: int = 0
    method: str = "generalised Pareto law above a threshold, maximum likelihood, profile-likelihood interval"
