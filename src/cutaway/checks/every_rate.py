"""DEC005: every rate, its interval, and what it is a fraction of."""

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
from cutaway.science.metrics import Counts, Estimate, Rate

DRAWN = (
    metrics.recall,
    metrics.precision,
    metrics.specificity,
    metrics.false_alarm_rate,
    metrics.f1,
    metrics.accuracy,
    metrics.balanced_accuracy,
)


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
    shown = [row for row in rows if not math.isnan(row.estimate.value)]
    lacking = [row.label for row in rows if math.isnan(row.estimate.value)]
    yield Finding(
        title=_title(scored),
        severity="low",
        columns=(subject.target,),
        evidence={**_cells(scored), **_intervals(shown)},
        detail=f"Judged: {scored.name}, {'cut at 0.5' if scored.binary else 'the most probable class'}."
        + (f" Not defined, because the denominator is 0: {', '.join(lacking)}." if lacking else ""),
        figure=Intervals(
            alt=f"{len(shown)} rates with their 95 % intervals, each with the rows that it is a fraction of.",
            axis=Axis(label="rate"),
            labels=tuple(row.label for row in shown),
            centre=tuple(row.estimate.value for row in shown),
            low=tuple(row.estimate.low for row in shown),
            high=tuple(row.estimate.high for row in shown),
            notes=tuple(row.of for row in shown),
        ),
        remedy=Remedy(
            "Quote a rate with its interval and its denominator; over batches add the counts, and divide once.",
            {
                "cutaway": "from cutaway import metrics\n"
                "counts = metrics.counts(y, pred)  # counts of batches add up\n"
                "for rate in metrics.RATES.values():\n    print(rate, rate.interval(counts))"
            },
        ),
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A rate as it is drawn: its name, its interval, and what it is a fraction of."""

    label: str
    estimate: Estimate
    of: str = ""


def _rates(scored: Scored) -> Iterator[Row]:
    """The rates that say different things; of several classes recall and precision of each."""
    counts = scored.counts
    if scored.binary:
        for rate in DRAWN:
            yield Row(rate.name.replace("_", " "), rate.interval(counts), _of(rate, counts))
        return
    for rate in (metrics.accuracy, metrics.balanced_accuracy):
        yield Row(rate.name.replace("_", " "), rate.interval(counts), _of(rate, counts))
    for rate in (metrics.recall, metrics.precision):
        for k, name in enumerate(scored.classes):
            table = counts.against_rest(k)
            yield Row(f"{rate.name} of “{name}”", rate.interval(table), _of(rate, table))


def _of(rate: Rate, counts: Counts) -> str:
    """“5 of 6”, in effective rows where rows have weights; nothing for what is no proportion."""
    if not rate.share:
        return ""
    successes, trials = rate.effective(counts)
    return f"{successes:,.0f} of {trials:,.0f}"


def _cells(scored: Scored) -> dict[str, float]:
    if not scored.binary:
        return {}
    counts = scored.counts
    return {"hits": counts.tp, "misses": counts.fn, "false_alarms": counts.fp, "rightly_passed_over": counts.tn}


def _intervals(rows: list[Row]) -> dict[str, float]:
    """Value and ends of recall and precision; the figure has the others."""
    told = [row for row in rows if row.label.startswith(("recall", "precision"))]
    return {
        f"{row.label}{end}".replace(" ", "_"): value
        for row in told
        for end, value in (("", row.estimate.value), ("_low", row.estimate.low), ("_high", row.estimate.high))
    }


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
