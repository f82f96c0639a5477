"""A number with its interval, and by which method the interval was made."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """`value` in [low, high] at confidence `level`; NaN where undefined. `method` names how the interval was made."""

    value: float
    low: float
    high: float
    method: str
    level: float = 0.95

    @property
    def width(self) -> float:
        """High less low."""
        return self.high - self.low
