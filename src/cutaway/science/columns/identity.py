"""Whether a column's values were given out, one a row, rather than measured."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import numpy as np

# Words in a column's name that say "identifier"; only ever evidence beside what the values show.
_WORDS = frozenset(
    (
        "id",
        "ids",
        "uid",
        "uuid",
        "guid",
        "identifier",
        "rowid",
        "rownum",
        "rownumber",
        "rowno",
        "rownames",
        "serial",
        "pk",
    )
)
_NUMBERS = frozenset(("no", "nr", "num", "number", "key"))
_OWNERS = (
    *(
        "account",
        "application",
        "booking",
        "case",
        "claim",
        "client",
        "customer",
        "device",
        "document",
        "employee",
        "event",
        "household",
    ),
    *(
        "invoice",
        "item",
        "loan",
        "member",
        "order",
        "patient",
        "person",
        "policy",
        "product",
        "record",
        "row",
        "sample",
        "session",
    ),
    *("student", "subject", "ticket", "transaction", "trip", "user", "visit"),
)


def named_identifier(name: str) -> bool:
    """Whether a name says that the column identifies something.

    >>> [named_identifier(n) for n in ("caseid", "customer_ID", "userId", "account_no", "paid", "grid", "no")]
    [True, True, True, True, False, False, False]
    """
    parts = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    words = [w.lower() for w in re.split(r"[^A-Za-z]+", parts) if w]
    if any(w in _WORDS or (w.endswith(("id", "no", "nr")) and w[:-2] in _OWNERS) for w in words):
        return True
    return any(a in _OWNERS and b in _NUMBERS for a, b in pairwise(words))


def repeats_by_chance(n: float, span: float) -> float:
    """Expected share of the values seen that occur more than once, if n rows draw evenly from `span` values.

    1 - λ / (exp(λ) - 1), λ = n / span: a count is Poisson, and a value is seen when its count is not 0. Any uneven draw
    repeats more.

    >>> round(repeats_by_chance(1000, 1000), 3)
    0.418
    """
    rate = n / span
    return 1.0 - rate / math.expm1(rate) if 1e-12 < rate < 700 else float(rate >= 700)


def given_out_p(distinct: int, repeated: int, n: float, span: float) -> float:
    """Chance that at most `repeated` of `distinct` values occur twice, if n rows drew from `span` whole numbers.

    Small when the values were given out without repeats, as identifiers are. It is the birthday problem on the column's
    own range, and errs towards large values, because it takes the even draw, which repeats least. No values give 1.

    Source: von Mises 1939; Feller 1968, II.3.

    >>> given_out_p(1000, 0, 1000, 1000) < 1e-200, round(given_out_p(23, 0, 23, 365), 2)
    (True, 0.48)
    """
    if not distinct:
        return 1.0
    from scipy.special import bdtr

    return float(bdtr(repeated, distinct, repeats_by_chance(n, span)))


def calendar(values: np.ndarray) -> str:
    """What kind of time whole numbers (n,) tell: "an epoch", "days", "months", "years", or "".

    Epochs count seconds, or milli-, micro- or nanoseconds, and lie between 2000 and 2040; days are written 20240131 and
    months 202401, years between 1800 and 2100.

    >>> calendar(np.array([20240131.0, 20231201.0])), calendar(np.array([1.7e9])), calendar(np.array([3.0, 5.0]))
    ('days', 'an epoch', '')
    """
    if not values.size:
        return ""
    low, high = float(values.min()), float(values.max())
    for unit in (1.0, 1e3, 1e6, 1e9):
        if 946_684_800 * unit <= low and high <= 2_208_988_800 * unit:
            return "an epoch"
    year, month, day = values // 10_000, values // 100 % 100, values % 100
    if _within(year, 1800, 2100) and _within(month, 1, 12) and _within(day, 1, 31):
        return "days"
    if _within(values // 100, 1800, 2100) and _within(values % 100, 1, 12):
        return "months"
    return "years" if _within(values, 1800, 2100) else ""


def _within(values: np.ndarray, low: float, high: float) -> bool:
    return bool(((values >= low) & (values <= high)).all())
