"""DAT005: columns that say nothing of their own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.model import Plain
from cutaway.checks.run.subject import Subject
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, Remedy
from cutaway.science.columns.inflation import correlations, variance_inflation


@check("DAT005", name="redundant columns", asks="model")
def redundant_columns(
    subject: Subject, *, max_inflation: float = 10.0, severe_inflation: float = 100.0
) -> Iterator[Finding]:
    """Columns that are constant, equal to another, determined by others, or nearly so.

    Why it matters: dividing a constant by its standard deviation gives not-a-number; equal or determined columns
    leave the coefficients of a linear model without a unique answer, which solvers hide; nearly collinear ones blow
    up standard errors, so that signs and sizes are chance.

    What to do: drop the constant, the copies and one of each determined set; of collinear ones keep one, or their
    sum, or read only their joint effect. Predictions do not suffer from collinearity, and trees do not care.

    Null: none for the exact relations (a copy is found by a 64-bit sum over all rows, a linear relation by an
    unexplained share of variance below 1e-9). Variance inflation above 10 means that the others explain 90 % of a
    column's variance (Marquardt's limit), above 100 that its standard error is tenfold; independent columns reach 10
    only when there are fewer than 1.1 rows a column, and the check asks for at least 5 rows a column.

    Passed: No column is constant, a copy, or determined by others, and no variance inflation exceeds the limit.

    Source: Marquardt 1970; Belsley, Kuh & Welsch 1980, chapter 3; Fox & Monette 1992.

    Example: a constant, a copy, and a column with r = 0.9999; independent columns stay silent.

    >>> from cutaway.checks.run.example import fitted
    >>> rng = np.random.default_rng(0)
    >>> a, b, y = rng.normal(size=400), rng.normal(size=400), rng.integers(0, 2, 400)
    >>> for f in redundant_columns(fitted(y=y, a=a, copy=a, b=b, near=b + rng.normal(0, 0.01, 400), five=[5.0] * 400)):
    ...     print(f.title)
    five is constant
    copy equals a in every row
    b and near are nearly the same (r = 0.9999): standard errors are inflated 99-fold
    >>> list(redundant_columns(fitted(y=y, a=a, b=b)))
    []
    """
    yield from _constants(subject)
    yield from _copies(subject)
    plain = subject.model
    if plain is None or plain.rows < 5 * len(plain.first_design.terms):
        return
    for feature, others in plain.redundant.items():
        yield Finding(
            title=f"{feature} is determined by {_and(others)}"
            if others
            else f"{feature} is determined by the other columns",
            severity="low",
            columns=(feature, *others),
            detail=(
                f"A linear combination of {_and(others) or 'the others'} gives every value of {feature}; the "
                f"model goes without it."
            ),
            evidence={"unexplained_share_of_variance": 0.0},
            remedy=Remedy(
                f"Drop {feature}, or one of the columns that determine it.",
                {"pandas": f"table = table.drop(columns=[{feature!r}])"},
            ),
        )
    yield from _collinear(plain, max_inflation, severe_inflation)


def _constants(subject: Subject) -> Iterator[Finding]:
    for f in subject.features:
        if f.constant:
            yield Finding(
                title=f"{f.name} is constant" if f.n else f"{f.name} is missing in every row",
                severity="medium",
                columns=(f.name,),
                evidence={"distinct_values": float(min(f.n, 1)), "rows": float(subject.rows)},
                detail=(
                    "Its standard deviation is 0: standardising it divides by zero, and it can tell no two rows apart."
                ),
                remedy=Remedy(f"Drop {f.name}.", {"pandas": f"table = table.drop(columns=[{f.name!r}])"}),
            )


def _copies(subject: Subject) -> Iterator[Finding]:
    seen: dict[int, str] = {}
    for f in subject.features:
        if f.constant:
            continue
        if f.fingerprint in seen:
            first = seen[f.fingerprint]
            yield Finding(
                title=f"{f.name} equals {first} in every row",
                severity="medium",
                columns=(f.name, first),
                evidence={"rows_equal": float(subject.rows)},
                detail=(
                    "With both in a linear model their coefficients have no unique values: only the sum is determined."
                ),
                remedy=Remedy(f"Drop {f.name}.", {"pandas": f"table = table.drop(columns=[{f.name!r}])"}),
            )
        seen.setdefault(f.fingerprint, f.name)


def _collinear(plain: Plain, limit: float, severe: float) -> Iterator[Finding]:
    first, kept = (
        plain.first_design,
        [i for i, t in enumerate(plain.first_design.terms) if t.feature not in plain.redundant],
    )
    at = [0, *(i + 1 for i in kept)]
    products = plain.products[np.ix_(at, at)]
    groups: dict[str, list[int]] = {}
    for new, old in enumerate(kept):
        groups.setdefault(first.terms[old].feature, []).append(new)
    names = list(groups)
    inflation = variance_inflation(products, list(groups.values()))
    corr = np.abs(correlations(products))
    np.fill_diagonal(corr, 0.0)
    told: set[str] = set()
    for i in np.argsort(-inflation):
        name = names[i]
        if inflation[i] <= limit or name in told:
            continue
        own = groups[name]
        others = {n: float(corr[np.ix_(own, c)].max()) for n, c in groups.items() if n != name}
        nearest = max(others, key=lambda n: others[n])
        pair = others[nearest] ** 2 > 1 - 1 / limit  # the one column alone explains enough
        told |= {name, nearest} if pair else {name}
        factor = float(np.sqrt(inflation[i]))
        who = (
            f"{' and '.join(sorted((name, nearest), key=names.index))} are nearly the same (r = {others[nearest]:.4f})"
            if pair
            else f"{name} is nearly determined by the other columns"
        )
        yield Finding(
            title=f"{who}: standard errors are inflated {factor:.0f}-fold",
            severity="medium" if inflation[i] > severe else "low",
            columns=(name, nearest) if pair else (name,),
            evidence={
                "variance_inflation": float(inflation[i]),
                f"correlation_with_{nearest}": others[nearest],
                "standard_error_inflation": factor,
            },
            detail=(
                "Signs and sizes of such coefficients are mostly chance; their joint effect and the "
                "predictions are not."
            ),
            figure=Bars(
                alt=(
                    f"Correlation of {name} with the other columns; the strongest is {nearest} with "
                    f"{others[nearest]:.4f}."
                ),
                axis=Axis(label="absolute correlation"),
                labels=tuple(sorted(others, key=lambda n: -others[n])[:5]),
                values=tuple(sorted(others.values(), reverse=True)[:5]),
            ),
            remedy=Remedy(
                f"Keep one of {name} and {nearest}, or their mean."
                if pair
                else f"Drop {name}, or read it only together with the columns that determine it."
            ),
        )


def _and(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
