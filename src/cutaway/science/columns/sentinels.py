"""Values that stand for "missing": codes at the ends of a number, words among levels."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from cutaway.science.columns.extremes import Extremes

# Limits of integer and floating types, and fill values of netCDF and of older statistics packages.
_LIMITS = (
    *(
        127.0,
        -128.0,
        255.0,
        32_767.0,
        -32_768.0,
        65_535.0,
        2_147_483_647.0,
        -2_147_483_648.0,
        4_294_967_295.0,
        2.0**63,
        -(2.0**63),
    ),
    *(
        9.969209968386869e36,
        3.4028234663852886e38,
        -3.4028234663852886e38,
        1.7976931348623157e308,
        -1.7976931348623157e308,
    ),
    *(1e10, 1e20, 1e30, -1e10, -1e20, -1e30),
)
FEWEST = 3  # cells: an outlier occurs once, a code again and again

WORDS = frozenset(
    (
        *(
            "?",
            "??",
            "-",
            "--",
            "---",
            ".",
            "..",
            "*",
            "n/a",
            "n.a.",
            "n.a",
            "na",
            "nan",
            "<na>",
            "null",
            "(null)",
            "missing",
            "(missing)",
        ),
        *(
            "unknown",
            "(unknown)",
            "unk",
            "unspecified",
            "undefined",
            "not available",
            "not known",
            "not recorded",
            "not stated",
        ),
        *(
            "not reported",
            "no data",
            "no answer",
            "refused",
            "don't know",
            "dont know",
            "#n/a",
            "#na",
            "#null!",
            "#value!",
            "#ref!",
        ),
    )
)
_TOKENS = frozenset(("unk", "unknown", "missing", "unspecified"))


@dataclass(frozen=True)
class Sentinel:
    """Codes at one end of a column, `far` from the rest or else its only negative value.

    `rest`: the value next to them; `low`: they are the smallest.
    """

    values: tuple[float, ...]
    counts: tuple[int, ...]
    rest: float
    low: bool
    far: bool = True


def is_code(value: float) -> bool:
    """Whether a number has the look of a code for "missing". Never 0.

    Two or more sevens, eights or nines; -1, -7, -8, -9; a type's limit.

    >>> [is_code(v) for v in (-999.0, 99.0, 9999.9, -1.0, -9.0, 2147483647.0, 0.0, 9.0, 100.0, 998.0)]
    [True, True, True, True, True, True, False, False, False, False]
    """
    if value in (-1.0, -7.0, -8.0, -9.0) or value in _LIMITS:
        return True
    digits = format(abs(value), ".10g").replace(".", "")
    return len(digits) > 1 and digits[0] in "789" and set(digits) == {digits[0]}


def sentinels(ends: Extremes, distinct: float, alpha: float) -> list[Sentinel]:
    """Codes for "missing" among the ends of a number column with so many `distinct` values.

    Far: up to three outermost values that all look like codes, in `FEWEST` cells or more, and whose distance from the
    rest is at least the rest's whole range, with three values or more left. Negative: the one negative value of a
    column looks like a code, five values or more are left, and it occurs more often than the value next to it, which
    no tail of one peak does (binomial, p < `alpha`).
    """
    found = [
        s
        for s in (
            _far(ends.high, ends.high_counts.sum(axis=1), ends.low, distinct, low=False),
            _far(ends.low, ends.low_counts.sum(axis=1), ends.high, distinct, low=True),
        )
        if s is not None
    ]
    if not any(s.values[0] < 0 for s in found) and (lone := _negative(ends, distinct, alpha)):
        found.append(lone)
    return found


def _far(end: np.ndarray, counts: np.ndarray, other: np.ndarray, distinct: float, *, low: bool) -> Sentinel | None:
    for k in range(1, min(end.size, 4)):
        codes = end[:k]
        if distinct - k < 3 or not all(is_code(float(v)) for v in codes):
            return None
        opposite = next((v for v in other if v not in codes and not (is_code(float(v)) and abs(v) > 9)), other[-1])
        if abs(codes[-1] - end[k]) >= max(abs(end[k] - opposite), 1e-300) and counts[:k].sum() >= FEWEST:
            return Sentinel(tuple(map(float, codes)), tuple(map(int, counts[:k])), float(end[k]), low)
    return None


def _negative(ends: Extremes, distinct: float, alpha: float) -> Sentinel | None:
    if ends.low.size < 2 or not (ends.low[0] < 0 <= ends.low[1]) or not is_code(float(ends.low[0])) or distinct < 6:
        return None
    from scipy.special import bdtrc

    here, beside = (int(n) for n in ends.low_counts.sum(axis=1)[:2])
    if here < FEWEST or float(bdtrc(here - 1, here + beside, 0.5)) >= alpha:
        return None
    return Sentinel((float(ends.low[0]),), (here,), float(ends.low[1]), low=True, far=False)


def means_missing(level: str) -> bool:
    """Whether a level of a category says that nothing is known. "none" and "not applicable" say something.

    >>> [means_missing(s) for s in ("?", " Unknown", "emp_unk", "none", "Not_Verified", "unavail")]
    [True, True, True, False, False, False]
    """
    plain = level.strip().lower()
    return plain in WORDS or any(token in _TOKENS for token in re.split(r"[^a-z]+", plain))
