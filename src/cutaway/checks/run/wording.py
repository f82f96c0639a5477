"""Numbers as sentences and titles tell them."""

from __future__ import annotations

import math

import numpy as np


def ratio(x: float) -> str:
    """A ratio as it is told: two digits, two decimals near one.

    >>> [ratio(x) for x in (52.7, 2.83, 1.404, 0.304, 0.0123, 3e9, 2e-9)]
    ['53', '2.8', '1.40', '0.30', '1/81', 'over 1,000,000', 'under 1/1,000,000']
    """
    if math.isnan(x):
        return "unknown"
    if x > 1e6:
        return "over 1,000,000"
    if x < 1e-6:
        return "under 1/1,000,000"
    if x >= 9.95:
        return f"{x:,.0f}"
    if x >= 1.995:
        return f"{x:.1f}"
    return f"{x:.2f}" if x >= 0.0995 else f"1/{1 / x:,.0f}"


def lower(x: float) -> str:
    """A ratio below one, as people say it.

    >>> lower(0.304), lower(0.0012)
    ('70 % less likely', '833 times less likely')
    """
    return (
        f"{percent(1 - x)} less likely"
        if x >= 0.0995
        else f"{ratio(1 / x) if x > 0 else 'endlessly'} times less likely"
    )


def percent(p: float) -> str:
    """A share in percent, with two digits of it or of what it lacks to one.

    >>> [percent(p) for p in (0.0314, 0.9988, 0.5, 0.00031, 0.0, 1.0)]
    ['3.1 %', '99.9 %', '50 %', '0.031 %', '0 %', '100 %']
    """
    rest = 100 * min(p, 1 - p)
    decimals = 0 if rest <= 0 else min(3, max(0, 1 - math.floor(math.log10(rest))))
    if p > 0.5:
        decimals = min(decimals, 1)
    return f"{100 * p:.{decimals}f} %"


def points_text(change: float) -> str:
    """The size of a change of probability in percentage points.

    >>> points_text(-0.1404), points_text(0.00031), points_text(0.01)
    ('14.0 points', '0.03 points', '1.0 points')
    """
    size = 100 * abs(change)
    if size < 0.005:
        return "0 points"
    return f"{size:.1f} points" if size >= 0.1 else f"{size:.2f} points"


def units(x: float) -> str:
    """A number of units of a column.

    >>> units(1.0), units(10.0), units(0.002), units(1524.84)
    ('1 unit', '10 units', '0.002 units', '1,525 units')
    """
    return "1 unit" if x == 1 else f"{plain_number(x)} units"


def plain_number(x: float, digits: int = 3) -> str:
    """A number with so many significant digits, in full where it can be.

    >>> plain_number(26217.0), plain_number(0.0046123), plain_number(1.5e12), plain_number(-2.0)
    ('26,217', '0.00461', '1.5e+12', '-2')
    """
    if not math.isfinite(x) or x == 0:
        return f"{x:g}"
    if not 1e-5 <= abs(x) < 1e7:
        return f"{x:.{digits}g}"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(x))))
    text = f"{x:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def signed(x: float, digits: int = 2) -> str:
    """A log-odds with its sign, two decimals or two digits.

    >>> signed(0.4099), signed(-0.00461), signed(3.518)
    ('+0.41', '-0.0046', '+3.52')
    """
    if abs(x) >= 0.095 or x == 0 or not math.isfinite(x):
        return f"{x:+.2f}"
    text = plain_number(x, digits)
    return text if x < 0 else f"+{text}"


def is_flag(complete: bool, values: np.ndarray) -> bool:
    """Whether a column's distinct values are 0 and 1."""
    return complete and len(values) == 2 and not isinstance(values[0], str) and sorted(values.tolist()) == [0.0, 1.0]
