"""DEC006: what precision becomes where positives are rarer or commoner than in the table."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.wording import percent
from cutaway.core.figures import Axis, Line, Lines
from cutaway.core.findings import Finding, NotApplicableError, Remedy
from cutaway.science import metrics
from cutaway.science.metrics.base_rates import precision_at

DRAWN = 41  # points of the curve


@check("DEC006", name="base rate", asks="scores", needs=("binary", "scores"))
def base_rate(subject: Subject, *, rarer: float = 10.0, least_fall: float = 0.2) -> Iterator[Finding]:
    """Precision falls where positives are rarer than in the table, with the same model and the same cut.

    Why it matters: recall and the false-alarm rate are properties of the model and the cut; precision is theirs and
    the base rate's. A table with as many positives as negatives, or one collected because something was suspected,
    shows a precision that the street does not have.

    What to do: find out the base rate where the model will be used, read the precision off the curve, and choose the
    cut for that base rate. Calibrated probabilities are moved by a prior-shift correction.

    Null: none; nothing is tested, and it is a tip. It is told where precision would fall by more than 20 percentage
    points, one alarm in five, where positives are ten times rarer. Recall and false-alarm rate are taken as the same
    there; they are not where cases are also milder.

    Passed: With positives ten times rarer precision would fall by no more than 20 percentage points.

    Source: Meehl & Rosen 1955; Altman & Bland 1994, "Predictive values".

    Example: a precision of 90 % at equal classes fires; decisions without an error in 20,000 rows stay silent.

    >>> from cutaway.checks.run.example import scored
    >>> y, p = [0] * 100 + [1] * 100, [0.1] * 90 + [0.9] * 100 + [0.1] * 10
    >>> [f.title for f in base_rate(scored(y=y, p=p))]
    ['Precision is 90.0 % here, and 32 % where 5.0 % are positive instead of 50 %']
    >>> list(base_rate(scored(y=[0, 1] * 10_000, p=[0.1, 0.9] * 10_000)))
    []
    """
    scored = subject.scored
    assert scored is not None
    counts = scored.counts
    share, precision = metrics.prevalence.of(counts), metrics.precision.of(counts)
    if math.isnan(precision):
        raise NotApplicableError("no row is predicted positive at a cut of 0.5, so there is no precision")
    if not 0 < share < 1:
        raise NotApplicableError("every scored row is of one class")
    there = precision_at(counts, share / rarer)
    if not precision - there.value > least_fall:
        return
    rates = np.geomspace(min(share, 0.001 * 10**0.5) / rarer, max(share, 0.5), DRAWN)
    curve = [precision_at(counts, float(rate)) for rate in rates]
    here = precision_at(counts, share)
    title = (
        f"Precision is {percent(precision)} here, and {percent(there.value)} where {percent(share / rarer)} are "
        f"positive instead of {percent(share)}"
    )
    yield Finding(
        title=title,
        severity="low",
        columns=(subject.target,),
        evidence={
            "base_rate_here": share,
            "precision_here": here.value,
            "precision_here_low": here.low,
            "precision_here_high": here.high,
            "base_rate_there": share / rarer,
            "precision_there": there.value,
            "precision_there_low": there.low,
            "precision_there_high": there.high,
            "recall": metrics.recall.of(counts),
            "false_alarm_rate": metrics.false_alarm_rate.of(counts),
        },
        detail=f"Judged: {scored.name}, cut at 0.5, with the same recall and false-alarm rate at every base rate.",
        figure=Lines(
            alt=f"Precision falls from {percent(precision)} at a base rate of {percent(share)} to "
            f"{percent(there.value)} at {percent(share / rarer)}.",
            x=Axis(label="base rate", unit="share of rows that are positive", scale="log"),
            y=Axis(label="precision"),
            lines=(
                Line(
                    name="precision",
                    x=tuple(float(rate) for rate in rates),
                    y=tuple(e.value for e in curve),
                    low=tuple(e.low for e in curve),
                    high=tuple(e.high for e in curve),
                ),
                Line(name="here", x=(share, share), y=(0.0, precision), role="other"),
            ),
        ),
        remedy=Remedy(
            "Ask for the base rate where the model will be used, and quote the precision for that base rate.",
            {
                "cutaway": "from cutaway.science.metrics.base_rates import precision_at\n"
                f"precision_at(metrics.counts(y, pred), base_rate={share / rarer:.2g})",
                "NumPy": f"base = {share / rarer:.2g}\n"
                "precision = recall * base / (recall * base + false_alarm_rate * (1 - base))",
            },
        ),
    )
