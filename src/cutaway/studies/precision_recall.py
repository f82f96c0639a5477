"""Which error hurts more, a miss or a false alarm, and what does that make of precision and recall?

Answer: The two costs alone say from which probability on an alarm pays: false alarm / (false alarm + miss). Where
misses hurt more that is a low cut with high recall, where false alarms do a high cut with high precision; a whole
stretch of cuts costs the same, as far as the rows can tell.

Source: Elkan 2001 on the cut; Provost & Fawcett 2001 on the points that a classifier can reach; Androutsopoulos et al.
2000, NICE NG12, ACC/AHA 2013 and others for costs, named beside each case.

Seconds: 0.5
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.figures import Axis, Bars, Figure, Line, Lines, Mark
from cutaway.core.progress import Progress, silent
from cutaway.science.metrics.binning import log_odds
from cutaway.science.metrics.binormal import Binormal
from cutaway.science.metrics.equal_cuts import equal_cuts
from cutaway.science.metrics.folded_cuts import FoldedCuts, in_folds
from cutaway.science.metrics.held_out_cuts import cost_estimate
from cutaway.science.metrics.histogram import ScoreHistogram
from cutaway.science.metrics.thresholds import Cuts, LeastCost
from cutaway.science.metrics.use_cases import USE_CASES, UseCase, use_case, which_first
from cutaway.studies.run.data import Predictions
from cutaway.studies.run.parameter import choice, number, seed, whole
from cutaway.studies.run.result import Result, Table, claim

TITLE = "Which error hurts more"
GROUP = "decision"
USES = "predictions"
FULL = {"rows": 1_000_000}
EMBED = {"separation": (1.0, 2.0, 3.0)}
FOLDS = 5
CUTS = 300
SURE = 0.999  # level of the stretches that claims are tried on: all cases at once, on any seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Whose costs, and a classifier to use; the browser looks up the costs, so that only another classifier is run."""

    case: str = choice(
        "cancer referral", "Use case", {**{case.name: case.name for case in USE_CASES}, "own": "your own two costs"},
        where="browser", help="Costs are taken from the source shown, or marked as assumed.",
    )  # fmt: skip
    cost_fp: float = number(
        1, "A false alarm costs", low=0.01, high=1_000, scale="log", where="browser",
        help="In a unit of your own; used with your own two costs.",
    )  # fmt: skip
    cost_fn: float = number(
        97 / 3, "A miss costs", low=0.01, high=1_000, scale="log", where="browser", help="In the same unit.",
    )  # fmt: skip
    point: str = choice(
        "cheapest", "Cut", {"cheapest": "the cheapest", "own": "one that you choose"}, where="browser",
        help="The cut follows the costs, or stays where you put it.",
    )  # fmt: skip
    threshold: float = number(
        0.5, "Your cut", low=0, high=1, step=0.001, where="browser",
        help="Flag from this probability on; moves to the nearest cut that the classifier can reach.",
    )  # fmt: skip
    prevalence: float = number(
        0.1, "Prevalence", low=0.005, high=0.5, scale="log",
        help="Share of the drawn rows that is positive; your own predictions bring their own.",
    )  # fmt: skip
    separation: float = number(
        2, "Separation", low=0.25, high=4, step=0.25, unit="SD",
        help="How well the classifier tells the two kinds apart (d′ of two normals).",
    )  # fmt: skip
    rows: int = whole(20_000, "Rows", low=500, high=1_000_000, step=500, help="More rows, a shorter plateau.")
    seed: int = seed()


def costs(params: Parameters) -> tuple[float, float]:
    """What a false alarm and a miss cost in the chosen case."""
    if params.case == "own":
        return params.cost_fp, params.cost_fn
    case = use_case(params.case)
    return case.fp, case.fn


