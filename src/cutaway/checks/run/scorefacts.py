"""What a report shows of scores: rates, curves, the threshold and the level, each with how it was measured."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from cutaway.checks.run.decisions import held_out
from cutaway.checks.run.scored import Scored
from cutaway.core.audit import CalibrationFacts, Columns, ExplorerFacts, Measured, ScoreFacts, ThresholdFacts
from cutaway.science import metrics
from cutaway.science.metrics.bootstrap import bootstrap
from cutaway.science.metrics.estimate import Estimate

AVERAGED = ("recall", "precision", "f1")  # shown as means over the classes where there are several


def score_facts(scored: Scored) -> ScoreFacts:
    """The facts of one score column, or of the plain model."""
    return ScoreFacts(
        name=scored.name,
        own=scored.own,
        rows=scored.sums.rows,
        left_out=scored.left_out,
        metrics=dict(_rates(scored)),
        curves=_curves(scored),
        threshold=threshold_facts(scored) if scored.binary else None,
        calibration=_calibration(scored) if scored.binary else None,
        explorer=explorer_facts(scored) if scored.binary else None,
    )


def _rates(scored: Scored) -> Mapping[str, Measured]:
    out = {}
    for name, rate in metrics.RATES.items():
        if scored.binary or rate.whole:
            found = rate.interval(scored.counts)
        elif name in AVERAGED:
            found = rate.interval(scored.counts, average="macro")
            name = f"macro_{name}"
        else:
            continue
        out[name] = _measured(found, f"{rate.numerator} / {rate.denominator}")
    return out


def _measured(found: Estimate, of: str = "") -> Measured:
    return Measured(value=found.value, low=found.low, high=found.high, method=found.method, of=of)


def _curves(scored: Scored) -> Mapping[str, Measured]:
    if scored.binary:
        histogram = scored.histogram
        low, high = histogram.auc_interval()
        return {
            "roc_auc": Measured(value=histogram.auc, low=low, high=high, method="DeLong, on the log-odds scale"),
            "average_precision": _measured(bootstrap(histogram, ("average_precision",))["average_precision"]),
        }
    of = "mean over the classes, each against the rest"
    auc = np.array([h.auc_bounds() for h in scored.histograms]).mean(axis=0)
    ap = np.array([h.ap_bounds() for h in scored.histograms]).mean(axis=0)
    return {
        name: Measured(value=float(v.mean()), low=float(v[0]), high=float(v[1]), method="certified bounds", of=of)
        for name, v in (("roc_auc", auc), ("average_precision", ap))
    }


def threshold_facts(scored: Scored) -> ThresholdFacts:
    """The cut of least expected cost, judged on folds that did not choose it."""
    costs = scored.costs
    found, scale = held_out(scored)
    return ThresholdFacts(
        value=found.point.cut,
        expected_cost=scale * found.cost.value,
        expected_cost_at_half=scale * found.cost_at_half.value,
        cost_fp=costs.fp,
        cost_fn=costs.fn,
        given=costs.given,
    )


def _calibration(scored: Scored) -> CalibrationFacts:
    histogram = scored.histogram
    weight = metrics.implied_weight(histogram).value
    shift = -math.log(weight) if 0 < weight < math.inf else float("nan")
    after = metrics.mean_log_loss(metrics.corrected(histogram, metrics.LogOddsShift(shift)))
    sums = scored.sums
    return CalibrationFacts(
        mean_score=sums.mean_score,
        prevalence=sums.prevalence,
        log_odds_shift=shift,
        log_loss=sums.log_loss,
        log_loss_corrected=after,
    )


def explorer_facts(scored: Scored) -> ExplorerFacts:
    """Every cut that can be told apart in a picture, the scores by class, and how often they come true."""
    histogram = scored.histogram
    table = metrics.cut_table(histogram)
    return ExplorerFacts(
        cuts=_columns(table.columns, "a threshold: the rows scored at least that"),
        scores=_columns(metrics.score_bins(histogram).columns, "rows by their score"),
        reliability=_columns(metrics.reliability_bins(histogram).columns, "rows of nearly the same score"),
        positives=_whole(table.positives),
        negatives=_whole(table.negatives),
        scale=table.cuts.scale,
    )


def _columns(columns: Mapping[str, np.ndarray], note: str) -> Columns:
    return Columns({name: tuple(_whole(v) for v in column.tolist()) for name, column in columns.items()}, note)


def _whole(value: float) -> float:
    """A whole number as one, which is shorter to write."""
    return int(value) if value.is_integer() else value
