"""DAT001: one class holds most of the labels."""

from __future__ import annotations

from collections.abc import Iterator

from cutaway.checks.run.check import check
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.weighted_code import weighted_code
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, Remedy
from cutaway.core.wording import percent
from cutaway.science import weights


@check("DAT001", name="dominant class", asks="table")
def dominant_class(subject: Subject, *, max_share: float = 0.8) -> Iterator[Finding]:
    """One class holds most of the labels.

    Why it matters: a constant that always says the commonest class reaches its share as accuracy, so an accuracy near
    it says nothing; and a loss summed over rows hardly feels the rare class.

    What to do: judge by recall, precision and average precision; cut where your costs say, not at 0.5; weights move
    the cut and distort probabilities, so use them only if the library offers no threshold.

    Null: none; the shares are counted, not estimated, so it cannot be a false alarm. Above 0.8 a constant is right
    four times in five, and the improvement left to accuracy is smaller than a quarter of the constant's own.

    Passed: No class holds more labels than the limit.

    Source: He & Garcia 2009, "Learning from imbalanced data", section 2; King & Zeng 2001 on rare events and weights.

    Example: labels 95 % of one class fire; 60 % stay silent.

    >>> from cutaway.checks.run.example import table
    >>> [f.title for f in dominant_class(table(y=["no"] * 95 + ["yes"] * 5))]
    ['95.0 % of the rows are “no”: always saying so is 95.0 % accurate']
    >>> list(dominant_class(table(y=["no"] * 60 + ["yes"] * 40)))
    []
    """
    weighted = subject.survey.class_weights
    shares = weighted / weighted.sum()
    top = int(shares.argmax())
    if shares[top] <= max_share:
        return
    name = subject.classes[top]
    balanced = weights.balanced(subject.counts)
    yield Finding(
        title=f"{percent(shares[top])} of the rows are “{name}”: always saying so is {percent(shares[top])} accurate",
        severity="high" if shares[top] > 0.95 else "medium",
        columns=(subject.target,),
        evidence={
            "accuracy_of_a_constant": float(shares[top]),
            "rows_of_the_rarest_class": float(subject.counts.min()),
            **{f"balanced_weight_of_{c}": float(w) for c, w in zip(subject.classes, balanced, strict=True)},
        },
        detail="Shares are weighted by the sampling weights." if subject.frame.weight else "",
        figure=Bars(
            alt=f"“{name}” holds {percent(shares[top])} of the rows; the other classes share the rest.",
            axis=Axis(label="share of rows"),
            labels=subject.classes,
            values=tuple(float(s) for s in shares),
        ),
        remedy=Remedy(
            (
                "Report recall and precision of the rare class, or average precision, instead of accuracy; choose "
                "the cut by your costs. If weights it must be, the code minimises the same in every library."
            ),
            weighted_code(subject.classes, [float(w) for w in balanced]),
        ),
    )
