"""SURVEY001: whole numbers that end in 0 or 5 far too often."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.subject import Subject
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, Remedy

_SMOOTH = 5.0  # standard deviation beyond which a smooth law has a fifth of its whole numbers ending in 0 or 5
_FEWEST = 50


@check("SURVEY001", name="heaped digits", asks="table", needs=("numbers",))
def heaped_digits(subject: Subject, *, alpha: float = 0.001, min_share: float = 0.25) -> Iterator[Finding]:
    """A column of whole numbers ends in 0 or 5 more often than a fifth of the time.

    Why it matters: people who are asked for an age, a weight or an hour round it. A threshold that falls on a round
    number then cuts through a heap, and a model learns the habit of whoever filled in the form.

    What to do: do not cut at round numbers; widen groups so that each holds a heap in its middle; find out who
    rounded.

    Null: the last digit is as often one as another, as in every smooth law with a standard deviation of 5 or more
    (columns with less are not asked). The share that ends in 0 or 5 is then binomial with a fifth; Hoeffding's bound
    on its p-value must lie below `alpha` divided by the number of columns, and the share above `min_share`.

    Passed: No column of whole numbers ends in 0 or 5 more often than chance allows.

    Source: Whipple's index, as in Shryock and Siegel 1976, The Methods and Materials of Demography, chapter 8;
    Hoeffding 1963, theorem 1.

    Example: ages of which a third were rounded fire; ages as they are stay silent.

    >>> from cutaway.checks.run.example import table
    >>> rng = np.random.default_rng(0)
    >>> age, y = rng.integers(18, 90, 3000), rng.integers(0, 2, 3000)
    >>> rounded = np.where(rng.random(3000) < 1 / 3, 5 * np.round(age / 5), age)
    >>> [finding.title for finding in heaped_digits(table(y=y, age=rounded))]
    ['age is heaped: 46 % of its values end in 0 or 5, and 20 % would by chance']
    >>> list(heaped_digits(table(y=y, age=age)))
    []
    """
    rows = subject.uniform
    asked = {}
    for feature in subject.features:
        if feature.spec.kind == "number" and feature.whole and feature.sd >= _SMOOTH:
            values = subject.column(rows, feature.name)
            values = values[np.isfinite(values)]
            if values.size >= _FEWEST:
                asked[feature.name] = np.bincount(np.mod(np.abs(values), 10).astype(int), minlength=10)
    for name, digits in asked.items():
        n, share = int(digits.sum()), float(digits[[0, 5]].sum() / digits.sum())
        if share > min_share and _bound(share, n) < alpha / len(asked):
            yield _finding(name, digits, n, share)


def _bound(share: float, n: int) -> float:
    """Hoeffding's bound on the chance of a share as large in n draws, where a fifth is expected."""
    by_chance = 0.2
    if share >= 1.0:
        return by_chance**n
    divergence = share * math.log(share / by_chance) + (1 - share) * math.log((1 - share) / (1 - by_chance))
    return math.exp(-n * divergence)


def _finding(name: str, digits: np.ndarray, n: int, share: float) -> Finding:
    return Finding(
        title=f"{name} is heaped: {share:.0%} of its values end in 0 or 5, and 20 % would by chance".replace(
            "%", " %", 1
        ),
        severity="medium" if share > 0.4 else "low",
        columns=(name,),
        evidence={"share_that_ends_in_0_or_5": share, "whipples_index": 500 * share, "values": float(n)},
        detail=f"Counted in {n:,} values; Whipple's index is {500 * share:.0f}, and 100 without heaps.",
        figure=Bars(
            alt=f"Of the last digits of {name}, 0 and 5 stand above the others.",
            axis=Axis(label="share of values"),
            labels=tuple(f"ends in {digit}" for digit in range(10)),
            values=tuple((digits / n).tolist()),
            harmful=tuple(digit in (0, 5) for digit in range(10)),
            reference=0.1,
            reference_label="by chance",
        ),
        remedy=Remedy(
            f"Cut {name} between round numbers, not at them.",
            {"pandas": f"pandas.cut(table[{name!r}], range(18, 99, 10))  # 18 to 27, 28 to 37: a heap in each middle"},
        ),
    )
