"""Where should a classifier's score be cut, if the two kinds of error do not cost the same?

Answer: Where one more alarm costs as much as it saves: at c_fp / (c_fp + c_fn) if the score is a calibrated
probability, and anywhere on a plateau around it, because the rows cannot tell those cuts apart. The cut at 0.5 is right
for equal costs only; on rows that did not choose the cut, the cheapest one saves what 0.5 wastes.

Source: Elkan 2001 for the cut of a calibrated score; Provost & Fawcett 2001 for the hull; Stone 1974 on judging a
choice by cross-validation; the crash table: NASS CDS, US National Highway Traffic Safety Administration, 1997 to 2002.

Seconds: 4
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from importlib import resources
from operator import add

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.figures import Axis, Line, Lines, Mark
from cutaway.core.progress import Progress, silent
from cutaway.science import metrics
from cutaway.science.metrics import FoldedCuts, ScoreHistogram
from cutaway.science.metrics.tally import sigmoid
from cutaway.studies.run.data import Columns, Predictions
from cutaway.studies.run.parameter import choice, number, seed
from cutaway.studies.run.result import Result, Table, claim

TITLE = "Where to draw the line"
GROUP = "decision"
USES = "predictions"
EMBED = {"scores": ("crashes", "calibrated", "weighted")}
FOLDS = 5
DRAWN = 100_000
WEIGHT = 20.0  # of a positive, in the drawn scores that are not calibrated
CERTAIN = 0.999  # level of the intervals and plateaus that claims are judged by: many ratios of costs are tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Whose scores, the cut, and what the errors cost; only other scores ask Python."""

    threshold: float = number(
        0.5, "Threshold", low=0, high=1, step=0.001, unit="", where="browser",
        help="Rows scored at least this raise an alarm.",
    )  # fmt: skip
    cost_fp: float = number(
        1, "Cost of a false alarm", low=0.1, high=1000, scale="log", where="browser",
        help="In any unit: money, hours, harm. Only the ratio of the two costs moves the cheapest cut.",
    )  # fmt: skip
    cost_fn: float = number(
        8, "Cost of a miss", low=0.1, high=1000, scale="log", where="browser", help="In the same unit."
    )
    scores: str = choice(
        "crashes",
        "Scores",
        {
            "crashes": "Deaths in 26,217 crashes, plain logistic model",
            "calibrated": "Drawn: true probabilities",
            "weighted": "Drawn: trained with class weight 20",
        },
        help="Each row was scored by a model that had not seen it. Or drop in your own predictions.",
    )
    seed: int = seed()


def run(params: Parameters, progress: Progress = silent, data: Predictions | Columns | None = None) -> Result:
    """Everything that a threshold and two costs can ask of the scores, as tables."""
    progress("scores", 0, 4)
    if data is None:
        given = _crashes(params.seed) if params.scores == "crashes" else _drawn(params)
    elif isinstance(data, Predictions):
        given = data
    else:
        raise InputError("data: the study threshold expected predictions (labels and scores), got columns")
    progress("folds", 1, 4)
    logits = metrics.binning.log_odds(given.p)
    fold = (np.random.default_rng(params.seed).permutation(given.y.size) % FOLDS).astype(np.uint8)
    folds = metrics.in_folds(logits, given.y, given.weight, fold, FOLDS)
    whole, folded = reduce(add, folds), FoldedCuts.every(folds)
    progress("held-out costs", 2, 4)
    judged = metrics.held_out_table(folded)
    here = metrics.held_out_cut(folded, params.cost_fp, params.cost_fn)
    progress("tables", 3, 4)
    table = metrics.cut_table(whole)
    ends = metrics.equal_cuts(table.cuts, params.cost_fp, params.cost_fn)
    low, high = np.minimum(table.threshold[list(ends)], 1).tolist()
    name = f"“{given.positive}”" if given.positive not in ("1", "1.0") else "positives"
    saving = here.saving
    return Result(
        figures={"Cost of the errors": _cost_figure(table, params, here.point.cut, name)},
        tables={
            "cuts": Table(table.columns, "a threshold: the weight of the rows scored at least that"),
            "scores": Table(metrics.score_bins(whole).columns, "rows by their score"),
            "reliability": Table(metrics.reliability_bins(whole).columns, "rows of nearly the same score"),
            "classes": Table(
                {"name": ["others", given.positive], "rows": [table.negatives, table.positives]},
                "a class, the positive last",
            ),
            "held_out": Table(judged.columns, "a cost ratio: costs a row, judged on folds that did not choose the cut"),
        },
        numbers={
            "rows": float(given.y.size),
            "positives": table.positives,
            "negatives": table.negatives,
            "scale": table.cuts.scale,
            "best_threshold": here.point.cut,
            "plateau_low": low,
            "plateau_high": high,
            "held_out_cost_per_1000": 1000 * here.cost.value,
            "cost_at_half_per_1000": 1000 * here.cost_at_half.value,
            "saving_per_1000": 1000 * saving.value,
            "saving_per_1000_low": 1000 * saving.low,
            "saving_per_1000_high": 1000 * saving.high,
            "calibrated": float(_calibrated(whole, params.seed)),
            "largest_rise_of_recall": float(np.diff(table.tp).max(initial=0.0)),
            **_compared(folded, table),
        },
        sentences=(
            f"Where a miss costs {params.cost_fn / params.cost_fp:.3g} false alarms, the cheapest threshold is "
            f"{here.point.cut:.3g}; from {low:.2g} to {high:.2g} the {given.y.size:,} rows cannot tell the cost from "
            f"the least.",
            f"Chosen on four fifths of the rows and judged on the fifth, the errors then cost "
            f"{1000 * here.cost.value:,.3g} per 1,000 rows, {1000 * saving.value:,.3g} less than at 0.5 "
            f"({1000 * saving.low:,.3g} to {1000 * saving.high:,.3g}).",
        ),
    )


