"""DEC008: a segment of the rows in which the scores are worse than elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.scored import Scored
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.wording import percent, plain_number
from cutaway.core.figures import Axis, Intervals
from cutaway.core.findings import Finding, NotApplicableError, Remedy
from cutaway.science.metrics import ranking, wilson
from cutaway.science.metrics.segments import Column, Condition, correction, worst_segment

NAMED = 3  # levels of a category that a title names


@dataclass(frozen=True, slots=True)
class Part:
    """Tested rows inside the segment or outside of it."""

    rows: float  # effective
    observed: float
    said: float
    auc: float


@check("DEC008", name="worst segment", asks="scores", needs=("scores",))
def segment(
    subject: Subject, *, alpha: float = 0.001, min_gain: float = 0.02, least: int = 100, depth: int = 3
) -> Iterator[Finding]:
    """In one segment of the rows the scores say something else than happens.

    Why it matters: a good mean hides a group of rows, a region, a device, an age, in which the probabilities are
    wrong; decisions there are made by wrong numbers. A segment that is merely harder has a higher loss too, but scores
    that know it state it; that is not raised.

    What to do: look at the segment's data first: other labels, features missing, another process. Then give the model
    the interaction that names the segment, or more rows of it.

    Null: the probabilities are right in every segment once their log-odds are corrected by one intercept and slope
    for all rows. A tree of depth 3 is grown by score tests on one half of up to 16,384 sampled rows. Its worst leaf,
    corrected by an intercept and slope of its own from that half, must lower the log loss on the leaf's rows of the
    other half, by a one-sided t-test at 0.001 with the rarer class less one as degrees of freedom: one test, however
    large the search. It must be 2 % of the loss or more, twice what DEC007 takes for noise between models. Of 1,713
    simulated tables with right probabilities (600 to 16,000 rows, 1 to 7 columns) none passed the level, and 5 passed
    0.05. A tip for the plain model, in which it names a missing interaction.

    Passed: The worst segment that a small tree found on half of the rows is not worse on the other half.

    Source: Zeileis, Hothorn & Hornik 2008; Chung et al. 2019, "Slice finder"; Cox 1958 on recalibration.

    Example: a region in which twice as many happen fires; right probabilities stay silent.

    >>> from cutaway.checks.run.example import scored
    >>> rng = np.random.default_rng(0)
    >>> p, region = rng.uniform(0.1, 0.4, 4000), np.array(["north", "south", "west", "east"] * 1000)
    >>> y = (rng.random(4000) < np.where(region == "west", 2 * p, p)).astype(int)
    >>> found = list(segment(scored(y=y, p=p, region=region, other_column=rng.normal(size=4000))))
    >>> [f.title for f in found]
    ['Where region is “west”, “p” says 25 % and 50 % happens']
    >>> right = (rng.random(4000) < p).astype(int)
    >>> list(segment(scored(y=right, p=p, region=region, other_column=rng.normal(size=4000))))
    []
    """
    scored = subject.scored
    assert scored is not None
    sample = scored.sample
    columns = [Column(name, subject.column(sample.rows, name)) for name in _names(subject)]
    if not columns:
        raise NotApplicableError("no column is left to find segments by")
    y, logits = _question(scored)
    weight = sample.weight
    first = subject.random(8).random(y.size) < 0.5
    if min(first.sum(), (~first).sum()) < 2 * least:
        raise NotApplicableError(f"of {y.size:,} rows no half leaves two segments of {least} rows")
    a, b = correction(y[first], logits[first], weight[first])
    level = a + b * logits
    search = [Column(c.name, c.values[first]) for c in columns]
    found = worst_segment(y[first], level[first], search, weight[first], depth=depth, least=least)
    if found is None:
        return
    inside = found.holds(columns) & ~first
    outside = ~inside & ~first
    loss, corrected = (_loss(y[inside], at) for at in (level[inside], found.intercept + found.slope * level[inside]))
    gain, se, free = _mean(loss - corrected, y[inside], weight[inside])
    if not free >= 1 or not se > 0:
        return
    from scipy.special import stdtr, stdtrit

    p_value = float(stdtr(free, -gain / se))
    before = float(np.average(loss, weights=weight[inside]))
    if p_value > alpha or gain < min_gain * before:
        return
    half = float(stdtrit(free, 0.975)) * se
    there, elsewhere = (_part(y[m], logits[m], weight[m]) for m in (inside, outside))
    where = " and ".join(_text(subject, c) for c in found.conditions)
    share = float(weight[inside].sum() / weight[~first].sum())
    yield Finding(
        title=_title(scored, where, there, before, before - gain),
        severity="medium" if scored.own else "low",
        columns=tuple(c.name for c in found.conditions),
        evidence={
            "share_of_rows": share,
            "rows_of_the_segment_tested": float(inside.sum()),
            "rate_observed": there.observed,
            "mean_score": there.said,
            "rate_observed_elsewhere": elsewhere.observed,
            "mean_score_elsewhere": elsewhere.said,
            "log_loss": before,
            "log_loss_corrected": before - gain,
            "gain_low": gain - half,
            "gain_high": gain + half,
            "p_value": p_value,
            "roc_auc": there.auc,
            "roc_auc_elsewhere": elsewhere.auc,
        },
        detail=(
            f"The segment holds {percent(share)} of the rows; it was found on one half of a sample and tested on the "
            f"other. There the log loss falls from {plain_number(before)} to {plain_number(before - gain)} when the "
            f"log-odds x are replaced by {found.intercept:+.2f} {found.slope:+.2f} x. Elsewhere {_who(scored)} says "
            f"{percent(elsewhere.said)} and {percent(elsewhere.observed)} happens."
        ),
        figure=_figure(scored, there, elsewhere, where),
        remedy=Remedy(
            "Look at the segment's rows: their labels, what is missing in them, how they came about. Then let the "
            "model know the segment, as a column of its own and in interaction, or gather more of its rows.",
            {"pandas": "rows = table[" + " & ".join(_code(subject, c) for c in found.conditions) + "]"},
        ),
    )


def _names(subject: Subject) -> list[str]:
    return [
        f.name for f in subject.features if f.spec.kind != "date" and not f.constant and f.name not in subject.set_aside
    ]


def _who(scored: Scored) -> str:
    return f"“{scored.name}”" if scored.own else scored.name


def _question(scored: Scored) -> tuple[np.ndarray, np.ndarray]:
    """Labels 0 or 1 (m,) and log-odds: of the positive class; of several, whether the most probable one is right."""
    sample = scored.sample
    if sample.logits.ndim == 1:
        return np.asarray(sample.y == 1, float), np.clip(sample.logits, -30, 30)
    top = sample.logits.argmax(axis=1)
    return np.asarray(sample.y == top, float), np.clip(sample.logits.max(axis=1), -30, 30)


def _loss(y: np.ndarray, logits: np.ndarray) -> np.ndarray:
    return np.asarray(np.logaddexp(0, logits) - y * logits)


def _mean(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[float, float, float]:
    """Weighted mean, its standard error, and the effective rows of the rarer class less one."""
    total = float(weight.sum())
    if not total:
        return math.nan, math.nan, 0.0
    mean = float(weight @ x / total)
    error = math.sqrt(float(weight**2 @ (x - mean) ** 2)) / total
    scale = total / float(weight @ weight)
    rarer = min(float(weight @ y), total - float(weight @ y)) * scale
    return mean, error, rarer - 1


def _part(y: np.ndarray, logits: np.ndarray, weight: np.ndarray) -> Part:
    if not weight.sum():
        return Part(0.0, math.nan, math.nan, math.nan)
    said = 1 / (1 + np.exp(-logits))
    rows = float(weight.sum() ** 2 / (weight @ weight))
    return Part(
        rows,
        float(np.average(y, weights=weight)),
        float(np.average(said, weights=weight)),
        ranking(y == 1, logits).auc,
    )


def _title(scored: Scored, where: str, there: Part, before: float, after: float) -> str:
    low, high = wilson(there.observed * there.rows, there.rows)
    if low <= there.said <= high:  # right on average, and wrong high and low
        return (
            f"Where {where}, {_who(scored)} has a log loss of {plain_number(before)} instead of {plain_number(after)}"
        )
    if scored.binary:
        return f"Where {where}, {_who(scored)} says {percent(there.said)} and {percent(there.observed)} happens"
    return f"Where {where}, {_who(scored)} is {percent(there.said)} sure and right in {percent(there.observed)}"


def _figure(scored: Scored, there: Part, elsewhere: Part, where: str) -> Intervals:
    parts = [p for p in (there, elsewhere) if p.rows > 0]
    ends = [wilson(p.observed * p.rows, p.rows) for p in parts]
    return Intervals(
        alt=f"Where {where}, {percent(there.observed)} happens and {percent(there.said)} is said.",
        axis=Axis(label="share observed" if scored.binary else "share right"),
        labels=("in the segment", "elsewhere")[: len(parts)],
        centre=tuple(p.observed for p in parts),
        low=tuple(low for low, _ in ends),
        high=tuple(high for _, high in ends),
        notes=tuple(f"said: {percent(p.said)}" for p in parts),
    )


def _levels(subject: Subject, condition: Condition) -> tuple[list[str], bool]:
    """Names of the levels, and whether they are those left out, where these are fewer."""
    distinct = subject.feature(condition.name).distinct
    assert condition.levels is not None and distinct is not None
    names = dict(zip(distinct.hashes.tolist(), map(str, distinct.values.tolist()), strict=True))
    mine = [names.get(h, "another value") for h in condition.levels.tolist()]
    rest = [name for h, name in names.items() if h not in set(condition.levels.tolist())]
    if distinct.complete and 0 < len(rest) < len(mine):
        return sorted(rest), True
    return sorted(mine), False


def _text(subject: Subject, condition: Condition) -> str:
    name, absent = condition.name, " or missing" if condition.missing else ""
    if condition.levels is not None:
        levels, left_out = _levels(subject, condition)
        if not levels:
            return f"{name} is missing"
        listed = " or ".join(f"“{level}”" for level in levels[:NAMED])
        more = f" or one of {len(levels) - NAMED} more" if len(levels) > NAMED else ""
        return f"{name} is {'not ' if left_out else ''}{listed}{more}{absent}"
    if condition.above >= condition.below:
        return f"{name} is missing"
    low, high = (plain_number(v) for v in (condition.above, condition.below))
    if math.isinf(condition.above) and math.isinf(condition.below):
        return f"{name} is there{absent}"
    if math.isinf(condition.below):
        return f"{name} is above {low}{absent}"
    if math.isinf(condition.above):
        return f"{name} is {high} or less{absent}"
    return f"{name} is above {low} and {high} or less{absent}"


def _code(subject: Subject, condition: Condition) -> str:
    column = f"table[{condition.name!r}]"
    absent = f" | {column}.isna()" if condition.missing else ""
    if condition.levels is not None:
        levels, left_out = _levels(subject, condition)
        body = f"{'~' if left_out else ''}{column}.isin({levels!r})"
        if left_out and not condition.missing:
            return f"({body} & {column}.notna())"
        return f"({body}{absent})"
    if condition.above >= condition.below:
        return f"{column}.isna()"
    ends = []
    if condition.above > -math.inf:
        ends.append(f"({column} > {condition.above!r})")
    if condition.below < math.inf:
        ends.append(f"({column} <= {condition.below!r})")
    return f"({' & '.join(ends) or f'{column}.notna()'}{absent})"
