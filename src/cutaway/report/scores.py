"""What is measured on scores, as lines that terminal and page share."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

from cutaway.core.audit import Measured, ScoreFacts
from cutaway.report import numerals

TITLE = "What the scores are worth"
WORDS = {
    "roc_auc": "area under ROC",
    "average_precision": "average precision",
    "f1": "F1",
    "macro_f1": "F1, mean over the classes",
    "matthews_correlation": "Matthews correlation",
    "cohen_kappa": "Cohen's kappa",
    "g_mean": "G-mean",
    "jaccard": "Jaccard index",
    "macro_recall": "recall, mean over the classes",
    "macro_precision": "precision, mean over the classes",
}
LEVEL = 0.05  # log-odds: below it the log loss does not change in three digits
# A rate that is one of the others seen from the far side, or the data's own, is told in the JSON alone.
LESS = ("miss_rate", "false_discovery_rate", "prevalence", "selection_rate", "jaccard", "informedness", "g_mean")
SHARES = (
    "recall",
    "specificity",
    "precision",
    "negative_predictive_value",
    "false_alarm_rate",
    "accuracy",
    "balanced_accuracy",
    "macro_recall",
    "macro_precision",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One measure: its name, its value, its interval, and what it is a fraction of.

    `share`: value, low and high of a measure that is a share of something, to be drawn as one.
    """

    name: str
    value: str
    interval: str
    of: str
    share: tuple[float, float, float] | None = None


def lines(scores: ScoreFacts) -> list[Line]:
    """The measures worth a line, the curves first."""
    out = [_line(name, each) for name, each in scores.curves.items()]
    return out + [_line(name, each) for name, each in scores.metrics.items() if name not in LESS]


def _line(name: str, each: Measured) -> Line:
    shown = WORDS.get(name, name.replace("_", " "))
    if isnan(each.value):
        return Line(shown, "undefined", "", each.of)
    share = name in SHARES
    value = numerals.percent(each.value) if share else numerals.number(each.value)
    drawn = (each.value, each.low, each.high) if share else None
    return Line(shown, value, _interval(each, share), each.of, drawn)


def _interval(each: Measured, share: bool) -> str:
    if isnan(each.low) or isnan(each.high):
        return numerals.ABSENT
    if share:
        low, high = numerals.percent_pair(each.low, each.high)
        return f"{low} to {high}"
    return f"{numerals.number(each.low)} to {numerals.number(each.high)}"


def heading(scores: ScoreFacts) -> str:
    """Whose scores these are, and of how many rows."""
    whose = f"The column {scores.name}" if scores.own else "The plain model, each row scored by a fit without it"
    left = f"; {scores.left_out:,} without a score left out" if scores.left_out else ""
    return f"{whose}: {scores.rows:,} rows{left}. Rates at a probability of 0.5, with 95 % intervals."


def remarks(scores: ScoreFacts) -> list[str]:
    """The threshold and the level in a sentence each."""
    out = []
    cut, level = scores.threshold, scores.calibration
    if cut is not None and not isnan(cut.expected_cost):
        costs = (
            f"With a false alarm at {numerals.number(cut.cost_fp)} and a miss at {numerals.number(cut.cost_fn)}"
            if cut.given
            else "As long as a false alarm costs as much as a miss (--cost-fp and --cost-fn say otherwise)"
        )
        found, half = numerals.number(cut.expected_cost), numerals.number(cut.expected_cost_at_half)
        if cut.expected_cost < cut.expected_cost_at_half:
            out.append(
                f"{costs}, alarms from a probability of {numerals.number(cut.value, 2)} on cost least: {found} a row "
                f"on rows that did not choose it, against {half} at 0.5."
            )
        else:
            out.append(
                f"{costs}, no cut does better than 0.5 on rows that did not choose it: {found} against {half} a row."
            )
    if level is not None and abs(level.log_odds_shift) >= LEVEL:
        out.append(
            f"The mean score is {numerals.percent(level.mean_score)} and the prevalence "
            f"{numerals.percent(level.prevalence)}: a shift of {numerals.number(level.log_odds_shift, 2)} in log-odds "
            f"makes them equal and takes the log loss from {numerals.number(level.log_loss)} to "
            f"{numerals.number(level.log_loss_corrected)} nats a row."
        )
    return out
