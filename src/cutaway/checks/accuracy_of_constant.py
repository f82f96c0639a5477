"""DEC001: accuracy no better than that of a constant."""

from __future__ import annotations

from collections.abc import Iterator

from cutaway.checks.run.check import check
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.wording import percent, signed
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, NotApplicableError, Remedy
from cutaway.science.metrics.constant import over_constant

SURE = 3.2905  # normal quantile of 0.9995: a worse accuracy is an issue only when chance makes it in 1 of 2000


@check("DEC001", name="accuracy of a constant", asks="scores", needs=("scores",))
def accuracy_of_constant(subject: Subject) -> Iterator[Finding]:
    """The accuracy of the decisions is not shown to be higher than that of always naming the commonest class.

    Why it matters: a high accuracy sounds like a good model; where one class is common, a constant has it too, and
    finds no case of the others.

    What to do: report recall and precision with their intervals, or the expected cost, and choose the cut by the
    costs. Accuracy is the right measure only where every error costs the same.

    Null: the two are as often right, judged on the rows that only one of them gets right; the 95 % interval of the
    difference must lie above 0. It is a tip, and an issue only where the user's own scores decide worse than the
    constant at one chance in 2,000 and no costs were named that would explain it. In 12,000 simulated tables of 200
    to 20,000 rows with decisions exactly as good as the constant, an issue in 0.1 % and a gain shown in 2.3 %; in
    500 tables of 100 to 8,000 rows with calibrated scores, no issue.

    Passed: The accuracy at a cut of 0.5 is higher than that of always naming the commonest class.

    Source: McNemar 1947; Provost, Fawcett & Kohavi 1998, "The case against accuracy estimation".

    Example: probabilities of a rare class that never reach 0.5 fire; good ones of two equal classes stay silent.

    >>> from cutaway.checks.run.example import scored
    >>> [f.title for f in accuracy_of_constant(scored(y=[0, 0, 0, 0, 1] * 20, p=[0.1, 0.2, 0.2, 0.1, 0.4] * 20))]
    ['80 % accuracy is what always saying “0” has']
    >>> list(accuracy_of_constant(scored(y=[0, 1] * 50, p=[0.1, 0.9, 0.2, 0.8] * 25)))
    []
    """
    scored = subject.scored
    assert scored is not None
    found = over_constant(scored.counts)
    gain = found.gain
    if not scored.counts.weight:
        raise NotApplicableError("no row has a score")
    if gain.low > 0:
        return
    name = scored.classes[found.commonest]
    worse = over_constant(scored.counts, SURE).gain.high < 0
    if gain.value == 0 and gain.width == 0:
        title = f"{percent(found.accuracy)} accuracy is what always saying “{name}” has"
    elif gain.high < 0:
        title = f"{percent(found.accuracy)} accuracy is worse than the {percent(found.constant)} of always “{name}”"
    else:
        title = (
            f"{percent(found.accuracy)} accuracy is not shown to be better than the {percent(found.constant)} of "
            f"always saying “{name}”"
        )
    yield Finding(
        title=title,
        severity="medium" if worse and scored.own and not scored.costs.given else "low",
        columns=(subject.target,),
        evidence={
            "accuracy": found.accuracy,
            "accuracy_of_a_constant": found.constant,
            "gain_of_accuracy": gain.value,
            "gain_of_accuracy_low": gain.low,
            "gain_of_accuracy_high": gain.high,
        },
        detail=(
            f"Judged: {scored.name}, {'cut at 0.5' if scored.binary else 'the most probable class'}. The interval of "
            f"the difference runs from {signed(100 * gain.low)} to {signed(100 * gain.high)} percentage points "
            f"({gain.method})."
        ),
        figure=Bars(
            alt=f"The accuracy of the decisions, {percent(found.accuracy)}, beside {percent(found.constant)} of a "
            "constant.",
            axis=Axis(label="accuracy", unit="share of rows"),
            labels=("the decisions", f"always “{name}”"),
            values=(found.accuracy, found.constant),
        ),
        remedy=Remedy(
            "Do not judge this model by accuracy: report recall and precision, and choose the cut by what a false "
            "alarm and a miss cost.",
            {
                "scikit-learn": "from sklearn.metrics import classification_report\n"
                "print(classification_report(y, pred))",
                "cutaway": "from cutaway import metrics\nmetrics.recall.interval(metrics.counts(y, pred))",
            },
        ),
    )
