"""DAT010: identical rows with conflicting labels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.subject import Subject
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, Remedy
from cutaway.core.wording import percent
from cutaway.science.metrics.rates import Z95


@check("DAT010", name="conflicting rows", asks="model", needs=("model",))
def conflicting_rows(subject: Subject, *, min_share: float = 0.001, max_repeated: float = 0.05) -> Iterator[Finding]:
    """Rows whose features are all equal but whose labels differ: the ceiling that they put on any accuracy.

    Why it matters: whatever the model, it says the same of equal rows, so of each such set at best the commonest
    label is right. An accuracy above that ceiling on these columns is a sign of leakage or overfitting; one just
    below it means that only new columns can help.

    What to do: where the rows are copies of one record, find out which label is right; otherwise collect the column
    that tells them apart, or predict the share.

    Null: none; the rows are counted (all of them up to 8,192 different rows, beyond that in a sample of them, with an
    interval). Coincidences of coarse columns are expected and make a tip. It is an issue only when the equal rows
    agree on a number whose values otherwise hardly ever repeat (less than 5 % of its values occur twice), so that
    they must be copies; in clean tables with such a column this did not happen once.

    Passed: Equal rows have equal labels, but for at most the smallest share that is told.

    Source: the Bayes error of the columns, Devroye, Györfi & Lugosi 1996, chapter 2; Northcutt, Athalye & Mueller
    2021 on label errors in test sets.

    Example: two coarse columns with a noisy label fire; distinct rows stay silent.

    >>> from cutaway.checks.run.example import fitted
    >>> y = [0, 0, 0, 1] * 50
    >>> [f.title for f in conflicting_rows(fitted(y=y, a=[1.0, 2.0] * 100))]
    ['25.0 % of the rows have an equal row of another label: no accuracy above 75.0 % is possible']
    >>> list(conflicting_rows(fitted(y=y, a=[float(i) ** 0.5 for i in range(200)])))
    []
    """
    plain = subject.model
    assert plain is not None
    counts = plain.patterns.counts
    rows, best = counts.sum(axis=1), counts.max(axis=1)
    n = rows.sum()
    lost = float((rows - best).sum() / n)
    if lost < min_share:
        return
    half = 0.0
    if not plain.patterns.complete:  # a ratio of totals over a simple random sample of the different rows
        residual = (rows - best) - lost * rows
        half = Z95 * float(residual.std(ddof=1) / rows.mean() / np.sqrt(rows.size))
    copies = _copied_column(subject, max_repeated)
    share = float(rows[rows > best].sum() / n)
    ceiling = 1.0 - lost
    yield Finding(
        title=(
            f"{percent(lost)} of the rows have an equal row of another label: no accuracy above "
            f"{percent(ceiling)} is possible"
        )
        if half == 0.0
        else (
            f"About {percent(lost)} of the rows have an equal row of another label: no accuracy above "
            f"{percent(ceiling)} "
            f"is possible"
        ),
        severity="medium" if copies else "low",
        columns=(subject.target,),
        evidence={
            "highest_possible_accuracy": ceiling,
            "highest_possible_accuracy_low": ceiling - half,
            "highest_possible_accuracy_high": min(ceiling + half, 1.0),
            "share_of_rows_in_conflicting_sets": share,
            "different_rows": plain.patterns.number,
            "accuracy_out_of_fold": plain.out_of_fold.accuracy,
        },
        detail=(
            (
                f"The equal rows agree even on {copies}, whose values hardly ever repeat: they are copies of one "
                f"record with different labels."
            )
            if copies
            else (
                f"Counted over the {len(plain.design.groups)} columns of the model. The plain model reaches "
                f"{percent(plain.out_of_fold.accuracy)}."
            )
        ),
        figure=Bars(
            alt=(
                f"No model on these columns can exceed an accuracy of {percent(ceiling)}; the plain model reaches "
                f"{percent(plain.out_of_fold.accuracy)}."
            ),
            axis=Axis(label="accuracy"),
            labels=("highest possible", "plain model, out of fold"),
            values=(ceiling, plain.out_of_fold.accuracy),
        ),
        remedy=Remedy(
            "Look at the sets of equal rows and correct the labels, or drop the copies."
            if copies
            else (
                "Read any accuracy against this ceiling; collect a column that tells such rows apart if it is too low."
            ),
            {
                "pandas": (
                    f"features = "
                    f"table.columns.drop({subject.target!r}).tolist()\ntable[table.groupby(features, "
                    f"dropna=False)[{subject.target!r}].transform('nunique') > 1].sort_values(features)"
                )
            },
        ),
    )


def _copied_column(subject: Subject, max_repeated: float) -> str:
    """A number of the model with fractions whose values hardly ever repeat, if there is one."""
    plain = subject.model
    assert plain is not None
    for feature in subject.features:
        if feature.name in plain.design.groups and feature.spec.kind == "number" and not feature.whole:
            distinct = feature.distinct
            if distinct is not None and not feature.missing.sum() and distinct.repeated < max_repeated:
                return feature.name
    return ""
