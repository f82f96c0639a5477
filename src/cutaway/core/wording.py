"""Numbers in sentences, written one way wherever a sentence is made."""

from __future__ import annotations

import math

_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def percent(share: float, digits: int = 1) -> str:
    """A share as a percentage, with a space before the sign.

    >>> percent(0.9549), percent(0.5, 0)
    ('95.5 %', '50 %')
    """
    return f"{share * 100:.{digits}f} %"


def count(x: float) -> str:
    """A large number as it would be said: whole up to a million, then two digits and a power of ten.

    >>> count(3843.2), count(4.18e13), count(math.inf)
    ('3,843', '4.2 × 10¹³', 'infinitely many')
    """
    if math.isinf(x):
        return "infinitely many"
    if x < 1e6:
        return f"{x:,.0f}"
    power = math.floor(math.log10(x))
    return f"{x / 10**power:.1f} × 10{str(power).translate(_RAISED)}"


def two_digits(x: float) -> str:
    """A number to two significant digits, without an exponent where it would be said without.

    >>> two_digits(178.3), two_digits(0.0047123), two_digits(6.0), two_digits(12_345)
    ('180', '0.0047', '6', '12,000')
    """
    return f"{float(f'{x:.2g}'):,.9g}"


def step_of(sd: float) -> float:
    """The step by which a number's effect is told: one unit, or a round number near its standard deviation.

    One unit wherever that is between a tenth and five times the standard deviation, so that 0/1 columns and years keep
    their unit; otherwise the largest of 1, 2, 5 times a power of ten that is no more than the standard deviation.

    >>> step_of(17.6), step_of(0.3), step_of(8500.0), step_of(0.004), step_of(float("nan"))
    (10.0, 1.0, 5000.0, 0.002, 1.0)
    """
    if not math.isfinite(sd) or sd <= 0 or 0.1 <= sd < 5:
        return 1.0
    exponent = math.floor(math.log10(sd))
    factor = next(factor for factor in (5.0, 2.0, 1.0) if factor * 10.0**exponent <= sd * (1 + 1e-12))
    return float(f"{factor:g}e{exponent}")