@claim("On rows that did not choose it the cheapest cut costs no more than 0.5, at any costs from 1:100 to 100:1")
def worth_choosing(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """None where no ratio of costs can be told apart; the value is what is saved per 1,000 rows at the costs given."""
    numbers = result.numbers
    if numbers["ratios_better_than_half"] + numbers["ratios_worse_than_half"] == 0:
        return None, numbers["saving_per_1000"]
    return numbers["ratios_worse_than_half"] == 0, numbers["saving_per_1000"]


@claim("Of a calibrated score the rows cannot tell the cost at c_fp / (c_fp + c_fn) from the least, at any such costs")
def formula_is_best(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """None where the scores are not calibrated; the value is the share of the ratios at which it is so."""
    share = result.numbers["ratios_formula_on_plateau"]
    return share == 1 if result.numbers["calibrated"] else None, share


@claim("Recall never rises as the threshold rises")
def recall_falls(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """The value is the largest rise between neighbouring thresholds, in rows."""
    return result.numbers["largest_rise_of_recall"] <= 0, result.numbers["largest_rise_of_recall"]


def _crashes(seed: int) -> Predictions:
    """Deaths in the crash table, each scored by a plain logistic model of the other folds."""
    import pyarrow.parquet as pq

    from cutaway.science import logit

    with resources.as_file(resources.files("cutaway") / "data" / "nasscds.parquet") as path:
        table = pq.read_table(path).to_pydict()
    columns = [np.asarray(table["ageOFocc"], float) / 10, (np.asarray(table["yearVeh"], float) - 1990) / 10]
    columns[1] = np.where(np.isnan(columns[1]), np.nanmean(columns[1]), columns[1])
    for name in ("dvcat", "airbag", "seatbelt", "frontal", "sex", "occRole", "deploy"):
        values = np.asarray(table[name]).astype(str)
        columns += [(values == level).astype(float) for level in np.unique(values)[1:]]
    x = np.column_stack(columns)
    y = (np.asarray(table["dead"]) == "dead").astype(np.uint8)
    place = np.random.default_rng(seed).permutation(y.size) % FOLDS
    p = np.empty(y.size)
    for k in range(FOLDS):
        fit = logit.fit(x[place != k], y[place != k].astype(float))
        p[place == k] = logit.probabilities(x[place == k], fit.usable)
    return Predictions(y=y, p=p, name="crashes", positive="dead")


def _drawn(params: Parameters) -> Predictions:
    """True probabilities with about 8 % positives, or what training with a class weight makes of them."""
    rng = np.random.default_rng(params.seed)
    logits = rng.normal(-3.3, 1.6, DRAWN)
    y = (rng.random(DRAWN) < sigmoid(logits)).astype(np.uint8)
    shift = np.log(WEIGHT) if params.scores == "weighted" else 0.0
    return Predictions(y=y, p=sigmoid(logits + shift), name=params.scores)


def _compared(folded: FoldedCuts, table: metrics.CutTable) -> dict[str, float]:
    """At how many ratios of costs a chosen cut is surely better or worse than 0.5, and the formula on the plateau."""
    half = metrics.held_out_table(folded, level=CERTAIN)
    inside = []
    for fn in half.ratio.tolist():
        low, high = metrics.equal_cuts(table.cuts, 1.0, fn, CERTAIN)
        formula = np.searchsorted(table.threshold, metrics.calibrated_cut(1.0, fn))  # acts as the next cut above
        inside.append(low <= min(int(formula), table.threshold.size - 1) <= high)
    return {
        "ratios_better_than_half": float(np.sum(half.saving_low > 0)),
        "ratios_worse_than_half": float(np.sum(half.saving_high < 0)),
        "ratios_formula_on_plateau": float(np.mean(inside)),
    }


def _calibrated(whole: ScoreHistogram, seed: int) -> bool:
    """Whether nothing speaks against every score being the probability of its label."""
    test = metrics.calibration_test(whole, np.random.default_rng(seed), times=999)
    return bool(test.p_value > 0.01 and metrics.level_p(whole) > 0.01)


def _cost_figure(table: metrics.CutTable, params: Parameters, best: float, name: str) -> Lines:
    total = max(table.positives + table.negatives, 1e-300)
    cost = 1000 * (params.cost_fp * table.fp + params.cost_fn * (table.positives - table.tp)) / total
    at = min(int(np.searchsorted(table.threshold, params.threshold)), cost.size - 1)
    times = cost[at] / max(float(cost.min()), 1e-300)
    return Lines(
        alt=f"The errors cost least at {best:.3g}; at {params.threshold:.3g} they cost {times:.2f} times as much.",
        x=Axis(label=f"threshold on the score of {name}", unit="probability"),
        y=Axis(label="cost of the errors", unit="per 1,000 rows"),
        lines=(Line(name="cost", x=tuple(table.threshold.tolist()), y=tuple(cost.tolist())),),
        marks=(
            Mark(label="cheapest", x=best),
            Mark(label="threshold", x=params.threshold, y=float(cost[at]), role="other"),
        ),
    )