def run(params: Parameters, progress: Progress = silent, data: Predictions | None = None) -> Result:
    """Fold the rows, and read off what every cut costs."""
    folded = _folded(params, progress, data)
    cuts, (fp, fn) = folded.cuts, costs(params)
    if not (cuts.positives > 0 and cuts.negatives > 0):
        raise InputError(
            f"y: precision-recall needs rows of both classes, got {cuts.positives:g} positive of {cuts.total:g}"
        )
    progress("costs of the use cases", 0, len(USE_CASES))
    landings: dict[str, list[object]] = {
        name: [] for name in ("case", "threshold", "recall", "precision", "low", "high")
    }
    for done, case in enumerate(USE_CASES, 1):
        point = cuts.point(LeastCost(case.fp, case.fn)(cuts))
        low, high = (float(folded.threshold[i]) for i in equal_cuts(cuts, case.fp, case.fn))
        for name, value in zip(landings, (case.name, point.cut, point.recall, point.precision, low, high), strict=True):
            landings[name].append(value)
        progress("costs of the use cases", done, len(USE_CASES))

    at = LeastCost(fp, fn)(cuts)
    low, high = equal_cuts(cuts, fp, fn)
    best, judged = cuts.point(at), cost_estimate(folded.judged(LeastCost(fp, fn))[0], fp, fn)
    unit = "units of cost" if params.case == "own" else use_case(params.case).unit
    table = {"threshold": folded.threshold, "tp": cuts.tp, "fp": cuts.fp}
    table |= {f"tp_{i}": column for i, column in enumerate(folded.tp)}
    table |= {f"fp_{i}": column for i, column in enumerate(folded.fp)}
    return Result(
        figures=_figures(folded, fp, fn, unit),
        tables={
            "cuts": Table({name: column.tolist() for name, column in table.items()}, note="rows flagged from a cut on"),
            "cases": Table(_cases(USE_CASES), note="a use case and what its two errors cost, in one unit"),
            "landings": Table(landings, note="the cheapest cut of a use case, and the cuts that cost as little"),
        },
        numbers={
            "rows": cuts.total,
            "positives": cuts.positives,
            "negatives": cuts.negatives,
            "scale": cuts.scale,
            "own_data": float(data is not None),
            "cost_of_a_false_alarm": fp,
            "cost_of_a_miss": fn,
            "threshold": float(folded.threshold[at]),
            "threshold_low": float(folded.threshold[low]),
            "threshold_high": float(folded.threshold[high]),
            "recall": best.recall,
            "precision": best.precision,
            "cost_a_row": best.cost(fp, fn),
            "held_out_cost_a_row": judged.value,
            "held_out_cost_low": judged.low,
            "held_out_cost_high": judged.high,
        },
        sentences=tuple(_sentences(folded, params, unit)),
    )  # fmt: skip


def _folded(params: Parameters, progress: Progress, data: Predictions | None) -> FoldedCuts:
    """The rows in folds; drawn ones are scored by a calibrated classifier, so that their cut is known beforehand."""
    rng = np.random.default_rng(params.seed)
    if data is not None:
        progress("rows in folds", 0, 1)
        fold = rng.integers(0, FOLDS, data.y.size, dtype=np.uint8)
        return FoldedCuts.of(in_folds(log_odds(data.p), data.y, data.weight, fold, FOLDS), CUTS)
    folds = []
    model = Binormal(params.separation)
    for i in range(FOLDS):
        progress("rows drawn", i, FOLDS)
        rows = params.rows // FOLDS
        positives = math.floor(params.prevalence * params.rows + 0.5)
        mine = positives // FOLDS + (i < positives % FOLDS)
        y = (np.arange(rows) < mine).astype(np.uint8)
        scores = rng.standard_normal(rows) + params.separation * y
        folds.append(ScoreHistogram.of(model.log_odds(scores, params.prevalence), y))
    return FoldedCuts.of(folds, CUTS)


def _cases(cases: tuple[UseCase, ...]) -> dict[str, list[object]]:
    names = ("name", "positive", "false_alarm", "miss", "fp", "fn", "unit", "source", "assumed", "per_row", "first")
    return {name: [getattr(case, name) for case in cases] for name in names}


