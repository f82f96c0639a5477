"""DAT012: the training and the test table share rows or identifiers, or time runs backwards between them."""

from __future__ import annotations

import math
from collections.abc import Iterator

from cutaway.checks.run.check import check
from cutaway.checks.run.second import Shared, Tally
from cutaway.checks.run.subject import Subject
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, NotApplicableError, Remedy
from cutaway.core.wording import percent

Z999 = 3.2905267314919255  # 99.95 % point of the standard normal: two-sided 0.001


@check("DAT012", name="shared rows", asks="test", needs=("test", "model"))
def shared_rows(subject: Subject, *, least_change: float = 0.002) -> Iterator[Finding]:
    """Rows or identifiers are in both tables, or test rows are older than training rows, and it changes the accuracy.

    Why it matters: a model that can remember is right on the rows it has seen, and on rows of a customer or patient
    it has seen, for reasons that new data will not offer; a model tested on its own past knows the future.

    What to do: split by the identifier (groups) or by time, drop the shared rows from the test table, and measure
    again.

    Null: the tables are two random parts of one population. Then a test row meets its equal in the training table as
    often as training rows meet one another, and leaving such rows out does not change the accuracy. It is raised when
    sharing exceeds that by more than 3.29 standard errors and the accuracy with the shared rows differs from the
    accuracy without them by more than 3.29 standard errors and 0.2 points: less than one false alarm in a thousand
    pairs of tables for each kind of sharing. For equal rows the accuracy is that of the plain model helped by
    remembered labels, because the plain model alone cannot remember; for identifiers and dates it is the plain
    model's own.

    Passed: Sharing between the tables is no more than chance makes, or leaving the shared rows out does not change
    the accuracy.

    Source: Kaufman, Rosset & Perlich 2012 on leakage; Kapoor & Narayanan 2023, types L1.4 and L3.

    Example: half of the test rows copied from the training table fire; two random halves stay silent.

    >>> import numpy as np
    >>> from cutaway.checks.run.example import pair
    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.normal(size=2000), rng.integers(0, 2, 2000)
    >>> copied = np.r_[0:500, 1000:1500]
    >>> [f.title for f in shared_rows(pair({"x": x[:1000], "y": y[:1000]}, {"x": x[copied], "y": y[copied]}))]
    ['50.0 % of the test rows are in the training table too']
    >>> list(shared_rows(pair({"x": x[:1000], "y": y[:1000]}, {"x": x[1000:], "y": y[1000:]})))
    []
    """
    second = subject.second
    assert second is not None
    if not second.shared:
        raise NotApplicableError("no model was fitted, so that nothing tells whether sharing matters")
    for shared in second.shared:
        yield from _found(shared, least_change)
    for shared in second.backwards:
        yield from _late(shared, least_change)


def _excess(shared: Shared) -> bool:
    """More test rows are known than training rows repeat, beyond 3.29 standard errors."""
    n = int(shared.tally.rows.sum())
    share = shared.tally.rows[1] / max(n, 1)
    chance = shared.repeated
    spread = math.sqrt(max(share * (1 - share), chance * (1 - chance), 1 / max(n, 1)) / max(n, 1))
    return bool(share - chance > Z999 * spread)


def _change(tally: Tally, remembered: bool) -> tuple[float, float, bool]:
    """Accuracy with and without the rows for which the answer is yes, and whether they differ beyond 3.29 standard
    errors.

    The rows left are a part of all rows; under the null a random part, so their variances subtract.
    """
    right = tally.remembered if remembered else tally.plain
    n, rest = int(tally.rows.sum()), int(tally.rows[0])
    if rest < 30:
        return right.sum() / max(n, 1), float("nan"), False
    whole, without = right.sum() / n, right[0] / rest
    spread = math.sqrt(max(whole * (1 - whole), 1 / n) * (1 / rest - 1 / n)) if rest < n else 0.0
    return float(whole), float(without), abs(whole - without) > Z999 * spread > 0


def _found(shared: Shared, least: float) -> Iterator[Finding]:
    tally = shared.tally
    rows = shared.what == "row"
    whole, without, differs = _change(tally, remembered=rows)
    none_left = tally.rows[0] < 30 and tally.rows[1] > 0
    if not _excess(shared) or not (none_left or (differs and abs(whole - without) > least)):
        return
    share = tally.rows[1] / tally.rows.sum()
    what = "are in the training table too" if rows else f"have a {shared.what} that is in the training table too"
    yield Finding(
        title=f"{percent(share)} of the test rows {what}",
        severity="high",
        columns=() if rows else (shared.what,),
        evidence={
            "share_of_test_rows_shared": float(share),
            "share_expected_by_chance": shared.repeated,
            "accuracy_with_them": whole,
            "accuracy_without_them": without,
            "test_rows_looked_at": float(tally.rows.sum()),
        },
        detail="Hardly any test row is new, so nothing is left to judge by."
        if none_left
        else f"With them accuracy is {percent(whole)}, without them {percent(without)}.",
        figure=Bars(
            alt=f"Accuracy {whole:.3f} with the shared rows and {without:.3f} without.",
            axis=Axis(label="accuracy on the test table"),
            labels=("all test rows", "without the shared"),
            values=(whole, 0.0 if none_left else without),
            harmful=(True, False),
        ),
        remedy=Remedy(
            "Drop the shared rows from the test table."
            if rows
            else f"Split so that no {shared.what} is on both sides.",
            {
                "pandas": (
                    "test = test.merge(train.drop_duplicates(), how='left', indicator=True).query(\"_merge "
                    "== 'left_only'\")"
                )
            }
            if rows
            else {"scikit-learn": f"GroupShuffleSplit(test_size=0.25).split(table, groups=table[{shared.what!r}])"},
        ),
    )


def _late(shared: Shared, least: float) -> Iterator[Finding]:
    tally = shared.tally
    if not tally.rows[1]:
        return
    share = tally.rows[1] / tally.rows.sum()
    whole, without, differs = _change(tally, remembered=False)
    none_left = tally.rows[0] < 30
    if not none_left and not (differs and abs(whole - without) > least):
        return
    yield Finding(
        title=f"{percent(share)} of the test rows are not later than the last training row by {shared.what}",
        severity="low" if none_left else "high",
        columns=(shared.what,),
        evidence={
            "share_of_test_rows_not_later": float(share),
            "accuracy_with_them": whole,
            "accuracy_without_them": without,
        },
        detail="Too few test rows are later to say what that changes."
        if none_left
        else f"On all test rows accuracy is {percent(whole)}, on the later ones {percent(without)}.",
        remedy=Remedy(
            "If the model is to predict the future, split by time: train on the earlier rows and test on the later.",
            {"scikit-learn": "TimeSeriesSplit(n_splits=5)"},
        ),
    )
