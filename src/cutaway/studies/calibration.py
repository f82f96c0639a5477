"""What do class weights do to predicted probabilities, and can it be undone?

Answer: A weight of w on the positives multiplies the odds that a logistic model predicts by about w: its intercept
moves by log w, its ranking stays. Subtracting log w from every log-odds makes the probabilities true again if the form
of the model is right; if it is not, a recalibration learned on other rows is needed.

Source: King & Zeng 2001, section 4.2; Elkan 2001; Dimitriadis, Gneiting & Jordan 2021 on the decomposition; Bröcker &
Smith 2007 on the band of calibrated scores.

Seconds: 4
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.figures import Axis, Distribution, Line, Lines
from cutaway.core.progress import Progress, silent
from cutaway.science import logit, metrics
from cutaway.science.metrics import Isotonic, LogOddsShift, Platt, Tally
from cutaway.science.metrics.tally import sigmoid
from cutaway.studies.run.data import Columns, Predictions
from cutaway.studies.run.parameter import choice, number, seed, whole
from cutaway.studies.run.result import Result, Table, claim

TITLE = "What class weights do to probabilities"
GROUP = "decision"
USES = "predictions"
FULL = {"rows": 1_000_000}
EMBED = {"weight": (1.0, 5.0, 20.0, 100.0), "form": ("right", "curved")}
SLOPES = np.array([1.2, -0.8, 0.5])
BEND = 0.9  # of the square of the first column, where the form is wrong
UNDONE = np.round(np.linspace(0.0, 1.5, 31), 3)  # shares of the shift
GROUPS = 12
SORTED = 100_000  # rows of one's own up to which every score is told from every other
CERTAIN = 3.29  # standard errors, by which claims are judged
NAMES = ("as trained", "shifted by log w", "two-parameter", "isotonic", "trained without weights")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The population, how the model is trained, and how much of the shift is undone."""

    prevalence: float = number(
        0.05, "Prevalence", low=0.005, high=0.5, scale="log", unit="of rows",
        help="How common the positives are.",
    )  # fmt: skip
    weight: float = number(
        20, "Class weight", low=1, high=100, scale="log",
        help="How many times each positive counts in training.",
    )  # fmt: skip
    undone: float = number(
        0, "Undone", low=0, high=1.5, step=0.05, unit="of the shift log w", where="browser",
        help="How much of log w is subtracted from every log-odds: 1 is all of it.",
    )  # fmt: skip
    rows: int = whole(
        20_000, "Rows", low=1_000, high=1_000_000, scale="log", help="To train on, to recalibrate on, and to judge on."
    )
    form: str = choice(
        "right", "Form of the model", {"right": "Right", "curved": "Wrong: misses a curve"},
        help="Whether the truth is linear in the log-odds, as the model is.",
    )  # fmt: skip
    seed: int = seed()


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of the rows to learn a correction on and of those to judge it on, and what training did, where known."""

    learn: Tally
    judge: Tally
    y: np.ndarray
    logits: np.ndarray  # of the rows to judge on
    shift: float
    plain: np.ndarray | None = None  # log-odds of the same rows by the model trained without weights
    move: logit.InterceptMove | None = None
    trained: Tally | None = None  # of the rows that the model was trained on


def run(params: Parameters, progress: Progress = silent, data: Predictions | Columns | None = None) -> Result:
    """Train with the weight, undo it, and measure on rows that took no part."""
    progress("training", 0, 4)
    if data is None:
        given = _trained(params)
    elif isinstance(data, Predictions):
        given = _own(data, params.seed)
    else:
        raise InputError("data: the study calibration expected predictions (labels and scores), got columns")
    rng = np.random.default_rng(params.seed)
    progress("corrections", 1, 4)
    shift = LogOddsShift(given.shift)
    platt, isotonic = Platt.fit(given.learn), Isotonic.fit(given.learn)
    judge = given.judge
    kinds = [
        judge,
        metrics.corrected(judge, shift),
        metrics.corrected(judge, platt),
        metrics.corrected(judge, isotonic),
    ]
    if given.plain is not None:
        kinds.append(Tally.of_logits(given.y, given.plain))
    progress("measures", 2, 4)
    measures, nulls = _measures(kinds, rng)
    progress("tables", 3, 4)
    path, reliability = _path(judge, given.shift)
    implied = metrics.implied_weight(judge if given.trained is None else given.trained)
    p, q = sigmoid(given.logits + given.shift), isotonic(sigmoid(given.logits))
    gain = (p - given.y) ** 2 - (q - given.y) ** 2
    fifty = metrics.ece_of_fifty(np.random.default_rng(params.seed), 4_000)
    before, after = (metrics.roc_auc(given.y, s) for s in (given.logits, given.logits + given.shift))
    names = NAMES[: len(kinds)] if given.move else ("as they are", "shifted", *NAMES[2:4])
    move = given.move
    return Result(
        figures={
            "Reliability": _diagram(reliability, names[0], names[1]),
            "Calibration error of calibrated scores": _null(nulls[1], measures["ece"][1]),
        },
        tables={
            "measures": Table(
                {"name": list(names), **measures}, "scores after a correction, on rows that took no part"
            ),
            "path": Table(path, "a share of the shift undone"),
            "reliability": Table(reliability, "rows of nearly the same score, at each share of the shift undone"),
            "null": Table(
                {"ece": np.sort(nulls[1])[::4].tolist()}, "a simulation in which the shifted scores are the truth"
            ),
            "fifty": Table({"ece": np.sort(fifty)[::20].tolist()}, "a simulation of 50 perfectly calibrated points"),
        },
        numbers={
            "rows": float(given.y.size),
            "prevalence": judge.prevalence,
            "shift": given.shift,
            "log_weight": -given.shift if move else math.nan,
            "intercept_move": move.value if move else math.nan,
            "intercept_move_se": move.se if move else math.nan,
            "implied_weight": implied.value,
            "implied_weight_low": implied.low,
            "implied_weight_high": implied.high,
            "mean_gap_in_errors": _gap(kinds[1]),
            "auc_change": abs(after - before),
            "brier_gain_of_isotonic": float(gain.mean()),
            "brier_gain_se": float(gain.std() / math.sqrt(gain.size)),
            "fifty_low": float(np.quantile(fifty, 0.05)),
            "fifty_middle": float(np.median(fifty)),
            "fifty_high": float(np.quantile(fifty, 0.95)),
        },
        sentences=_sentences(measures, judge.prevalence, given.shift, names[0]),
    )


@claim("A class weight w moves the intercept by log w, within its interval")
def moves_by_log_w(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """None where the form is wrong, and for scores of one's own; the value is how far it moved, in log-odds."""
    n = result.numbers
    if params.form != "right" or not math.isfinite(n["intercept_move"]):
        return None, n["intercept_move"]
    return abs(n["intercept_move"] - n["log_weight"]) <= CERTAIN * n["intercept_move_se"] + 1e-9, n["intercept_move"]


