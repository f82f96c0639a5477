"""DEC004: recall first or precision first, as the costs decide."""

from __future__ import annotations

import math
from collections.abc import Iterator

from cutaway.checks.run.check import check
from cutaway.checks.run.decisions import cut_text, said, two_classes
from cutaway.checks.run.scored import Scored
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.wording import percent
from cutaway.core.figures import Axis, Intervals
from cutaway.core.findings import Finding, Remedy
from cutaway.science import metrics
from cutaway.science.metrics import Cuts, HeldOutCut, OperatingPoint, PrecisionAtLeast, RecallAtLeast, Tally
from cutaway.science.metrics.thresholds import PointRate

_RATES: tuple[PointRate, ...] = ("recall", "precision")


@check("DEC004", name="recall or precision first", asks="scores", needs=("scores", "binary"))
def costlier_error(subject: Subject, *, aim: float = 0.9) -> Iterator[Finding]:
    """Which of recall and precision comes first, and what each of the two choices gives.

    Why it matters: both cannot be had at once, and 0.5 chooses between them without knowing what an error costs. The
    dearer error decides: where a miss costs more than a false alarm, recall comes first.

    What to do: name what a false alarm and a miss cost, in any common unit; cut where the cost is least; quote recall
    and precision there.

    Null: none where costs are named, for then the costs decide, and the tip says so. Without costs the tip is given
    only where 0.5 neglects one of the two: where the 95 % interval of recall or of precision lies below one half, so
    that an error of one kind is commoner than the rightly decided rows beside it. Rates of the two choices (recall, or
    precision, of at least `aim`) are measured on folds that did not choose the cut.

    Passed: The errors cost the same and the cut at 0.5 neglects neither recall nor precision.

    Source: Elkan 2001, section 2, on why the costs and not the base rate decide.

    Example: a rare class of which 0.5 catches little; a frequent one that 0.5 tells well.

    >>> import numpy as np
    >>> from cutaway.checks.run.example import scored
    >>> rng = np.random.default_rng(0)
    >>> p = rng.beta(0.5, 6, 4000)
    >>> y = (rng.random(4000) < p).astype(int)
    >>> [f.status for f in costlier_error(scored(y=y, p=p))]
    ['tip']
    >>> p = rng.beta(0.3, 0.5, 1000)
    >>> list(costlier_error(scored(y=(rng.random(1000) < p).astype(int), p=p)))
    []
    """
    scored = subject.scored
    assert scored is not None
    two_classes(Tally.of_histogram(scored.histogram))
    fp, fn = _costs(scored)
    first = metrics.which_first(fp, fn) if fp > 0 and fn > 0 else "neither"
    half = _at_half(scored)
    neglected = "" if scored.costs.given else _neglected(half)
    if first == "neither" and not neglected:
        return
    recall = metrics.held_out_cut(scored.folds, 1.0, 1.0, rule=RecallAtLeast(aim))
    precision = metrics.held_out_cut(scored.folds, 1.0, 1.0, rule=PrecisionAtLeast(aim))
    yield Finding(
        title=_title(subject, scored, fn / fp, first, neglected, half),
        severity="low",
        columns=(scored.name,) if scored.own else (),
        evidence={
            **({"false_alarms_that_one_miss_costs": fn / fp} if scored.costs.given else {}),
            **_evidence("at_half", half),
            **_evidence(f"for_recall_of_{aim:g}", recall.judged),
            **_evidence(f"for_precision_of_{aim:g}", precision.judged),
        },
        detail=_detail(subject, recall, precision, aim),
        figure=_figure((half, recall.judged, precision.judged), aim),
        remedy=_remedy(scored, first, recall.point.cut, precision.point.cut),
    )


def _costs(scored: Scored) -> tuple[float, float]:
    """What a false alarm and a miss cost, on average where a column says so."""
    if scored.costs.column is None:
        return scored.costs.fp, scored.costs.fn
    paid = [sum(float(h.counts[k].sum()) for h in scored.cost_folds) for k in (0, 1)]
    rows = [sum(float(h.counts[k].sum()) for h in scored.folds) for k in (0, 1)]
    return tuple(a / b if b > 0 else 0.0 for a, b in zip(paid, rows, strict=True))  # type: ignore[return-value]  # two


