"""Columns that cannot be features whatever the checks say."""

from __future__ import annotations

from cutaway.checks.run.subject import Subject

FEWEST_ROWS_A_LEVEL = (
    10  # rows a level should have on average to be worth a coefficient (ten events a coefficient, Peduzzi 1996)
)


def structural(subject: Subject) -> dict[str, str]:
    """Column → why it is set aside: dates, constants, columns equal to an earlier one, and free text."""
    out: dict[str, str] = {}
    seen: dict[int, str] = {}
    for feature in subject.features:
        if feature.constant:
            out[feature.name] = "is constant" if feature.n else "is missing in every row"
        elif feature.spec.kind == "date":
            out[feature.name] = "is a date"
        elif feature.fingerprint in seen:
            out[feature.name] = f"equals {seen[feature.fingerprint]} in every row"
        elif feature.spec.kind == "category" and (reason := _too_many_levels(feature.distinct, feature.n)):
            out[feature.name] = reason
        seen.setdefault(feature.fingerprint, feature.name)
    return out


def _too_many_levels(distinct: object, n: int) -> str:
    from cutaway.science.columns import Distinct

    assert isinstance(distinct, Distinct)
    if not distinct.complete:
        return f"is text with about {distinct.number:,.0f} distinct values"
    if distinct.number > max(n / FEWEST_ROWS_A_LEVEL, 2):
        return f"has {distinct.number:,.0f} levels on {n:,} rows, too few rows a level for coefficients"
    return ""
