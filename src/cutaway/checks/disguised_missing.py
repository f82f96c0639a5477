"""DAT009: values that stand for "missing" but look like values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from cutaway.checks.run.check import check
from cutaway.checks.run.subject import Feature, Subject
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, Remedy
from cutaway.core.wording import percent
from cutaway.science.columns.sentinels import Sentinel, means_missing, sentinels


@check("DAT009", name="disguised missing values", asks="table")
def disguised_missing(subject: Subject, *, alpha: float = 0.001) -> Iterator[Finding]:
    """Values that stand for "missing" but look like values.

    Why it matters: -999 among ages moves the mean, stretches the scale and bends every coefficient of the column;
    "unknown" among numbers makes some readers take the whole column as text.

    What to do: read them as missing (`na_values`), and decide about the gap afterwards.

    Null: the ends of a number column are values like the others. A code is named only if it looks like one (-1, -9,
    runs of sevens, eights or nines, limits of number types), occurs three times or more, and lies further from the
    rest than the rest's whole range; or if it is the only negative value and occurs more often than its neighbour
    (binomial, p < `alpha`, Bonferroni over the columns). Zero is never named, nor is any end that goes on smoothly,
    so counts and true zeros are safe. Words are compared with a list. False alarms measured: 0 in 2,000 random
    tables.

    Passed: No number ends in a code such as -999, and no level says “unknown”.

    Source: Pearson 2006, "The problem of disguised missing data"; Qahtan et al. 2018, "FAHES".

    Example: ages with -999 fire; counts that begin at zero stay silent.

    >>> from cutaway.checks.run.example import table
    >>> y = [0, 1] * 50
    >>> [f.title for f in disguised_missing(table(y, age=[-999 if i % 10 == 0 else 20 + i % 57 for i in range(100)]))]
    ['age is -999 in 10.0 % of its rows, far from all other values (20 to 76)']
    >>> list(disguised_missing(table(y, visits=[i * i % 7 for i in range(100)])))
    []
    """
    numbers = [f for f in subject.features if f.extremes is not None and not f.constant]
    for feature in numbers:
        assert feature.extremes is not None and feature.distinct is not None
        found = sentinels(feature.extremes, feature.distinct.number, alpha / len(numbers))
        if found:
            yield _codes(feature, found)
    yield from _words(subject.disguised, subject)
    yield from _levels(subject)


def _codes(feature: Feature, found: list[Sentinel]) -> Finding:
    values = [v for s in found for v in s.values]
    counts = [c for s in found for c in s.counts]
    cells = sum(counts)
    low = next((s.rest for s in found if s.low), feature.low)
    high = next((s.rest for s in found if not s.low), feature.high)
    mean = feature.mean + sum((feature.mean - v) * c for v, c in zip(values, counts, strict=True)) / (feature.n - cells)
    codes = " or ".join(f"{v:g}" for v in values)
    listed = ", ".join(f"{v:.17g}" for v in values)
    far = any(s.far for s in found)
    how = (
        f"far from all other values ({low:g} to {high:g})"
        if far
        else f"its only negative value (the others are {low:g} to {high:g})"
    )
    return Finding(
        title=f"{feature.name} is {codes} in {percent(cells / feature.n)} of its rows, {how}",
        severity="medium",
        columns=(feature.name,),
        evidence={
            **{f"cells_with_{v:g}": float(c) for v, c in zip(values, counts, strict=True)},
            "share_of_cells": cells / feature.n,
            "mean_with_them": feature.mean,
            "mean_without_them": mean,
        },
        detail=f"Read as numbers, these cells move the mean of {feature.name} from {mean:.4g} to {feature.mean:.4g}, "
        "and its coefficient with it.",
        figure=Bars(
            alt=f"The mean of {feature.name} is {mean:.4g} without the code {codes} and {feature.mean:.4g} with it.",
            axis=Axis(label=f"mean of {feature.name}"),
            labels=(f"without {codes}", f"with {codes}"),
            values=(mean, feature.mean),
            harmful=(False, True),
        )
        if math.isfinite(mean)
        else None,
        remedy=Remedy(
            f"If {codes} means that nothing was recorded, make it missing before anything is fitted.",
            {
                "pandas": f"df[{feature.name!r}] = df[{feature.name!r}].replace([{listed}], float('nan'))",
                "Polars": f"df = df.with_columns(pl.col({feature.name!r}).replace([{listed}], None))",
            },
        ),
    )


def _words(disguised: Mapping[str, Mapping[str, int]], subject: Subject) -> Iterator[Finding]:
    """Words in number columns, which the reader has already made missing: one tip for all columns."""
    columns = {name: words for name, words in disguised.items() if words and name != subject.target}
    if not columns:
        return
    cells = {name: sum(words.values()) for name, words in columns.items()}
    worst = max(cells, key=lambda name: cells[name])
    words = sorted({w for found in columns.values() for w in found})
    more = f" and {len(columns) - 1} more column{'s' * (len(columns) > 2)}" if len(columns) > 1 else ""
    verb, most = ("hold", f"{cells[worst]:,} cells at most") if more else ("holds", f"{cells[worst]:,} cells")
    quoted = ", ".join(f"“{w}”" for w in words[:4])
    yield Finding(
        title=f"{worst}{more} {verb} {quoted} among numbers, in {most}; read as missing",
        severity="low",
        columns=tuple(columns),
        evidence={f"cells_in_{name}": float(n) for name, n in cells.items()},
        detail="Other readers take such a column as text, and its numbers as names.",
        remedy=Remedy(
            "Say so when the file is read.",
            {
                "pandas": f"pd.read_csv(path, na_values={words!r})",
                "Polars": f"pl.read_csv(path, null_values={words!r})",
            },
        ),
    )


def _levels(subject: Subject) -> Iterator[Finding]:
    """Levels of categories that say that nothing is known: one tip for all columns."""
    found: dict[str, tuple[list[str], int]] = {}
    for feature in subject.features:
        if feature.spec.kind != "category" or feature.distinct is None or not feature.distinct.complete:
            continue
        values, counts = feature.distinct.ordered()
        said = [i for i, v in enumerate(values) if means_missing(str(v))]
        if said and len(said) < len(values):
            found[feature.name] = [str(values[i]) for i in said], int(counts[said].sum())
    if not found:
        return
    parts = [
        f"{name} (“{levels[0]}”, {percent(n / subject.rows)} of rows)"
        for name, (levels, n) in sorted(found.items(), key=lambda item: -item[1][1])
    ]
    shown = ", ".join(parts[:3]) + (f" and {len(parts) - 3} more" if len(parts) > 3 else "")
    levels = sorted({level for said, _ in found.values() for level in said})
    yield Finding(
        title=f"A level says that nothing is known: {shown}",
        severity="low",
        columns=tuple(found),
        evidence={f"rows_in_{name}": float(n) for name, (_, n) in found.items()},
        detail="As a level of its own it does no harm to a model, but counts of missing values leave it out.",
        remedy=Remedy(
            "Read it as missing, or keep it as a level knowingly.", {"pandas": f"df = df.replace({levels!r}, None)"}
        ),
    )
