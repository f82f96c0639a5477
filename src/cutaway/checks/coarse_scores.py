"""CAL003: scores that are clipped, certain, or take few values."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.scored import Scored
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.wording import percent
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, NotApplicableError, Remedy
from cutaway.science.metrics import Tally
from cutaway.science.metrics.tally import sigmoid


@check("CAL003", name="clipped or few scores", asks="scores", needs=("scores", "binary"))
def coarse_scores(
    subject: Subject, *, min_certain: float = 0.01, min_tied: float = 0.05, min_clipped: float = 0.01
) -> Iterator[Finding]:
    """The scores are exactly 0 or 1, heaped at an end, or so few that rows cannot be told apart.

    Why it matters: a score of exactly 0 or 1 that is wrong once makes the log loss infinite, and no correction can
    move it. Scores that were rounded, clipped or replaced by labels tie rows that the model could tell apart, so that
    no cut lies between them; an area under ROC computed from labels is not that of the model.

    What to do: store the log-odds or the probability in full, before rounding, clipping and before the labels.

    Null: none; values are counted, not estimated. Certain scores are told from one wrong row on, or from
    `min_certain` of the rows; ties from `min_tied` of all pairs of a positive and a negative, which is by how much the
    area under ROC may be off; a heap at an end of the scores from `min_clipped` of the rows with one and the same
    value there, where the next values hold none as large.

    Passed: No score is certain and wrong, heaped at an end or shared by many rows.

    Source: the log loss of a certain and wrong forecast as in Good 1952, "Rational decisions".

    Example: labels in place of scores fire; full probabilities stay silent.

    >>> from cutaway.checks.run.example import scored
    >>> rng = np.random.default_rng(0)
    >>> p = rng.beta(2, 3, 1000)
    >>> y = (rng.random(1000) < p).astype(int)
    >>> [f.severity for f in coarse_scores(scored(y=y, p=np.round(p)))]
    ['high']
    >>> list(coarse_scores(scored(y=y, p=p)))
    []
    """
    scored = subject.scored
    assert scored is not None
    if not scored.own:
        raise NotApplicableError("no score column was given with --scores; the plain model's are not rounded")
    distinct = scored.distinct
    values = distinct.hashes.size if distinct.complete else 0  # 0: too many to count
    tally = Tally.of_histogram(scored.histogram)
    if 1 <= values <= 2 and not tally.one_class:
        yield _labels(subject, scored, tally, values)
        return
    sums = scored.sums
    wrong = float(tally.negatives[tally.p >= 1].sum() + tally.positives[tally.p <= 0].sum())
    if wrong or sums.zeros + sums.ones >= max(min_certain * sums.rows, 1):
        yield _certain(subject, scored, wrong)
    low, high = scored.histogram.auc_bounds()
    if values and high - low >= min_tied:
        yield _ties(subject, scored, values, high - low)
    elif not values:
        yield from _clipped(scored, tally, min_clipped)


def _labels(subject: Subject, scored: Scored, tally: Tally, values: int) -> Finding:
    many = "two values" if values == 2 else "one value"
    return Finding(
        title=f"{scored.name} takes {many} only: it holds decisions, not scores",
        severity="high",
        columns=(scored.name,),
        evidence={"distinct_values": float(values), "rows": float(scored.sums.rows)},
        detail="Neither a cut, nor an area under ROC, nor calibration can be judged from decisions already made.",
        figure=_bars(tally, scored),
        remedy=_remedy(),
    )


def _certain(subject: Subject, scored: Scored, wrong: float) -> Finding:
    sums = scored.sums
    certain = sums.zeros + sums.ones
    share = certain / sums.rows
    told = f"{certain:,} rows ({percent(share)}) exactly 0 or 1"
    title = (
        f"{scored.name} scores {told}, and {wrong:,.0f} of them wrongly: its log loss is infinite"
        if wrong
        else f"{scored.name} scores {told}"
    )
    return Finding(
        title=title,
        severity="medium" if wrong else "low",
        columns=(scored.name,),
        evidence={
            "rows_scored_0": float(sums.zeros),
            "rows_scored_1": float(sums.ones),
            "weight_of_rows_certain_and_wrong": wrong,
        },
        detail=(
            "No correction can move a score of exactly 0 or 1. A forest's votes, isotonic ends, and float32 beyond "
            "log-odds of 17 give such scores."
        ),
        remedy=_remedy(),
    )


def _ties(subject: Subject, scored: Scored, values: int, tied: float) -> Finding:
    return Finding(
        title=f"{scored.name} takes {values:,} values: {percent(tied)} of pairs of “{subject.classes[1]}” and "
        f"“{subject.classes[0]}” are tied",
        severity="low",
        columns=(scored.name,),
        evidence={"distinct_values": float(values), "share_of_pairs_tied": tied, "rows": float(scored.sums.rows)},
        detail="A cut can only lie between two values, and the area under ROC counts each tie as half.",
        figure=_bars(Tally.of_histogram(scored.histogram), scored),
        remedy=_remedy(),
    )


def _clipped(scored: Scored, tally: Tally, least: float) -> Iterator[Finding]:
    """Scores of one value at the lowest or highest end, where the values beside it hold none as large."""
    if tally.logits.size < 100:
        return
    for where, end, beside in (("lowest", 0, slice(1, 20)), ("highest", -1, slice(-20, -1))):
        share = float(tally.weight[end]) / tally.total
        value = float(sigmoid(tally.logits[[end]])[0])
        if 0 < value < 1 and share >= least and tally.weight[end] >= 10 * tally.weight[beside].max():
            yield Finding(
                title=f"{scored.name} was clipped: {percent(share)} of the rows share its {where} value, {value:.4g}",
                severity="low",
                columns=(scored.name,),
                evidence={"share_of_rows": share, "value": value},
                detail="Rows beyond the limit can no longer be told apart, and their probabilities are wrong.",
                remedy=_remedy(),
            )


def _bars(tally: Tally, scored: Scored) -> Bars | None:
    """Rows at each value, at most a dozen."""
    order = np.sort(np.argsort(-tally.weight)[:12])
    p = sigmoid(tally.logits[order])
    return Bars(
        alt=f"Most rows of {scored.name} share {order.size} values.",
        axis=Axis(label="share of rows"),
        labels=tuple(f"{v:.4g}" for v in p),
        values=tuple((tally.weight[order] / tally.total).tolist()),
    )


def _remedy() -> Remedy:
    return Remedy(
        "Store what the model gives before it is rounded, clipped or cut: log-odds if you can, else probabilities in "
        "double precision.",
        {
            "scikit-learn": "scores = model.predict_proba(x)[:, 1]  # not model.predict(x)",
            "Keras": "# leave out the last sigmoid, store model.predict(x) and audit it with --logits",
            "PyTorch": "scores = model(x).double()  # log-odds: audit them with --logits",
        },
    )
