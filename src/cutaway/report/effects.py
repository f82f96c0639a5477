"""The plain model's coefficients, ordered and worded for a reader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, isfinite, isnan, log, nan

from cutaway.core.audit import Coefficient
from cutaway.core.wording import step_of
from cutaway.report.numerals import number

SHOWN = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One row of the coefficients' table: a level against its reference, or a step of a number.

    `step` is how many units of the column the odds ratio, its interval and the average marginal effect are of; 1 for
    a level.
    """

    feature: str
    level: str | None
    note: str  # what it is compared with, or which step
    step: float
    log_odds: float
    odds_ratio: float
    low: float
    high: float
    points: float  # average marginal effect of the step, in probability
    p_value: float
    z: float
    target_class: str | None

    @property
    def label(self) -> str:
        """The feature, and its level if it has one."""
        return self.feature if self.level is None else f"{self.feature} {self.level}"

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out an odds ratio of one."""
        return not self.low <= 1 <= self.high


def effect_of(coefficient: Coefficient) -> Effect:
    """One coefficient as a row: odds ratio, interval and marginal effect of a step that a reader can picture.

    A step of s units multiplies the log-odds by s, hence raises the odds ratio and its bounds to the power s; the
    average marginal effect is a slope, so the change over a step is s times it to first order; NaN where the step
    changes the log-odds by more than 1, over which no slope of a probability is straight.
    """
    step = step_of(coefficient.sd) if coefficient.level is None else 1.0
    if coefficient.level is not None:
        note = f"vs {coefficient.reference}" if coefficient.reference is not None else ""
    else:
        note = f"per {number(step)}"
    log_odds = step * coefficient.log_odds
    change = step * coefficient.ame
    z = coefficient.log_odds / coefficient.se if coefficient.se > 0 else 0.0
    return Effect(
        feature=coefficient.feature,
        level=coefficient.level,
        note=note,
        step=step,
        log_odds=log_odds,
        odds_ratio=_power(coefficient.odds_ratio, step, coefficient.log_odds),
        low=_power(coefficient.ci_low, step),
        high=_power(coefficient.ci_high, step),
        points=change if step == 1.0 or abs(log_odds) <= 1 else nan,
        p_value=coefficient.p_value,
        z=z if isfinite(z) else 0.0,
        target_class=coefficient.target_class,
    )


def _power(ratio: float, step: float, log_ratio: float | None = None) -> float:
    """`ratio ** step`, from its logarithm where that is at hand; infinite where it overflows."""
    if step == 1.0 or isnan(ratio):
        return ratio
    if log_ratio is None:
        if ratio <= 0:
            return 0.0
        log_ratio = log(ratio) if isfinite(ratio) else float("inf")
    exponent = step * log_ratio
    return exp(exponent) if exponent < 700 else float("inf")


def split(coefficients: Iterable[Coefficient], shown: int = SHOWN) -> tuple[list[Effect], list[Effect]]:
    """The `shown` effects of largest |z|, and the rest.

    Both run class by class, and within a class from the largest rise of the odds to the largest fall; effects without
    an estimate (NaN) come last.
    """
    effects = [effect_of(coefficient) for coefficient in coefficients]
    ranked = sorted(range(len(effects)), key=lambda i: (-abs(effects[i].z), i))
    first = set(ranked[:shown])
    return (
        _ordered([effects[i] for i in sorted(first)]),
        _ordered([effects[i] for i in sorted(set(ranked) - first)]),
    )


def _ordered(effects: list[Effect]) -> list[Effect]:
    classes = list(dict.fromkeys(effect.target_class for effect in effects))
    return sorted(
        effects,
        key=lambda effect: (classes.index(effect.target_class), isnan(effect.log_odds), -effect.log_odds),
    )


def span(effects: Iterable[Effect]) -> tuple[float, float]:
    """The range of odds ratios that a forest plot shows: every estimate and interval, within reason, and always 1.

    Intervals may be endless (separation), so the bounds are those of the estimates widened by half their range, if an
    interval goes beyond it; estimates beyond 1/1000 and 1000 may be drawn at the edge, and nothing beyond 1/10,000 and
    10,000 is shown.
    """
    listed = list(effects)
    centres = [log(min(max(e.odds_ratio, 1e-3), 1e3)) for e in listed if e.odds_ratio > 0 and isfinite(e.log_odds)]
    if not centres:
        return 0.5, 2.0
    low, high = min(0.0, *centres), max(0.0, *centres)
    margin = max(0.5 * (high - low), log(1.25))
    bounds = [log(bound) for e in listed for bound in (e.low, e.high) if bound > 0 and isfinite(bound)]
    low = max(low - margin, min([low, *bounds]))
    high = min(high + margin, max([high, *bounds]))
    low, high = max(low, log(1e-4)), min(high, log(1e4))
    pad = 0.03 * (high - low)
    return exp(low - pad), exp(high + pad)