def _best_f1(cuts: Cuts) -> int:
    both = 2 * cuts.tp + cuts.fp + (cuts.positives - cuts.tp)
    return int(np.argmax(np.divide(2 * cuts.tp, both, out=np.zeros_like(both), where=both > 0)))


def _figures(folded: FoldedCuts, fp: float, fn: float, unit: str) -> dict[str, Figure]:
    cuts = folded.cuts
    at, (low, high) = LeastCost(fp, fn)(cuts), equal_cuts(cuts, fp, fn)
    rules = {
        "the cheapest cut": at, "the cut at 0.5": cuts.place(0.0), "the cut of best F1": _best_f1(cuts),
        "flag nobody": cuts.fp.size - 1, "flag everybody": 0,
    }  # fmt: skip
    each = 1_000 / cuts.total
    misses = tuple(float((cuts.positives - cuts.tp[i]) * fn * each) for i in rules.values())
    alarms = tuple(float(cuts.fp[i] * fp * each) for i in rules.values())
    x = folded.threshold
    estimates = [cost_estimate(cuts.point(i), fp, fn) for i in range(cuts.fp.size)]
    line = Line(
        name="cost",
        x=tuple(x.tolist()),
        y=tuple(1_000 * one.value for one in estimates),
        low=tuple(1_000 * one.low for one in estimates),
        high=tuple(1_000 * one.high for one in estimates),
    )
    best = cuts.point(at)
    right = cuts.tp[:-1] / np.maximum(cuts.tp + cuts.fp, 1e-300)[:-1]
    return {
        "Cost of five rules": Bars(
            alt=f"The cheapest cut costs {misses[0] + alarms[0]:.3g} {unit} per 1,000 rows.",
            axis=Axis(label="cost per 1,000 rows", unit=unit),
            labels=tuple(rules),
            values=tuple(a + b for a, b in zip(misses, alarms, strict=True)),
            parts={"misses": misses, "false alarms": alarms},
        ),
        "Cost at every cut": Lines(
            alt=f"Cuts from {x[low]:.3g} to {x[high]:.3g} cost as little as the cheapest, as far as the rows can tell.",
            x=Axis(label="cut", unit="probability from which a row is flagged"),
            y=Axis(label="cost per 1,000 rows", unit=unit),
            lines=(line,),
            marks=(
                Mark(label="cheapest", x=float(x[at]), y=1_000 * best.cost(fp, fn)),
                Mark(label="plateau from", x=float(x[low]), role="other"),
                Mark(label="to", x=float(x[high]), role="other"),
            ),
        ),
        "Precision and recall": Lines(
            alt=f"The cheapest cut has recall {best.recall:.2f} and precision {best.precision:.2f}.",
            x=Axis(label="recall", unit="share of positives found"),
            y=Axis(label="precision", unit="share of alarms that are right"),
            lines=(Line(name="reachable", x=tuple((cuts.tp[:-1] / cuts.positives).tolist()), y=tuple(right.tolist())),),
            marks=(Mark(label="cheapest", x=best.recall, y=best.precision),),
        ),
    }


