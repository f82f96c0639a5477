"""DEC010: labels that confident scores contradict more often than chance allows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.scored import Scored
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.wording import plain_number
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, NotApplicableError, Remedy
from cutaway.science import logit
from cutaway.science.metrics.confident import ConfidentJoint, confident_joint, poisson_tail
from cutaway.science.metrics.rates import holm

FEWEST = 50  # rows a class, for a threshold and a recalibration of its own
SURER = (0.99, 0.999)  # levels beside that of the joint: few right labels are contradicted so clearly
SURE = 3.0  # log-odds, a probability of 0.95, from which a wrong label weighs more on a slope than twenty right ones


@check("DEC010", name="probable label errors", asks="scores", needs=("scores",))
def label_errors(subject: Subject, *, alpha: float = 0.001, least: int = 5, shown: int = 10) -> Iterator[Finding]:
    """More rows are confidently scored as another class than calibrated scores would bring about.

    Why it matters: rows with the wrong label are learned as truth and judged as errors; a rate measured on them cannot
    reach 1. But a confident score against the label is no error yet: of the rows scored 0.9, one in ten is rightly
    labelled otherwise. To count those as label errors is to find thousands in a clean table.

    What to do: look at the rows that are named, the most contradicted first, and correct those that are wrong. If they
    are right, the scores are over-confident there: calibrate them.

    Null: each label is drawn with the probabilities that the scores give, after a correction of slope and intercept
    for each class against the rest, fitted on the rows of which the scores are less sure than 0.95, so that wrong
    labels of sure rows do not move it. The counts of the confident joint, and those at 0.99 and 0.999, are compared
    with it by Poisson's upper tail, corrected after Holm over levels and pairs of classes; at least `least` rows too
    many make a tip. No tip in 300 simulated tables of 500 to 8,000 rows (calibrated, over- and under-confident scores,
    plain models with and without a bent effect). With 8,000 rows and scores of standard deviation 4 in log-odds, 2 %
    flipped labels are found 10 times in 10, 1 % 7 times. Not an issue: scores alone cannot tell a wrong label from an
    over-confident score, and scores that were learned from the same wrong labels hide them in part.

    Passed: Confident scores contradict labels no more often than chance allows.

    Source: Northcutt, Jiang & Chuang 2021, with the null that it lacks.

    Example: labels flipped after the scores were made fire; calibrated scores stay silent.

    >>> from cutaway.checks.run.example import scored
    >>> rng = np.random.default_rng(0)
    >>> z = 4 * rng.normal(size=4000)
    >>> p = 1 / (1 + np.exp(-z))
    >>> y = (rng.random(4000) < p).astype(int)
    >>> list(label_errors(scored(y=y, p=p)))
    []
    >>> y[np.argsort(-z)[:60]] = 0
    >>> [f.columns for f in label_errors(scored(y=y, p=p))]
    [('y',)]
    """
    scored = subject.scored
    assert scored is not None
    sample = scored.sample
    seen = np.bincount(sample.y, minlength=len(scored.classes))
    if seen.min() < FEWEST:
        raise NotApplicableError(f"a class has {seen.min()} scored rows in the sample, fewer than {FEWEST}")
    p = _recalibrated(sample.logits, sample.y, len(scored.classes))
    joints = [confident_joint(p, sample.y, at) for at in (None, *SURER)]
    tests = [(joint, i, j) for joint in joints for i in range(len(seen)) for j in range(len(seen)) if i != j]
    chance = holm([poisson_tail(joint.counts[i, j], joint.expected[i, j]) for joint, i, j in tests])
    found = [
        (c, t)
        for c, t in zip(chance, range(len(tests)), strict=True)
        if c < alpha and tests[t][0].counts[tests[t][1:]] - tests[t][0].expected[tests[t][1:]] >= least
    ]
    if found:
        joint = tests[min(found)[1]][0]  # the level of confidence that says it most clearly
        yield _finding(subject, scored, p, joint, [tests[t][1:] for _, t in found if tests[t][0] is joint], shown)


def _recalibrated(logits: np.ndarray, y: np.ndarray, classes: int) -> np.ndarray:
    """Probabilities (n, K), slope and intercept of each class's log-odds fitted to the labels."""
    columns = logits[:, None] if logits.ndim == 1 else logits
    wanted = [1] if logits.ndim == 1 else list(range(classes))
    out = []
    for column, k in zip(columns.T, wanted, strict=True):
        x = np.clip(column, -36.0, 36.0)  # beyond it 1 - p rounds to 1
        member = (y == k).astype(np.int32)
        centre = np.abs(x) < SURE
        if min(member[centre].sum(), (1 - member[centre]).sum()) < FEWEST:
            centre[:] = True
        fitted = logit.firth(x[centre, None], member[centre])
        out.append(logit.probabilities(x[:, None], fitted.usable))
    if len(out) == 1:
        return np.column_stack([1 - out[0], out[0]])
    p = np.column_stack(out)
    return np.asarray(p / p.sum(axis=1, keepdims=True))


def _finding(
    subject: Subject, scored: Scored, p: np.ndarray, joint: ConfidentJoint, pairs: list[tuple[int, int]], shown: int
) -> Finding:
    sample = scored.sample
    names = scored.classes
    worst = max(pairs, key=lambda ij: joint.counts[ij] - joint.expected[ij])
    labelled = np.array([i for i, _ in pairs])
    mine = np.flatnonzero(joint.suspects & np.isin(sample.y, labelled))
    order = mine[np.argsort(p[mine, sample.y[mine]], kind="stable")][:shown]
    rows = ", ".join(f"{position + 1:,}" for position in sample.rows.positions[order])
    seen, chance = float(joint.counts[worst]), float(joint.expected[worst])
    i, j = worst
    of = f"{sample.y.size:,} scored rows" if sample.y.size == subject.rows else f"a sample of {sample.y.size:,} rows"
    return Finding(
        title=(
            f"{seen:,.0f} rows labelled “{names[i]}” are confidently scored “{names[j]}” ({scored.name}); chance would "
            f"make it {plain_number(chance, 2)}"
        ),
        severity="low",
        columns=(subject.target,),
        evidence={
            "contradicted_rows": seen,
            "contradicted_rows_by_chance": chance,
            "rows_looked_at": float(sample.y.size),
            "threshold_of_confidence": float(joint.thresholds[j]),
        },
        detail=f"In {of}. The most contradicted, by their row in the file: {rows}.",
        remedy=Remedy(
            "Look at these rows: correct the labels that are wrong; where they are right, the scores are too sure of "
            "themselves and want calibration."
        ),
        figure=Bars(
            alt=f"{seen:,.0f} contradicted rows against {plain_number(chance, 2)} by chance.",
            axis=Axis(label="rows confidently of another class"),
            labels=tuple(
                label for a, b in pairs[:4] for label in (f"{names[a]} scored {names[b]}", "the same by chance")
            ),
            values=tuple(float(v) for ij in pairs[:4] for v in (joint.counts[ij], joint.expected[ij])),
            harmful=tuple(v for _ in pairs[:4] for v in (True, False)),
        ),
    )
