"""DAT013: the test table is distributed otherwise than the training table."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.subject import Subject
from cutaway.core.figures import Axis, Bars, Distribution
from cutaway.core.findings import Finding, NotApplicableError, Remedy
from cutaway.science import logit
from cutaway.science.metrics import holm, roc_auc
from cutaway.science.metrics.twosample import ks_distance, permuted_auc, share_distance

# of each table: an area of 0.55 is then 7 standard errors from 0.5, and two fits take a few hundredths of a second
MOST_ROWS = 4000


@check("DAT013", name="drift", asks="test", needs=("test",))
def drift(subject: Subject, *, alpha: float = 0.001, min_auc: float = 0.55) -> Iterator[Finding]:
    """A classifier tells the training rows from the test rows.

    Why it matters: what was learned on one distribution is judged, or will be used, on another; probabilities and
    thresholds do not carry over.

    What to do: find out why the named columns differ (a later period, another site, other units, another join);
    retrain or reweight on data like those it will meet.

    Null: both tables are random parts of one population. A logistic model with squares is fitted on one half of the
    sampled rows and judged on the other half, whose labels "train" and "test" are then shuffled 1,999 times: the
    p-value is exact, and below 0.001 once in a thousand pairs of tables. An area under ROC below 0.55 is significant
    on large tables but guesses 55 pairs in 100, and is told as a tip. Columns are named after Holm's correction at
    the same level.

    Passed: No classifier tells the two tables apart, beyond chance.

    Source: Lopez-Paz & Oquab 2017, "Revisiting classifier two-sample tests"; Rabanser, Günnemann & Lipton 2019.

    Example: a shifted column fires; two random halves stay silent.

    >>> from cutaway.checks.run.example import pair
    >>> rng = np.random.default_rng(0)
    >>> first = {"a": rng.normal(size=1000), "b": rng.normal(size=1000), "y": rng.integers(0, 2, 1000)}
    >>> later = {"a": rng.normal(0.5, 1, size=1000), "b": rng.normal(size=1000), "y": rng.integers(0, 2, 1000)}
    >>> [f.columns for f in drift(pair(first, later))]
    [('a',)]
    >>> same = {"a": rng.normal(size=1000), "b": rng.normal(size=1000), "y": rng.integers(0, 2, 1000)}
    >>> list(drift(pair(first, same)))
    []
    """
    second = subject.second
    assert second is not None
    other = Subject(second.survey)
    design = subject.design()
    if not design.terms:
        return
    x, z = (_rows(s, design) for s in (subject, other))
    both = np.concatenate([x, z])
    both = np.column_stack(
        [both, np.minimum(both * both, 25.0)]
    )  # squares, so that a change of spread shows; capped at 5 s.d.
    y = np.repeat(np.array([0, 1], np.int32), [len(x), len(z)])
    rng = subject.random(13)
    half = rng.random(y.size) < 0.5
    fitted = logit.fit(both[half], y[half], ridge=1.0)
    scores = logit.linear(both[~half], fitted.params)
    auc = roc_auc(y[~half], scores)
    if np.isnan(auc):
        raise NotApplicableError("one of the tables has too few rows for half of them to be held out")
    null = permuted_auc(y[~half], scores, rng)
    p_value = (1 + np.sum(null >= auc)) / (1 + null.size)
    if p_value > alpha:
        return
    named = _columns(subject, other, alpha)
    first = ", ".join(n for n, _ in named[:3]) or "no single column"
    counts, edges = np.histogram(np.append(null, auc), bins=40)
    yield Finding(
        title=f"A classifier tells training from test rows: area under ROC {auc:.3f} ({first})",
        severity="low" if auc < min_auc else "high" if auc > 0.7 else "medium",
        columns=tuple(n for n, _ in named),
        evidence={
            "auc_train_against_test": auc,
            "p_value": float(p_value),
            "rows_compared": float(y.size),
            **{f"distance_of_{n}": d for n, d in named},
        },
        detail=(
            f"Largest differences: {'; '.join(f'{n} ({d:.2f})' for n, d in named[:5])} (0: same distribution, "
            f"1: no overlap)."
        )
        if named
        else "",
        figure=Bars(
            alt=f"Distance between the tables by column; the largest is {named[0][0]} with {named[0][1]:.2f}.",
            axis=Axis(label="distance between the distributions"),
            labels=tuple(n for n, _ in named[:6]),
            values=tuple(d for _, d in named[:6]),
        )
        if named
        else Distribution(
            alt=f"The observed area {auc:.3f} lies beyond all {null.size:,} shuffles.",
            x=Axis(label="area under ROC, labels shuffled"),
            edges=tuple(edges.tolist()),
            counts=tuple(counts.astype(float).tolist()),
            observed=auc,
            observed_label="observed",
        ),
        remedy=Remedy(
            "Find out what differs in these columns before trusting any figure on the test table; retrain on "
            "rows like those the model will meet."
        ),
    )


def _rows(subject: Subject, design: object) -> np.ndarray:
    """A random part of the table in the first table's design (m, p)."""
    from cutaway.checks.run.design import Design

    assert isinstance(design, Design)
    sample = subject.uniform
    sample = sample.take(np.argsort(sample.keys)[:MOST_ROWS])
    x, keep = design.of_sample(sample)
    return np.asarray(x[keep])


def _columns(subject: Subject, other: Subject, alpha: float) -> list[tuple[str, float]]:
    """Columns that differ after Holm's correction, the largest distance first."""
    names = [f.name for f in subject.features if f.spec.kind != "date" and f.name not in subject.set_aside]
    results = []
    for name in names:
        a, b = subject.column(subject.uniform, name), other.column(other.uniform, name)
        if name in subject.frame.numbers:
            gone = share_distance(np.isnan(a), np.isnan(b))
            there = ks_distance(a, b)
            results.append(min(there, gone, key=lambda r: r.p_value))
        else:
            results.append(share_distance(a, b))
    adjusted = holm([r.p_value for r in results])
    named = [(n, r.distance) for n, r, p in zip(names, results, adjusted, strict=True) if p < alpha]
    return sorted(named, key=lambda pair: -pair[1])
