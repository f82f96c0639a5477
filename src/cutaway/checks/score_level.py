"""CAL002: the mean score is far from the prevalence."""

from __future__ import annotations

import math
from collections.abc import Iterator

from cutaway.checks.run.check import check
from cutaway.checks.run.decisions import said, two_classes
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.wording import percent
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, Remedy
from cutaway.science import metrics
from cutaway.science.metrics import LogOddsShift, ScoreHistogram, Tally


@check("CAL002", name="level of the scores", asks="scores", needs=("scores", "binary"))
def score_level(subject: Subject, *, alpha: float = 0.001, min_weight: float = 1.25) -> Iterator[Finding]:
    """The scores are too high or too low altogether, as after class weights or resampling.

    Why it matters: a model trained with class weights, on a balanced sample, or for another base rate ranks as well as
    before, but its scores are no probabilities: their mean is not the share of positives, and every cost computed from
    them, and every cut taken from costs, is wrong.

    What to do: subtract the logarithm of the weight from the log-odds, or train without the weight and move the cut.

    Null: each score is the probability of its label; then Σ (y - p) has mean 0 and variance Σ p (1 - p). A finding
    needs a two-sided p-value below `alpha` and an implied weight of at least `min_weight` (or its inverse): odds that
    are off by a quarter; a smaller gap changes few decisions and comes and goes with the season. Rows scored exactly 0
    or 1 are left out: no weight moves them. No finding in 1,200 simulated tables of
    100 to 20,000 rows with calibrated scores (normal, heavy-tailed, beta, whole log-odds). With 9 % positives and 2,000
    rows a weight of 1.5 is found 98 times in 100, with 500 rows one of 3 always.

    Passed: The mean score is the prevalence, as far as these rows can tell.

    Source: King & Zeng 2001, section 4.2; Cox 1958 for the test.

    Example: scores of a model trained with weight 20 fire; the same scores before stay silent.

    >>> import numpy as np
    >>> from cutaway.checks.run.example import scored
    >>> rng = np.random.default_rng(0)
    >>> p = rng.beta(1, 9, 4000)
    >>> y = (rng.random(4000) < p).astype(int)
    >>> [round(f.evidence["implied_weight"]) for f in score_level(scored(y=y, p=20 * p / (1 - p + 20 * p)))]
    [20]
    >>> list(score_level(scored(y=y, p=p)))
    []
    """
    scored = subject.scored
    assert scored is not None
    tally = Tally.of_histogram(scored.histogram).uncertain
    two_classes(tally)
    if metrics.level_p(tally) >= alpha:
        return
    weight = metrics.implied_weight(tally)
    if max(weight.value, 1 / weight.value) < min_weight:
        return
    after = _on_other_folds(scored.folds)
    shift = LogOddsShift.undo_class_weight(weight.value)
    line = metrics.calibration_line(metrics.corrected(tally, shift))
    negative, positive = subject.classes
    heavier, times = (positive, weight.value) if weight.value > 1 else (negative, 1 / weight.value)
    # a stretched score needs more than a shift, and no weight explains it
    weighted = 0.5 <= line.slope.value <= 2
    far = max(weight.value, 1 / weight.value) >= 2
    yield Finding(
        title=(
            f"{said(scored, first=True)} averages {percent(tally.mean_score)} where {percent(tally.prevalence)} are "
            f"“{positive}”" + (f": as if “{heavier}” had been weighted {times:.3g} times" if weighted else "")
        ),
        severity=("high" if far else "medium") if scored.own else "low",
        columns=(scored.name,) if scored.own else (),
        evidence={
            "mean_score": tally.mean_score,
            "prevalence": tally.prevalence,
            "implied_weight": weight.value,
            "implied_weight_low": weight.low,
            "implied_weight_high": weight.high,
            "log_odds_shift": shift.shift,
            "log_loss": metrics.mean_log_loss(tally),
            "log_loss_corrected": metrics.mean_log_loss(after),
            "brier": metrics.mean_brier(tally),
            "brier_corrected": metrics.mean_brier(after),
            "slope_after_the_shift": line.slope.value,
        },
        detail=(
            f"The implied weight is {weight.value:.3g} ({weight.low:.3g} to {weight.high:.3g}). Undone by a shift "
            f"learned on other folds, it leaves a log loss of {metrics.mean_log_loss(after):.3g} in place of "
            f"{metrics.mean_log_loss(tally):.3g} and a Brier score of {metrics.mean_brier(after):.3g} in place of "
            f"{metrics.mean_brier(tally):.3g}. {_exactness(line)}"
        ),
        figure=Bars(
            alt=f"The mean score is {percent(tally.mean_score)}; {percent(tally.prevalence)} are “{positive}”.",
            axis=Axis(label="share of rows"),
            labels=("mean score", f"“{positive}”", "after the shift"),
            values=(tally.mean_score, tally.prevalence, after.mean_score),
            harmful=(True, False, False),
        ),
        remedy=_remedy(weight.value) if weighted else _stretched(),
    )


def _on_other_folds(folds: tuple[ScoreHistogram, ...]) -> Tally:
    """Every fold's rows with the shift that the other folds ask for."""
    parts = []
    for k, fold in enumerate(folds):
        rest = ScoreHistogram.zero()
        for other in (*folds[:k], *folds[k + 1 :]):
            rest = rest + other
        weight = metrics.implied_weight(rest).value
        mine = Tally.of_histogram(fold).uncertain
        parts.append(metrics.corrected(mine, LogOddsShift.undo_class_weight(weight)) if weight > 0 else mine)
    return Tally.together(parts)


def _exactness(line: metrics.Recalibration) -> str:
    if math.isnan(line.slope.low):
        return ""
    if line.slope.low <= 1 <= line.slope.high:
        return f"After it the calibration slope is {line.slope.value:.2f}, as it should be: the shift is all it takes."
    return (
        f"After it the calibration slope is {line.slope.value:.2f}, not 1: the shift is exact for logistic models "
        f"whose form is right, and here more than the level is off."
    )


def _stretched() -> Remedy:
    return Remedy(
        "A shift alone does not mend these scores, for they are stretched as well (CAL001): fit level and slope "
        "together on rows that the model has not seen.",
        {
            "cutaway": (
                "from cutaway import metrics\n"
                "correction = metrics.Platt.fit(metrics.Tally.of(y_other, p_other))\n"
                "p = correction(p)"
            )
        },
    )


def _remedy(weight: float) -> Remedy:
    by = f"{weight:.6g}"
    return Remedy(
        "Divide the odds by the weight before the scores are used as probabilities; or train without class weights "
        "and resampling, and choose the cut by the costs. The ranking stays as it is.",
        {
            "NumPy": f"p = p / (p + {by} * (1 - p))",
            "PyTorch": f"logits = logits - {math.log(weight):.6g}  # or train without pos_weight",
            "cutaway": f"from cutaway import metrics\np = metrics.LogOddsShift.undo_class_weight({by})(p)",
        },
    )
