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
