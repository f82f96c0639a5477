"""Scales and their ticks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, isfinite, isnan, log10

from cutaway.core.figures import Axis, Scale
from cutaway.report import numerals

_LOG_FACTORS = ((1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8), (1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,))
_FARTHEST = 1e120
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class Range:
    """A stretch of an axis, linear or logarithmic."""

    low: float
    high: float
    scale: Scale = "linear"

    @classmethod
    def of(cls, values: Iterable[float], scale: Scale = "linear", *, zero: bool = False, pad: float = 0.0) -> Range:
        """The range of the finite values (on a log scale: the positive ones), widened by the share `pad` on both sides.

        `zero` makes a linear range begin at zero. Without any value the range is [0, 1], or [1, 10] on a log scale.
        Values beyond 1e120 count as 1e120 and those within 1e-120 of zero as zero, so that no ratio or difference of
        two overflows or vanishes.
        """
        least = -_FARTHEST if scale == "linear" else 1 / _FARTHEST
        usable = [
            min(max(value, least), _FARTHEST)
            for value in values
            if isfinite(value) and (scale == "linear" or value > 0)
        ]
        if not usable:
            return cls(0.0, 1.0) if scale == "linear" else cls(1.0, 10.0, "log")
        low, high = (0.0 if abs(end) < 1 / _FARTHEST else end for end in (min(usable), max(usable)))
        if scale == "log":
            if high / low < 1.0 + 1e-9:
                low, high = low / 2, high * 2
            widen = (high / low) ** pad
            return cls(low / widen, high * widen, "log")
        if zero:
            low, high = min(low, 0.0), max(high, 0.0)
        if high - low <= 1e-12 * max(abs(low), abs(high), 1e-300):
            low, high = low - (abs(low) or 1.0) * (not zero or low < 0) / 2, high + (abs(high) or 1.0) / 2
        room = pad * (high - low)
        return cls(low if zero and low == 0 else low - room, high if zero and high == 0 else high + room)

    def at(self, value: float) -> float:
        """Where the value lies, 0 at `low` and 1 at `high`; 0 for NaN."""
        if isnan(value):
            return 0.0
        if self.scale == "log":
            share = 0.0 if value <= 0 else (log10(value) - log10(self.low)) / (log10(self.high) - log10(self.low))
        else:
            share = (value - self.low) / (self.high - self.low)
        return min(max(share, 0.0), 1.0)

    def holds(self, value: float) -> bool:
        """Whether the value lies on this stretch."""
        slack = 1e-9 * (self.high - self.low) if self.scale == "linear" else 1e-9 * self.low
        return self.low - slack <= value <= self.high + slack

    def ticks(self, most: int = 6) -> list[float]:
        """At most about `most` round values within the range.

        Examples:
            >>> Range(0.0, 0.97).ticks(6)
            [0.0, 0.2, 0.4, 0.6, 0.8]
            >>> Range(0.2, 70.0, "log").ticks(9)
            [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0]
            >>> Range(1.0, 10000.0, "log").ticks(5)
            [1.0, 10.0, 100.0, 1000.0, 10000.0]
        """
        return [tick for tick in self._candidates(max(2, most)) if self.holds(tick)]

    def _candidates(self, most: int) -> list[float]:
        if self.scale == "log":
            return self._log_candidates(most)
        raw = (self.high - self.low) / most
        if not isfinite(raw) or raw <= 0:
            return [self.low, self.high]
        power = 10.0 ** floor(log10(raw))
        step = next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= raw * (1 - 1e-9))
        # Multiples, not a running sum, and rounded to the step's own digits: 0.6, not 0.6000000000000001.
        digits = max(0, 1 - floor(log10(step)))
        return [
            round(step * k, digits) + 0.0
            for k in range(ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9) + 1)
        ]

    def _log_candidates(self, most: int) -> list[float]:
        decades = range(floor(log10(self.low)), ceil(log10(self.high)) + 1)
        doublings = [2.0**k for k in range(-10, 11)]
        held = [tick for tick in doublings if self.holds(tick)]
        if 3 <= len(held) <= most and 0.1 < self.low < 1 < self.high < 2**10:
            return held  # around 1, the null of a ratio, twice and half lie evenly to both sides
        # The finest set of round numbers that is not too many; within a factor of two or so, evenly spaced ones.
        for factors in _LOG_FACTORS:
            ticks = [round(factor * 10.0**decade, 12 - decade) for decade in decades for factor in factors]
            held = [tick for tick in ticks if self.holds(tick)]
            if 3 <= len(held) <= most:
                return held
        if self.high / self.low < 10:
            return Range(self.low, self.high)._candidates(most)
        held = [decade for decade in decades if self.holds(10.0**decade)]
        skip = ceil(len(held) / most)
        return [float(f"1e{decade}") for decade in held if decade % skip == 0]


def percentage(axis: Axis) -> bool:
    """Whether the axis measures shares in [0, 1], which are shown as percentages."""
    words = f"{axis.label} {axis.unit}".lower().replace("_", " ").split()
    if {"roc", "auc"} & set(words):
        return False  # a share of pairs, but never spoken of in percent
    return axis.unit.strip() != "%" and bool({"share", "shares", "fraction", "probability"} & set(words))


def value_text(axis: Axis, value: float) -> str:
    """A value on this axis in words: with a percent sign where the axis measures shares."""
    if percentage(axis):
        return numerals.percent(value)
    return numerals.number(value) + ("\u00a0%" if axis.unit.strip() == "%" else "")


def tick_text(axis: Axis, tick: float) -> str:
    """A tick's label, as short as it can be."""
    if percentage(axis):
        return f"{100 * tick:.6g}".replace("-", numerals.MINUS) + "\u00a0%"
    size = abs(tick)
    if size >= 1e6:
        for unit, name in ((1e9, "bn"), (1e6, "m")):
            if unit <= size < 1000 * unit:
                return f"{tick / unit:.4g}".replace("-", numerals.MINUS) + name
        return numerals.number(tick, 2)
    if 0 < size < 1e-3:
        return numerals.number(tick, 2) if size < 1e-4 else f"{tick:.4g}".replace("-", numerals.MINUS)
    return f"{tick:,.6g}".replace("-", numerals.MINUS)


def tick_texts(axis: Axis, ticks: list[float]) -> list[str]:
    """The labels of an axis in one style: powers of ten where a log scale reaches beyond what is read at a glance.

    Examples:
        >>> tick_texts(Axis(label="loss", scale="log"), [1e-6, 1e-3, 1.0])
        ['10⁻⁶', '10⁻³', '1']
    """
    decades = axis.scale == "log" and all(tick == float(f"1e{round(log10(tick))}") for tick in ticks)
    if ticks and decades and not percentage(axis) and (min(ticks) < 1e-3 or max(ticks) > 1e5):
        powers = [round(log10(tick)) for tick in ticks]
        return ["1" if power == 0 else "10" + str(power).translate(_SUPERSCRIPTS) for power in powers]
    return [tick_text(axis, tick) for tick in ticks]


def title(axis: Axis) -> str:
    """The axis title: what is measured, in which unit, and that the scale is logarithmic."""
    unit = axis.unit.strip()
    parts = [unit] if unit and unit.lower() != axis.label.lower() else []
    if percentage(axis) and unit.lower().startswith("share") and axis.label.lower().startswith("share"):
        parts = []
    if axis.scale == "log":
        parts.append("log scale")
    return axis.label + (f" ({', '.join(parts)})" if parts else "")
