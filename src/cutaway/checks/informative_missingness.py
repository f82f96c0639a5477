"""DAT006: whether a value is missing depends on the target."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.subject import Subject
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, NotApplicableError, Remedy
from cutaway.core.wording import percent
from cutaway.science.metrics import holm
from cutaway.science.metrics.association import exact_p, odds_ratio


@dataclass(frozen=True)
class Pattern:
    """Columns that are missing equally often in each class: in the same rows, as a rule.

    `code`: the class in which they differ most from the rest.
    """

    names: tuple[str, ...]
    missing: np.ndarray  # (classes,)
    code: int
    odds: float
    p: float

    def shares(self, counts: np.ndarray) -> tuple[float, float]:
        """Share of rows in which it is missing: in the class, and in all others."""
        inside, rows = float(self.missing[self.code]), float(counts[self.code])
        return inside / rows, (float(self.missing.sum()) - inside) / (float(counts.sum()) - rows)


@check("DAT006", name="informative missingness", asks="table")
def informative_missingness(
    subject: Subject,
    *,
    min_odds_ratio: float = 3.47,
    note_odds_ratio: float = 1.68,
    min_gap: float = 0.05,
    alpha: float = 0.001,
    max_missing: float = 0.5,
) -> Iterator[Finding]:
    """Whether a value is missing depends on the target.

    Why it matters: leaving out incomplete rows then changes the share of the classes, a filled-in mean hides what the
    gap said, and a gap that arises after the outcome is a leak.

    What to do: find out why the value is missing. If it can be missing in the same way when the model is used, keep
    an indicator of it; if the outcome caused it, leave out the column with its indicator.

    Null: missing values fall on the classes as by a draw without replacement (Fisher's exact test, each class against
    the rest, Holm over columns and classes, p < `alpha`). An issue also needs an odds ratio of 3.47 and shares that
    differ by `min_gap`: below that gap an indicator ranks fewer than 52.5 % of pairs right. A tip needs an odds ratio
    of 1.68. These are the odds ratios of a small and a medium effect in Chen et al. False alarms measured: 0 in 2,000
    random tables.

    A column missing in more than half of the rows (`max_missing`: most of a filled-in column would be made up) is told
    as a tip; that is counted, not tested.

    Passed: Missing values fall on the classes alike, as far as the rows can tell.

    Source: Fisher 1934, section 21.02; Chen, Cohen & Chen 2010, "How big is a big odds ratio?", table 1; Rubin 1976.

    Example: an income that half of the defaulters leave out fires; gaps that fall anywhere stay silent.

    >>> from cutaway.checks.run.example import table
    >>> y = ["paid"] * 300 + ["default"] * 100
    >>> income = [None if i < 15 or i >= 350 else float(i % 37) for i in range(400)]
    >>> [f.title for f in informative_missingness(table(y, income=income))]
    ['income is missing in 50.0 % of the rows that are “default” and in 5.0 % of the others']
    >>> list(informative_missingness(table(y, income=[None if i % 4 == 0 else float(i % 37) for i in range(400)])))
    []
    """
    if not subject.survey.missing.any():
        raise NotApplicableError("no feature has a missing value")
    told: set[str] = set()
    for pattern in sorted(_patterns(subject), key=lambda p: -abs(math.log(p.odds))):
        inside, outside = pattern.shares(subject.counts)
        size = max(pattern.odds, 1 / pattern.odds)
        if pattern.p < alpha and size >= note_odds_ratio:
            grave = size >= min_odds_ratio and abs(inside - outside) >= min_gap
            told.update(pattern.names)
            yield _finding(subject, pattern, inside, outside, grave)
    yield from _mostly(subject, max_missing, told)


def _mostly(subject: Subject, max_missing: float, told: set[str]) -> Iterator[Finding]:
    """Columns that are missing in most rows, whatever the class."""
    for feature in subject.features:
        share = float(feature.missing.sum()) / subject.rows
        if feature.name in told or not max_missing < share < 1:
            continue
        yield Finding(
            title=f"{feature.name} is missing in {percent(share)} of the rows",
            severity="low",
            columns=(feature.name,),
            evidence={"share_of_rows_missing": share, "rows_present": float(feature.n)},
            detail="Filling it in would make up most of its values; whatever is said of it rests on the rest.",
            remedy=Remedy(
                f"Find out why {feature.name} is so often missing; use it with an indicator, or leave it out."
            ),
        )


def _patterns(subject: Subject) -> list[Pattern]:
    """One pattern for each way in which the missing values fall on the classes, with its p-value after Holm's
    correction.
    """
    names: dict[bytes, list[str]] = {}
    rows: dict[bytes, np.ndarray] = {}
    total = int(subject.counts.sum())
    for feature in subject.features:
        if 0 < feature.missing.sum() < total:
            key = feature.missing.tobytes()
            names.setdefault(key, []).append(feature.name)
            rows[key] = feature.missing
    classes = [1] if subject.binary else range(len(subject.classes))
    keys = [key for key in rows for _ in classes]
    codes = [code for _ in rows for code in classes]
    tables = [
        (int(rows[key][code]), int(subject.counts[code]), int(rows[key].sum()), total)
        for key, code in zip(keys, codes, strict=True)
    ]
    corrected = holm([exact_p(*t) for t in tables])
    out: dict[bytes, Pattern] = {}
    for key, code, cells, p in zip(keys, codes, tables, corrected, strict=True):
        new = Pattern(tuple(names[key]), rows[key], code, odds_ratio(*cells), float(p))
        old = out.get(key)
        if old is None or (new.p, -abs(math.log(new.odds))) < (old.p, -abs(math.log(old.odds))):
            out[key] = new
    return list(out.values())


def _finding(subject: Subject, pattern: Pattern, inside: float, outside: float, grave: bool) -> Finding:
    name = subject.classes[pattern.code]
    subjects = _listed(pattern.names)
    verb = "is" if len(pattern.names) == 1 else "are"
    found = f"{subjects} {verb} missing in {percent(inside)} of the rows"
    left = (1 - inside) / (1 - outside) if outside < 1 else math.inf
    return Finding(
        title=f"{found} that are “{name}” and in {percent(outside)} of the others",
        severity="medium" if grave else "low",
        columns=pattern.names,
        evidence={
            f"share_missing_in_{name}": inside,
            "share_missing_in_the_others": outside,
            "odds_ratio": pattern.odds,
            "p_value_after_holm": pattern.p,
            "rows_missing": float(pattern.missing.sum()),
        },
        detail=f"Leaving out the incomplete rows multiplies the odds of “{name}” by {left:.2f}."
        if left > 0
        else f"Leaving out the incomplete rows leaves none that is “{name}”.",
        figure=Bars(
            alt=f"{found} of class “{name}” and in {percent(outside)} of all others.",
            axis=Axis(label="share missing", unit="share of the rows of the class"),
            labels=subject.classes,
            values=tuple(float(m / n) for m, n in zip(pattern.missing, subject.counts, strict=True)),
            harmful=tuple(k == pattern.code for k in range(len(subject.classes))),
        ),
        remedy=Remedy(
            f"Find out why {subjects} {verb} missing. If it happens in the same way when the model is used, keep an "
            "indicator; if the outcome causes it, leave the column out.",
            {
                "scikit-learn": "SimpleImputer(strategy='median', add_indicator=True)",
                "pandas": "\n".join(f"df[{n + ' is missing'!r}] = df[{n!r}].isna()" for n in pattern.names[:3]),
            },
        ),
    )


def _listed(names: tuple[str, ...]) -> str:
    if len(names) <= 3:
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return f"{names[0]}, {names[1]} and {len(names) - 2} more columns"