def _sentences(folded: FoldedCuts, params: Parameters, unit: str) -> Iterator[str]:
    (fp, fn), cuts = costs(params), folded.cuts
    at, name = LeastCost(fp, fn)(cuts), "your own costs" if params.case == "own" else params.case
    best, (low, high) = cuts.point(at), equal_cuts(cuts, fp, fn)
    ratio = (
        f"a miss costs {_shown(fn / fp)} false alarms" if fn >= fp else f"a false alarm costs {_shown(fp / fn)} misses"
    )
    first = which_first(fp, fn)
    look = "neither comes first" if first == "neither" else f"{first} comes first"
    right = f"{100 * best.precision:.0f} % of its alarms are right" if best.tp + best.fp else "flags nobody"
    yield (
        f"For {name} {ratio}, so {look}; the cheapest cut, {min(folded.threshold[at], 1):.3g}, finds "
        f"{100 * best.recall:.0f} % of the positives, and {right}."
    )
    yield (
        f"For {name} cuts from {folded.threshold[low]:.3g} to {min(folded.threshold[high], 1):.3g} cost as little, as "
        f"far as {cuts.total:,.0f} rows can tell."
    )
    judged = cost_estimate(folded.judged(LeastCost(fp, fn))[0], fp, fn)
    each, nobody = (_shown(1_000 * v) for v in (judged.value, cuts.positives * fn / cuts.total))
    yield (
        f"For {name} the cut costs {each} ({_shown(1_000 * judged.low)} to {_shown(1_000 * judged.high)}) {unit} per "
        f"1,000 rows, on folds that did not choose it; flagging nobody costs {nobody}."
    )


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _cuts(result: Result) -> tuple[np.ndarray, Cuts]:
    columns, numbers = result.tables["cuts"].columns, result.numbers
    threshold = np.asarray(columns["threshold"], dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        logits = np.log(np.minimum(threshold, 1)) - np.log1p(-np.minimum(threshold, 1))
    squares = numbers["rows"] / numbers["scale"]
    return threshold, Cuts(logits, np.asarray(columns["fp"], float), np.asarray(columns["tp"], float), squares)


@claim("Where scores are calibrated, the cut false alarm / (false alarm + miss) lies on the plateau in every use case")
def calibrated(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Tried on the drawn rows, which are calibrated; value: the share of use cases."""
    if result.numbers["own_data"]:
        return None, math.nan
    threshold, cuts = _cuts(result)
    inside = []
    for case in USE_CASES:
        low, high = equal_cuts(cuts, case.fp, case.fn, SURE)
        place = min(int(np.searchsorted(threshold, case.cut)), threshold.size - 1)  # acts as the next cut above
        inside.append(low <= place <= high)
    return all(inside), float(np.mean(inside))


@claim("Where a miss costs ten false alarms recall is higher than where a false alarm costs ten misses")
def ten_to_one(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: the difference of the two recalls. Says nothing where one cut serves both, as that of flagging nobody."""
    _, cuts = _cuts(result)
    picks = [LeastCost(1, fn)(cuts) for fn in (10, 0.1)]
    found = [cuts.tp[pick] / cuts.positives for pick in picks]
    return bool(found[0] > found[1]) if picks[0] != picks[1] else None, float(found[0] - found[1])


@claim("The dearer a miss beside a false alarm, the higher the recall of the cheapest cut, through all use cases")
def in_order(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: recall from the least to the greatest ratio."""
    _, cuts = _cuts(result)
    cases = sorted(USE_CASES, key=lambda case: case.ratio)
    found = np.array([cuts.tp[LeastCost(case.fp, case.fn)(cuts)] for case in cases]) / cuts.positives
    return bool((np.diff(found) >= 0).all()), float(found[-1] - found[0])


@claim("The cut of best F1 knows no costs: in some use case it costs more than the cheapest cut, beyond doubt")
def f1_knows_no_costs(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: in how many of the use cases it lies off the plateau. Fewer than 100 positives say nothing."""
    _, cuts = _cuts(result)
    place = _best_f1(cuts)
    ends = [equal_cuts(cuts, case.fp, case.fn, SURE) for case in USE_CASES]
    off = sum(not low <= place <= high for low, high in ends)
    return off > 0 if cuts.positives >= 100 else None, float(off)


@claim("Of the cuts chosen on four folds of five at least 95 % lie on the plateau of all five, over all use cases")
def held_out(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: their share."""
    threshold, cuts = _cuts(result)
    columns = result.tables["cuts"].columns
    fp, tp = (np.array([columns[f"{name}_{i}"] for i in range(FOLDS)]) for name in ("fp", "tp"))
    folded = FoldedCuts(cuts, threshold, fp, tp)
    inside = []
    for case in USE_CASES:
        low, high = equal_cuts(cuts, case.fp, case.fn, SURE)
        inside += [low <= pick <= high for pick in folded.judged(LeastCost(case.fp, case.fn))[1]]
    share = float(np.mean(inside))
    return share >= 0.95, share