@claim("After the shift the mean score equals the prevalence, as far as the rows can tell")
def mean_is_prevalence(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """None where the form is wrong; the value is the gap in standard errors."""
    gap = result.numbers["mean_gap_in_errors"]
    return (abs(gap) <= CERTAIN if params.form == "right" else None), gap


@claim("The shift leaves the ranking as it is: AUC unchanged to 1e-12")
def ranking_stays(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """The value is the change."""
    return result.numbers["auc_change"] <= 1e-12, result.numbers["auc_change"]


@claim("The weight can be read off the scores of the rows trained on: the implied weight is within 5 % of w")
def weight_is_implied(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """None where the form is wrong, where chance alone moves it by 5 %, and for scores of one's own."""
    n = result.numbers
    ratio = n["implied_weight"] * math.exp(-n["log_weight"])
    if params.form != "right" or not math.isfinite(ratio) or 2 * n["intercept_move_se"] > 0.05:
        return None, ratio
    return abs(ratio - 1) <= 0.05, ratio


@claim("Where the form is wrong the shift is not enough: isotonic recalibration lowers the Brier score further")
def shift_is_not_enough(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """None where the form is right, or the rows cannot tell; the value is the gain in squared probability."""
    gain, se = result.numbers["brier_gain_of_isotonic"], result.numbers["brier_gain_se"]
    known = params.form != "right" and math.isfinite(result.numbers["intercept_move"]) and abs(gain) > 2 * se
    return (gain > 0 if known else None), gain


@claim("Fifty perfectly calibrated points show a calibration error of about 0.06 to 0.18")
def fifty_points_look_wrong(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Nine in ten of simulated samples, ten bins of equal width; the value is the median."""
    n = result.numbers
    return abs(n["fifty_low"] - 0.065) < 0.015 and abs(n["fifty_high"] - 0.18) < 0.02, n["fifty_middle"]


def _trained(params: Parameters) -> Scores:
    rng = np.random.default_rng(params.seed)
    bend = BEND if params.form == "curved" else 0.0
    level = _level(params.prevalence, bend)

    def drawn() -> tuple[np.ndarray, np.ndarray]:
        x = rng.normal(size=(params.rows, SLOPES.size))
        return x, (rng.random(params.rows) < sigmoid(level + _raised(x, bend))).astype(np.uint8)

    (x, y), (x_learn, y_learn), (x_judge, y_judge) = drawn(), drawn(), drawn()
    move = logit.intercept_move(x, y.astype(float), params.weight)
    learn, judge = (logit.linear(each, move.weighted.usable) for each in (x_learn, x_judge))
    plain = logit.linear(x_judge, move.plain.usable)
    tallies = Tally.of_logits(y_learn, learn), Tally.of_logits(y_judge, judge)
    trained = Tally.of_logits(y, logit.linear(x, move.weighted.usable))
    return Scores(*tallies, y_judge, judge, -math.log(params.weight), plain, move, trained)


def _own(data: Predictions, seed: int) -> Scores:
    """Half of the rows to learn on, half to judge on; certain scores, which no shift can move, are left out."""
    logits = metrics.binning.log_odds(data.p)
    kept = np.flatnonzero(np.isfinite(logits))
    learn, judge = np.array_split(np.random.default_rng(seed).permutation(kept), 2)
    weights = [None if data.weight is None else data.weight[part] for part in (learn, judge)]
    one, other = (_tally(data.y[k], logits[k], w) for k, w in zip((learn, judge), weights, strict=True))
    if one.one_class or other.one_class:
        raise InputError("data: the study calibration expected rows of both classes, got one class; give more rows")
    if one.finite[0] == one.finite[-1]:
        raise InputError(
            "data: the study calibration expected different scores, got the same one in every row that counts"
        )
    return Scores(one, other, data.y[judge], logits[judge], -math.log(metrics.implied_weight(one).value))


def _tally(y: np.ndarray, logits: np.ndarray, weight: np.ndarray | None) -> Tally:
    """Of many rows each counts at the middle of its bin, at most 0.0003 away between 0.7 and 99.3 %."""
    if y.size <= SORTED:
        return Tally.of_logits(y, logits, weight)
    return Tally.of_histogram(metrics.ScoreHistogram.of(logits, y, weight))


def _raised(x: np.ndarray, bend: float) -> np.ndarray:
    return np.asarray(x @ SLOPES + bend * (x[:, 0] ** 2 - 1))


def _level(prevalence: float, bend: float) -> float:
    """The intercept that gives this prevalence, by bisection over a fixed sample of the population."""
    raised = _raised(np.random.default_rng(0).normal(size=(200_000, SLOPES.size)), bend)
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if sigmoid(middle + raised).mean() < prevalence else (low, middle)
    return (low + high) / 2


def _gap(tally: Tally) -> float:
    """Mean score less prevalence, in standard errors of these labels and of those that taught the level."""
    p = tally.p
    spread = math.sqrt(2 * float((tally.weight * p * (1 - p)).sum()) / tally.scale)
    return float((tally.weight * p).sum() - tally.positives.sum()) / max(spread, 1e-300)


def _measures(kinds: list[Tally], rng: np.random.Generator) -> tuple[dict[str, list[float]], list[np.ndarray]]:
    rows, nulls = [], []
    for tally in kinds:
        groups = metrics.reliability_bins(tally, GROUPS)
        null = metrics.ece_null(groups, rng, scale=tally.scale)
        parts = metrics.decomposition(tally, "brier")
        nulls.append(null)
        rows.append(
            {
                "mean_score": tally.mean_score,
                "ece": groups.ece,
                "ece_null_low": float(np.quantile(null, 0.005)),
                "ece_null_high": float(np.quantile(null, 0.995)),
                "brier": parts.score,
                "miscalibration": parts.miscalibration,
                "discrimination": parts.discrimination,
                "uncertainty": parts.uncertainty,
                "log_loss": metrics.mean_log_loss(tally),
            }
        )
    return {name: [row[name] for row in rows] for name in rows[0]}, nulls


def _path(judge: Tally, shift: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """Measures at each share of the shift, and the same groups of rows there."""
    by = metrics.reliability_groups(judge.at(judge.logits + shift), GROUPS)
    path, groups = [], []
    for share in UNDONE:
        tally = judge.at(judge.logits + share * shift)
        path.append((share, metrics.mean_log_loss(tally), metrics.mean_brier(tally), tally.mean_score))
        found = metrics.reliability_bins(tally, by=by).columns
        groups.append({"undone": np.full(found["rows"].size, share), **found})
    names = ("undone", "log_loss", "brier", "mean_score")
    columns = {name: np.concatenate([each[name] for each in groups]) for name in groups[0]}
    return dict(zip(names, np.array(path).T, strict=True)), columns


def _sentences(measures: dict[str, list[float]], prevalence: float, shift: float, name: str) -> tuple[str, ...]:
    mean, loss = measures["mean_score"], measures["log_loss"]
    return (
        f"Scored {name}, the mean probability is {mean[0]:.3g} where {prevalence:.3g} are positive; "
        f"{shift:+.2f} on every log-odds makes it {mean[1]:.3g}.",
        f"The log loss falls from {loss[0]:.3g} to {loss[1]:.3g} nats a row; the ranking does not change.",
    )


def _diagram(table: dict[str, Any], before: str, after: str) -> Lines:
    lines = []
    for share, name, role in ((0.0, before, "harm"), (1.0, after, "main")):
        mine = table["undone"] == share
        x, y, low, high = (tuple(table[k][mine].tolist()) for k in ("mean_score", "observed", "low", "high"))
        lines.append(Line(name=name, x=x, y=y, low=low, high=high, role=role))  # type: ignore[arg-type]
    mine = table["undone"] == 1.0
    x, low, high = (tuple(table[k][mine].tolist()) for k in ("mean_score", "null_low", "null_high"))
    return Lines(
        alt="As trained, the positives are rarer than the scores say; after the shift they are as common.",
        x=Axis(label="mean score of a group of rows", unit="probability"),
        y=Axis(label="share of positives", unit="of the group"),
        lines=(Line(name="calibrated scores of this size", x=x, y=x, low=low, high=high, role="other"), *lines),
    )


def _null(null: np.ndarray, observed: float) -> Distribution:
    counts, edges = np.histogram(null, bins=24)
    chance = float(np.quantile(null, 0.005)) <= observed <= float(np.quantile(null, 0.995))
    return Distribution(
        alt=f"The shifted scores' calibration error is {'one' if chance else 'not one'} that chance alone gives.",
        x=Axis(label="calibration error if the shifted scores were the truth", unit="probability"),
        edges=tuple(edges.tolist()),
        counts=tuple(float(c) for c in counts),
        observed=observed,
        observed_label="observed",
    )