def _at_half(scored: Scored) -> OperatingPoint:
    cuts = Cuts.of_histogram(scored.histogram)
    return cuts.point(cuts.place(0.0))


def _neglected(half: OperatingPoint) -> str:
    """What 0.5 surely leaves below one half."""
    for rate in _RATES:
        if half.estimate(rate).high < 0.5:
            return rate
    return ""


def _evidence(where: str, point: OperatingPoint) -> dict[str, float]:
    out = {f"recall_{where}": point.recall, f"precision_{where}": point.precision}
    return {**out, f"share_of_rows_flagged_{where}": point.alarms}


def _title(subject: Subject, scored: Scored, ratio: float, first: str, neglected: str, half: OperatingPoint) -> str:
    positive = subject.classes[1]
    if neglected == "recall":
        return (
            f"At 0.5, {said(scored)} catches {percent(half.recall)} of the “{positive}”: name what a miss and a false "
            f"alarm cost"
        )
    if neglected:
        return (
            f"At 0.5, {percent(half.precision)} of the alarms of {said(scored)} are right: name what a miss and a "
            f"false alarm cost"
        )
    mean = "on average " if scored.costs.column is not None else ""
    if first == "recall":
        return f"Recall first: a missed “{positive}” costs {mean}as much as {ratio:.3g} false alarms"
    return f"Precision first: a false alarm costs {mean}as much as {1 / ratio:.3g} missed “{positive}”"


def _detail(subject: Subject, recall: HeldOutCut, precision: HeldOutCut, aim: float) -> str:
    positive = subject.classes[1]
    one, two = recall.judged, precision.judged
    # chosen for its precision on some rows, a cut far out often loses it on others
    sure = (
        f"no cut keeps {percent(aim)} of its alarms right"
        if not two.precision >= aim - 0.1
        else f"alarms that are right {percent(two.precision)} of the time (cut {cut_text(precision.point.cut)}) catch "
        f"{percent(two.recall)}"
    )
    return (
        f"To catch {percent(one.recall)} of the “{positive}” (cut {cut_text(recall.point.cut)}), {percent(one.alarms)} "
        f"of the rows are flagged, {percent(one.precision)} of them rightly; {sure}. Measured on rows that did not "
        f"choose the cut."
    )


def _figure(points: tuple[OperatingPoint, ...], aim: float) -> Intervals:
    labels, centre, low, high = [], [], [], []
    for where, point in zip(("at 0.5", f"recall {aim:g}", f"precision {aim:g}"), points, strict=True):
        for rate in _RATES:
            one = point.estimate(rate)
            if not math.isnan(one.value):
                labels.append(f"{rate}, {where}")
                centre.append(one.value)
                low.append(one.low)
                high.append(one.high)
    return Intervals(
        alt=f"Recall and precision at 0.5 and at the cuts that bring each of them to {aim:g}.",
        axis=Axis(label="share"),
        labels=tuple(labels),
        centre=tuple(centre),
        low=tuple(low),
        high=tuple(high),
    )


def _remedy(scored: Scored, first: str, recall_cut: float, precision_cut: float) -> Remedy:
    if scored.costs.given:
        want = "recall" if first == "recall" else "precision"
        cut = f" If the scores are calibrated, cut at {scored.costs.cut:.3g}." if scored.costs.column is None else ""
        return Remedy(f"Judge models by {want} at the cut of least cost, and say what the other is there.{cut}")
    return Remedy(
        "Say what the two errors cost, in any unit, and cut where the cost is least. "
        f"Recall first is near {cut_text(recall_cut)}, precision first near "
        f"{cut_text(precision_cut)}.",
        {
            "cutaway": (
                "cutaway audit table.parquet --target y --cost-fp 1 --cost-fn 20\n"
                "from cutaway import metrics\nmetrics.USE_CASES  # typical costs, and where they are from"
            )
        },
    )
