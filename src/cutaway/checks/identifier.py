"""DAT008: a column that names rows instead of describing them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.subject import Feature, Subject
from cutaway.core.findings import Finding, Remedy
from cutaway.core.wording import percent
from cutaway.science.columns import Distinct
from cutaway.science.columns.identity import calendar, given_out_p, named_identifier, repeats_by_chance

FEWEST_ROWS = 20  # on fewer, a few names or amounts that all differ are nothing strange


@dataclass(frozen=True)
class Own:
    """How far a column's values are the rows' own. `alone`: share of the rows whose value no other row has."""

    feature: Feature
    distinct: Distinct
    alone: float
    p: float  # that independent whole numbers would repeat as little; 1 for text

    @property
    def named(self) -> bool:
        """Whether the column's name says that it identifies something."""
        return named_identifier(self.feature.name)


@check("DAT008", name="identifier", asks="table")
def identifier(subject: Subject, *, min_alone: float = 0.95, alpha: float = 0.001) -> Iterator[Finding]:
    """A column that names rows instead of describing them.

    Why it matters: a model can only memorise an identifier; a tree finds splits in it that hold for no new row, and
    where rows were numbered in the order of their outcome it leaks.

    What to do: leave it out of the features. Keep it to join tables, to find rows again, and to keep rows of one
    owner in one fold.

    Null: whole numbers are drawn independently from the column's own range; then so few repeats have p < `alpha`
    (Bonferroni over the columns). Numbers with fractions, epochs and calendars are exempt, so that measurements and
    times that never repeat stay silent. Text is taken at its word: when at least `min_alone` of the rows have a text
    of their own, no level has rows to learn from, whatever made it so. A name such as "customer_id" counts only
    beside values that do not repeat, or repeat so little that there are more than one value in ten rows (then a tip).
    False alarms measured: 0 in 2,000 random tables.

    Passed: No column gives (nearly) every row a value of its own, as identifiers do.

    Source: the birthday problem, Feller 1968, II.3; Kaufman, Rosset & Perlich 2012, section 3, on identifiers that
    leak.

    Example: shuffled row numbers fire; ages stay silent.

    >>> import numpy as np
    >>> from cutaway.checks.run.example import table
    >>> y, rng = [0, 1] * 50, np.random.default_rng(0)
    >>> [f.title for f in identifier(table(y, number=rng.permutation(100)))]
    ['number gives every row a whole number of its own, from 0 to 99']
    >>> list(identifier(table(y, age=rng.integers(18, 90, 100))))
    []
    """
    for feature in subject.features:
        if feature.constant or feature.n < FEWEST_ROWS:
            continue
        own = _own(feature, alpha / len(subject.features))
        if own is None:
            continue
        if own.alone >= min_alone and (
            feature.spec.kind == "category" or own.named or own.p < alpha / len(subject.features)
        ):
            yield _identifier(subject, own)
        elif own.named and own.distinct.number > feature.n / 10 and own.alone < min_alone:
            yield _group(subject, own)


def _own(feature: Feature, alpha: float) -> Own | None:
    """None where the question does not arise: dates, numbers with fractions, times."""
    distinct = feature.distinct
    if distinct is None:
        return None
    per_value = distinct.counts.sum(axis=1)
    alone = float((per_value == 1).sum() / per_value.sum())
    if feature.spec.kind == "category":
        return Own(feature, distinct, alone, 1.0)
    if not feature.whole or (calendar(np.asarray(distinct.values, float)) and not named_identifier(feature.name)):
        return None
    p = given_out_p(int(per_value.size), int((per_value > 1).sum()), feature.n, feature.high - feature.low + 1)
    return Own(feature, distinct, alone, p)


def _identifier(subject: Subject, own: Own) -> Finding:
    feature = own.feature
    text = feature.spec.kind == "category"
    prose = text and _prose(own.distinct.values)
    every = own.alone == 1
    rows = (
        ("every row" if own.distinct.complete else "nearly every row") if every else f"{percent(own.alone)} of the rows"
    )
    what = "free text" if prose else "a text" if text else "a whole number"
    span = "" if text else f", from {feature.low:,.0f} to {feature.high:,.0f}"
    evidence = {
        "share_of_rows_with_a_value_of_their_own": own.alone,
        "distinct_values": own.distinct.number,
        "rows": float(feature.n),
    }
    if not text:
        evidence["share_of_values_repeated"] = own.distinct.repeated
        evidence["share_of_values_repeated_by_chance"] = repeats_by_chance(feature.n, feature.high - feature.low + 1)
    return Finding(
        title=f"{feature.name} gives {rows} {what} of {'its' if every else 'their'} own{span}",
        severity="low" if prose else "medium",
        columns=(feature.name,),
        evidence=evidence,
        detail=(
            "Free text has to be turned into features before a model can use it."
            if prose
            else "It names rows, it does not describe them: what a model learns from it holds for no new row. "
            "The plain model goes without it."
        ),
        remedy=Remedy(
            f"Make features from the words of {feature.name}, or leave it out."
            if prose
            else f"Leave {feature.name} out of the features; keep it as the index.",
            {"pandas": f"df = df.set_index({feature.name!r})", "Polars": f"features = df.drop({feature.name!r})"},
        ),
        set_aside={feature.name: "is free text" if prose else "names rows, as an identifier does"},
    )


def _group(subject: Subject, own: Own) -> Finding:
    feature = own.feature
    number = own.distinct.number
    about = "" if own.distinct.complete else "about "
    return Finding(
        title=f"{feature.name} looks like an identifier that rows share: "
        f"{about}{number:,.0f} values in {feature.n:,} rows",
        severity="low",
        columns=(feature.name,),
        evidence={"distinct_values": number, "rows": float(feature.n), "rows_a_value": feature.n / number},
        detail="Rows of one owner resemble each other. A score that trains on some and judges others is too good. "
        "The plain model goes without the column.",
        remedy=Remedy(
            f"Leave {feature.name} out of the features. Keep rows that share it in one fold if they belong together.",
            {"scikit-learn": f"cross_val_score(model, x, y, groups=df[{feature.name!r}], cv=GroupKFold(5))"},
        ),
        set_aside={feature.name: "names owners of rows, as an identifier does"},
    )


def _prose(values: np.ndarray) -> bool:
    """Whether most values have three words or more."""
    return bool(np.mean([len(str(v).split()) > 2 for v in values]) > 0.5) if values.size else False
