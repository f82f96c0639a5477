"""DEC005: every rate, its interval, and what it is a fraction of."""

from __future__ import annotations

import math
from collections.abc import Iterator

from cutaway.checks.run.check import check
from cutaway.checks.run.scored import Scored
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.wording import percent, plain_number
from cutaway.core.figures import Axis, Intervals
from cutaway.core.findings import Finding, NotApplicableError, Remedy
from cutaway.science import metrics
from cutaway.science.metrics import RATES, Estimate, Rate


@check("DEC005", name="every rate", asks="scores", needs=("scores",))
def every_rate(subject: Subject) -> Iterator[Finding]:
    """Every rate of the decisions, with its interval and what it is a fraction of.

    Why it matters: recall is a fraction of the positives, precision of the alarms, and both are called “accuracy” in
    conversation. A rate without its denominator is mixed up, and one without its interval is believed too much. Rates
    that are means over batches are neither: add the counts, then divide.

    What to do: quote the rate that belongs to the question, with its interval and its denominator.

    Null: none; nothing is tested, and it is always a tip. In simulation 95 % intervals of proportions cover 94 to 96 %
    on average over the proportions; those of the other rates cover 94 to 97 % with ten positives and more.

    Passed: There is no rate to tell.

    Source: Wilson 1927 for proportions; Donner & Zou 2012 for ratios; the delta method for the others.

    Example: six positives and ninety-four negatives; without rows it is not applicable.

    >>> from cutaway.checks.run.example import scored
    >>> y, p = [0] * 94 + [1] * 6, [0.1] * 90 + [0.9] * 9 + [0.1]
    >>> [f.title for f in every_rate(scored(y=y, p=p))]
    ['Recall 83 %: 5 of 6 positives are found. Precision 56 %: 5 of 9 alarms are right']
    """
    scored = subject.scored
    assert scored is not None
    if not scored.counts.weight:
        raise NotApplicableError("no row has a score")
    rows = list(_rates(scored))
    shown = [(label, found, of) for label, rate, found, of in rates_of_share(rows) if not math.isnan(found.value)]
    yield Finding(
        title=_title(scored),
        severity="low",
        columns=(subject.target,),
        evidence={
            f"{label}{end}".replace(" ", "_"): value
            for label, _, found, _ in rows
            for end, value in (("", found.value), ("_low", found.low), ("_high", found.high))
            if math.isfinite(value)
        },
        detail=(
            f"Judged: {scored.name}, {'cut at 0.5' if scored.binary else 'the most probable class'}. "
            + " ".join(_undefined(rows))
        ).strip(),
        figure=Intervals(
            alt=f"{len(shown)} rates with their 95 % intervals, each with what it is a fraction of.",
            axis=Axis(label="rate"),
            labels=tuple(label for label, _, _ in shown),
            centre=tuple(found.value for _, found, _ in shown),
            low=tuple(found.low for _, found, _ in shown),
            high=tuple(found.high for _, found, _ in shown),
            notes=tuple(of for _, _, of in shown),
        ),
        remedy=Remedy(
            "Quote a rate with its interval and its denominator; over batches add the counts, and divide once.",
            {
                "cutaway": "from cutaway import metrics\n"
                "counts = metrics.counts(y, pred)  # counts of batches add up: counts + counts\n"
                "for rate in metrics.RATES.values():\n    print(rate, rate.interval(counts))"
            },
        ),
    )


Row = tuple[str, Rate, Estimate, str]


def rates_of_share(rows: list[Row]) -> list[Row]:
    """Those whose range is from 0 to 1, which one axis can show."""
    return [row for row in rows if row[1].span == (0.0, 1.0)]


def _rates(scored: Scored) -> Iterator[Row]:
    """Every rate of two classes; of several, those of the whole table, and recall and precision of each class."""
    counts = scored.counts
    for name, rate in RATES.items():
        if scored.binary or rate.whole:
            of = f"{plain_number(rate.effective(counts)[1])} {_rows(rate)}" if rate.share else rate.denominator
            yield name.replace("_", " "), rate, rate.interval(counts), f"of {of}"
    if not scored.binary:
        for rate in (metrics.recall, metrics.precision):
            for k, name in enumerate(scored.classes):
                table = counts.against_rest(k)
                trials = plain_number(rate.effective(table)[1])
                of = f"of {trials} rows that are “{name}”" if rate is metrics.recall else f"of {trials} so predicted"
                yield f"{rate.name} of “{name}”", rate, rate.interval(table), of


def _rows(rate: Rate) -> str:
    return rate.denominator.removeprefix("all ").replace("that are ", "")


def _title(scored: Scored) -> str:
    counts = scored.counts
    if not scored.binary:
        accuracy = metrics.accuracy.of(counts)
        recalls = metrics.recall.of(counts, average="each")
        least = min((k for k in range(counts.classes) if not math.isnan(recalls[k])), key=lambda k: float(recalls[k]))
        return (
            f"Accuracy {percent(accuracy)}; the class found least is “{scored.classes[least]}”: "
            f"{percent(float(recalls[least]))} of its rows"
        )
    weighed = "" if counts.weight == counts.squares.sum() else " (effective rows)"
    recall, precision = metrics.recall, metrics.precision
    tp, positives = recall.effective(counts)
    hits, alarms = precision.effective(counts)
    found = (
        f"Recall {percent(tp / positives)}: {tp:,.0f} of {positives:,.0f} positives are found{weighed}"
        if positives
        else "No row is positive, so there is no recall"
    )
    right = (
        f"Precision {percent(hits / alarms)}: {hits:,.0f} of {alarms:,.0f} alarms are right{weighed}"
        if alarms
        else "No row is predicted positive, so there is no precision"
    )
    return f"{found}. {right}"


def _undefined(rows: list[Row]) -> Iterator[str]:
    names = [label for label, _, found, _ in rows if math.isnan(found.value)]
    if names:
        yield f"Not defined, because the denominator is 0: {', '.join(names)}."
