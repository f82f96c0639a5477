"""From values to cells of a terminal, on a linear or a logarithmic axis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite, log10

from cutaway.core.figures import Axis
from cutaway.report import numerals
from cutaway.report.text import plain


@dataclass(frozen=True, slots=True)
class Range:
    """The values that an axis spans, and how they lie on it."""

    low: float
    high: float
    log: bool = False

    @classmethod
    def over(cls, values: Iterable[float | None], axis: Axis, zero: bool = False) -> Range:
        """What these values span; a little around a single one. `zero`: a linear axis begins at zero or includes it."""
        log = axis.scale == "log"
        known = [float(v) for v in values if v is not None and isfinite(v) and (v > 0 or not log)]
        if zero and not log:
            known.append(0.0)
        if not known:
            return cls(1.0, 10.0, True) if log else cls(0.0, 1.0)
        low, high = min(known), max(known)
        if low == high:
            low, high = (low / 2, high * 2) if log else (low - (abs(low) / 2 or 0.5), high + (abs(high) / 2 or 0.5))
        return cls(low, high, log)

    def share(self, value: float | None) -> float | None:
        """Where a value lies, 0 at the low end and 1 at the high one; None for what has no place on the axis."""
        if value is None or not isfinite(value) or (self.log and value <= 0):
            return None
        if self.log:
            return log10(value / self.low) / log10(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ends(self) -> tuple[str, str]:
        """Both ends in numerals."""
        return numerals.number(self.low), numerals.number(self.high)


def titled(axis: Axis) -> str:
    """An axis's label with its unit.

    >>> titled(Axis(label="speed", unit="km/h", scale="log"))
    'speed, km/h (log scale)'
    """
    named = f"{axis.label}, {axis.unit}" if axis.unit else axis.label
    return plain(named + (" (log scale)" if axis.scale == "log" else ""))
