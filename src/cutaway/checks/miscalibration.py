"""CAL001: scores that are no probabilities, beyond their level."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.decisions import said, two_classes
from cutaway.checks.run.scored import Scored
from cutaway.checks.run.subject import Subject
from cutaway.checks.run.wording import percent
from cutaway.core.figures import Axis, Line, Lines
from cutaway.core.findings import Finding, Remedy
from cutaway.science import metrics
from cutaway.science.metrics import Beta, LogOddsShift, Platt, Recalibration, ScoreHistogram, Tally

_PURPOSE = 41  # of the random labels


@check("CAL001", name="miscalibration", asks="scores", needs=("scores", "binary"))
def miscalibration(
    subject: Subject, *, alpha: float = 0.001, min_share: float = 0.05, level_weight: float = 1.25
) -> Iterator[Finding]:
    """The scores are too extreme, too cautious or bent: what they say does not happen that often.

    Why it matters: a score of 0.9 is used as nine in ten, in costs, in cuts, in what is told to people. An overfitted
    model says 0.9 where seven in ten happen; trees and boosting bend; and ranking measures do not notice.

    What to do: fit a correction on rows that the model has not seen, and judge it on others.

    Null: each score, after the one shift of all log-odds that makes their mean the prevalence (what that shift is, is
    CAL002's question), is the probability of its label. Rows scored exactly 0 or 1 are
    CAL003's. Two tests, Bonferroni: the likelihood ratio of slope and
    intercept, and that of the isotonic curve with labels simulated from the scores. A finding also needs the
    miscalibration of CORP's log loss, less what chance gives, to reach `min_share` of the discrimination: a
    twentieth of what the scores know. Where the slope's interval lies below 0 the finding asks instead whether the
    scores are those of the other class. No finding in 1,200 simulated tables of 100 to 20,000 rows with calibrated
    scores (normal, heavy-tailed, beta, whole log-odds). With 9 % positives and 500 rows doubled log-odds are found 90
    times in 100, log-odds 1.4 times too large in 12, 75 and 100 of 100 tables of 500, 2,000 and 8,000 rows.

    Passed: The scores happen as often as they say, as far as these rows can tell.

    Source: Cox 1958; Dimitriadis, Gneiting & Jordan 2021, "Stable reliability diagrams for probabilistic classifiers".

    Example: scores with doubled log-odds fire; true probabilities stay silent.

    >>> from cutaway.checks.run.example import scored
    >>> rng = np.random.default_rng(0)
    >>> p = rng.beta(2, 3, 3000)
    >>> y = (rng.random(3000) < p).astype(int)
    >>> [f.severity for f in miscalibration(scored(y=y, p=p**2 / (p**2 + (1 - p) ** 2)))]
    ['high']
    >>> list(miscalibration(scored(y=y, p=p)))
    []
    """
    scored = subject.scored
    assert scored is not None
    given = Tally.of_histogram(scored.histogram).uncertain
    two_classes(given)
    weight = metrics.implied_weight(given).value
    shift = LogOddsShift.undo_class_weight(weight)
    tally = metrics.corrected(given, shift)
    line = metrics.calibration_line(tally)
    if line.slope.high < 0 and line.p_value < alpha:
        yield _reversed(subject, scored, line)
        return
    parts = metrics.decomposition(tally)
    known = parts.discrimination
    if parts.miscalibration < min_share * known:  # less what chance gives it is smaller still
        return
    test = metrics.calibration_test(tally, subject.random(_PURPOSE))
    rows = tally.total * tally.scale
    excess = (test.statistic - test.expected) / (2 * rows)
    if not 2 * np.fmin(line.p_value, test.p_value) <= alpha or excess < min_share * known:
        return
    moved = max(weight, 1 / weight) >= level_weight
    yield _finding(subject, scored, tally if moved else given, line, (excess, known), moved)


def _reversed(subject: Subject, scored: Scored, line: Recalibration) -> Finding:
    """Scores that fall where positives become commoner: most likely those of the other class."""
    negative, positive = subject.classes
    return Finding(
        title=(
            f"{said(scored, first=True)} is lower for “{positive}” than for “{negative}”: is it the score of "
            f"“{negative}”?"
        ),
        severity="high" if scored.own else "low",
        columns=(scored.name,) if scored.own else (),
        evidence={
            "area_under_roc": scored.histogram.auc,
            "calibration_slope": line.slope.value,
            "calibration_slope_low": line.slope.low,
            "calibration_slope_high": line.slope.high,
        },
        detail=f"“{positive}” was taken as the positive class; every measure of these scores is about it.",
        figure=None,
        remedy=Remedy(
            f"If the score is that of “{negative}”, say so; else the model has learned the opposite of the labels.",
            {"cutaway": f"cutaway audit table.parquet --target {subject.target} --positive {negative} --scores p"},
        ),
    )


def _finding(
    subject: Subject, scored: Scored, tally: Tally, line: Recalibration, sizes: tuple[float, float], moved: bool
) -> Finding:
    excess, known = sizes
    groups = metrics.reliability(tally, even="variance")
    error = np.sqrt(np.maximum(groups.mean * (1 - groups.mean), 1e-12) / groups.weight)
    worst = int(np.argmax(np.abs(groups.rate - groups.mean) / error))
    mean, rate = float(groups.mean[worst]), float(groups.rate[worst])
    before, after, kind = _best(scored.folds)
    share = excess / known if known > 0 else np.inf
    level = ", even with its level put right" if moved else ""
    return Finding(
        title=(
            f"{said(scored, first=True)} is {_how(line)}{level}: of rows scored {percent(mean)} on average, "
            f"{percent(rate)} are “{subject.classes[1]}”"
        ),
        severity=("high" if share >= 0.2 else "medium") if scored.own else "low",
        columns=(scored.name,) if scored.own else (),
        evidence={
            "mean_score_of_the_group": mean,
            "share_of_positives_in_the_group": rate,
            "share_of_positives_in_the_group_low": float(groups.low[worst]),
            "share_of_positives_in_the_group_high": float(groups.high[worst]),
            "calibration_slope": line.slope.value,
            "calibration_slope_low": line.slope.low,
            "calibration_slope_high": line.slope.high,
            "miscalibration_in_nats": excess,
            "discrimination_in_nats": known,
            "log_loss": before,
            "log_loss_corrected": after,
        },
        detail=(
            f"The calibration slope is {line.slope.value:.2f} ({line.slope.low:.2f} to {line.slope.high:.2f}); 1 is "
            f"right, less is too extreme. A {kind} correction learned on other folds takes the log loss from "
            f"{before:.3g} to {after:.3g}."
        ),
        figure=_diagram(subject, scored, tally),
        remedy=_remedy(kind),
    )


def _how(line: Recalibration) -> str:
    if line.slope.high < 1:
        return "too extreme"
    return "too cautious" if line.slope.low > 1 else "miscalibrated"


def _best(folds: tuple[ScoreHistogram, ...]) -> tuple[float, float, str]:
    """Log loss as it is, and after the better of two corrections, each fold corrected by what the others teach."""
    parts: dict[str, list[Tally]] = {"Platt": [], "beta": []}
    for k, fold in enumerate(folds):
        rest = ScoreHistogram.zero()
        for other in (*folds[:k], *folds[k + 1 :]):
            rest = rest + other
        learned, mine = Tally.of_histogram(rest).uncertain, Tally.of_histogram(fold).uncertain
        if learned.one_class or learned.logits.size < 3:
            return float("nan"), float("nan"), "Platt"
        parts["Platt"].append(metrics.corrected(mine, Platt.fit(learned)))
        parts["beta"].append(metrics.corrected(mine, Beta.fit(learned)))
    losses = {kind: metrics.mean_log_loss(Tally.together(tallies)) for kind, tallies in parts.items()}
    kind = min(losses, key=lambda k: losses[k])
    return metrics.mean_log_loss(Tally.together([Tally.of_histogram(f).uncertain for f in folds])), losses[kind], kind


def _diagram(subject: Subject, scored: Scored, tally: Tally) -> Lines:
    band = metrics.calibration_band(tally, subject.random(_PURPOSE), times=499)
    x = tuple(band.mean.tolist())
    return Lines(
        alt=f"The share of “{subject.classes[1]}” by score leaves the band in which calibrated scores would lie.",
        x=Axis(label=said(scored), unit="probability"),
        y=Axis(label=f"share of “{subject.classes[1]}”", unit="of rows"),
        lines=(
            Line(
                name="calibrated", x=x, y=x, low=tuple(band.low.tolist()), high=tuple(band.high.tolist()), role="other"
            ),
            Line(name="observed", x=x, y=tuple(band.rate.tolist()), role="harm"),
        ),
    )


def _remedy(kind: str) -> Remedy:
    fitted = "Platt" if kind == "Platt" else "Beta"
    return Remedy(
        "Fit a correction on rows that the model has not seen and judge it on others. Isotonic needs a thousand rows "
        "of the rarer class or more; a line or a beta curve does with a few dozen.",
        {
            "scikit-learn": (
                "from sklearn.calibration import CalibratedClassifierCV\n"
                "from sklearn.frozen import FrozenEstimator\n"
                "model = CalibratedClassifierCV(FrozenEstimator(model), method='sigmoid').fit(x_other, y_other)"
            ),
            "cutaway": (
                "from cutaway import metrics\n"
                f"correction = metrics.{fitted}.fit(metrics.Tally.of(y_other, p_other))\n"
                "p = correction(p)"
            ),
        },
    )
