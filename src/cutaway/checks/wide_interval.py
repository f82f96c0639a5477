"""DEC003: rates that the rows do not tell closely enough to act on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from cutaway.checks.run.check import check
from cutaway.checks.run.scored import Scored
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.wording import percent
from cutaway.core.figures import Axis, Intervals
from cutaway.core.findings import Finding, NotApplicableError, Remedy
from cutaway.science import metrics
from cutaway.science.metrics import Estimate
from cutaway.science.metrics.rates import trials_for_width


@dataclass(frozen=True, slots=True)
class Told:
    """A rate, its interval, and the effective rows that it is a fraction of."""

    label: str
    of: str
    estimate: Estimate
    rows: float
    chosen: bool = False  # the cut chooses these rows; otherwise they are the table's


@check("DEC003", name="wide interval", asks="scores", needs=("scores",))
def wide_interval(subject: Subject, *, max_width: float = 0.2) -> Iterator[Finding]:
    """The interval of a rate is too wide to act on.

    Why it matters: a recall of 80 % from 15 positives may as well be 55 %. Two models, two cuts or two months that
    differ by less than the interval cannot be told apart, and a promise made from the number will be broken.

    What to do: judge on more rows of the class that is short, from further data or by cross-validation over all of
    it. The finding says how many. Until then report the interval in place of the number.

    Null: none; the width of an interval is computed, not tested. The limit is 20 percentage points: a recall
    between 70 % and 90 % leaves open whether one case in ten or three in ten are missed. It is an issue where
    the scores are the user's own and a class is short of rows; a tip for the plain model, and for a precision alone,
    which another cut may tell better.

    Passed: Every recall and precision is told within the limit.

    Source: Wilson 1927; Riley et al. 2021 on how many rows a validation needs.

    Example: 12 positives fire; 500 of each class stay silent.

    >>> from cutaway.checks.run.example import scored
    >>> y, p = [0] * 120 + [1] * 12, [0.1] * 118 + [0.9] * 2 + [0.9] * 9 + [0.1] * 3
    >>> [f.title for f in wide_interval(scored(y=y, p=p))]
    ['Recall is 75 %, and may be anything from 47 % to 91.1 %: it is a fraction of 12 rows']
    >>> list(wide_interval(scored(y=[0, 1] * 500, p=[0.1, 0.9] * 500)))
    []
    """
    scored = subject.scored
    assert scored is not None
    rates = list(_rates(scored))
    if not rates:
        raise NotApplicableError("no row has a score")
    wide = [told for told in rates if told.estimate.width > max_width]
    if not wide:
        return
    worst = max(wide, key=lambda told: (not told.chosen, told.estimate.width))
    e = worst.estimate
    needed = trials_for_width((e.low + e.high) / 2, max_width)  # the middle: none or all of few rows promise too much
    more = needed / worst.rows - 1
    weighted = "" if scored.counts.weight == scored.counts.squares.sum() else "effective "
    yield Finding(
        title=(
            f"{worst.label[0].upper()}{worst.label[1:]} is {percent(e.value)}, and may be anything from "
            f"{percent(e.low)} to {percent(e.high)}: it is a fraction of {worst.rows:,.0f} {weighted}rows"
        ),
        severity="medium" if scored.own and not all(told.chosen for told in wide) else "low",
        columns=(subject.target,),
        evidence={
            "rate": e.value,
            "low": e.low,
            "high": e.high,
            "rows_it_is_a_fraction_of": worst.rows,
            "rows_needed_for_the_limit": float(needed),
            "rates_with_too_wide_an_interval": float(len(wide)),
        },
        detail=f"Judged: {scored.name}, {'cut at 0.5' if scored.binary else 'the most probable class'}; {e.method}.",
        figure=Intervals(
            alt=f"{worst.label} lies between {percent(e.low)} and {percent(e.high)}, which is too wide to act on.",
            axis=Axis(label="rate"),
            labels=tuple(told.label for told in rates),
            centre=tuple(told.estimate.value for told in rates),
            low=tuple(told.estimate.low for told in rates),
            high=tuple(told.estimate.high for told in rates),
            notes=tuple(f"of {told.rows:,.0f} {told.of}" for told in rates),
        ),
        remedy=Remedy(
            f"About {more * worst.rows:,.0f} more {worst.of}, of some {more * scored.sums.rows:,.0f} more rows like "
            f"these, would bring the interval to {percent(max_width)} in width. Until then report both ends, and do "
            "not rank models or cuts by differences within them.",
            {"cutaway": "from cutaway import metrics\nmetrics.recall.interval(metrics.counts(y, pred))"},
        ),
    )


def _rates(scored: Scored) -> Iterator[Told]:
    """Recall of each class and precision of the positive one (two classes), where they are defined."""
    counts = scored.counts
    if scored.binary:
        for rate, label, of in (
            (metrics.recall, "recall", f"rows that are “{scored.classes[1]}”"),
            (metrics.specificity, "specificity", f"rows that are “{scored.classes[0]}”"),
            (metrics.precision, "precision", f"rows predicted “{scored.classes[1]}”"),
        ):
            found = rate.interval(counts)
            if not math.isnan(found.value):
                yield Told(label, of, found, rate.effective(counts)[1], rate is metrics.precision)
        return
    for k, name in enumerate(scored.classes):
        table = counts.against_rest(k)
        found = metrics.recall.interval(table)
        if not math.isnan(found.value):
            yield Told(f"recall of “{name}”", f"rows that are “{name}”", found, metrics.recall.effective(table)[1])
