"""What do sensitivity, specificity and precision count, and why does one of them depend on how common the condition is?

Answer: Sensitivity and specificity each look at one column of people, the ill or the healthy, so their shares stay when
the columns change width. Precision looks across both columns at those who are called ill; the fewer ill there are, the
more of them are healthy, and precision falls.

Source: Yerushalmy 1947 on sensitivity and specificity; Altman & Bland 1994 on predictive values and prevalence; Wilson
1927 for the intervals.

Seconds: 0.1
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cutaway.core.figures import Axis, Bars, Intervals, Line, Lines, Mark
from cutaway.core.progress import Progress, silent
from cutaway.science.metrics import (
    Binormal,
    Counts,
    clopper_pearson,
    precision,
    precision_at,
    recall,
    specificity,
    wilson,
)
from cutaway.studies.run.parameter import number, seed, whole
from cutaway.studies.run.result import Result, Table, claim

TITLE = "What the rates count"
GROUP = "decision"
EMBED = {"seed": (0, 1, 2)}
MOST = 2_000  # people drawn; a smaller population is the first of them

PREVALENCES = np.round(np.concatenate([np.geomspace(0.005, 0.1, 14), np.linspace(0.15, 0.95, 17)]), 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The rule, and whom it is used on; the browser counts anew, so that only another seed asks Python."""

    threshold: float = number(
        1, "Threshold", low=-2, high=5, step=0.05, unit="SD", where="browser",
        help="Who scores at least this is called ill.",
    )  # fmt: skip
    prevalence: float = number(
        0.1, "Prevalence", low=0.005, high=0.95, unit="of people", scale="log", where="browser",
        help="Share of those who are tested that is ill.",
    )  # fmt: skip
    separation: float = number(
        2.4, "Separation", low=0, high=4, step=0.05, unit="SD", where="browser",
        help="How far the scores of ill people lie above those of healthy people, on average (d′).",
    )  # fmt: skip
    population: int = whole(
        1_000, "People", low=200, high=MOST, step=100, where="browser", help="How many are tested; each is one dot.",
    )  # fmt: skip
    seed: int = seed()


def people(seed: int) -> np.ndarray:
    """How far each of `MOST` people scores from the mean of their kind, to four decimals.

    The first `ill_of` of them are ill: raising the prevalence makes more of the same people ill.
    """
    return np.round(np.random.default_rng(seed).standard_normal(MOST), 4)


def ill_of(prevalence: float, population: int) -> int:
    """How many of the population are ill, the nearest whole number."""
    return math.floor(prevalence * population + 0.5)


def counted(draws: np.ndarray, prevalence: float, separation: float, threshold: float) -> Counts:
    """The counts of these people: class 1 is ill, and called ill from the threshold on."""
    ill = (np.arange(draws.size) < ill_of(prevalence, draws.size)).astype(np.int64)
    called = (draws + separation * ill >= threshold).astype(np.int64)
    return Counts.of(ill, called, classes=2, labels=("healthy", "ill"))


def run(params: Parameters, progress: Progress = silent) -> Result:
    """The people, what the rule makes of them, and the same rule at every prevalence."""
    progress("people", 0, 1)
    draws = people(params.seed)
    mine = draws[: params.population]
    now = counted(mine, params.prevalence, params.separation, params.threshold)
    at = [counted(mine, float(share), params.separation, params.threshold) for share in PREVALENCES]
    columns: dict[str, list[float]] = {"prevalence": PREVALENCES.tolist()}
    for name in ("tn", "fp", "fn", "tp"):
        columns[name] = [float(getattr(each, name)) for each in at]
    thresholds = np.round(np.arange(-2, 5.0001, 0.25), 2)
    moved = [counted(mine, params.prevalence, params.separation, float(cut)) for cut in thresholds]
    progress("people", 1, 1)

    asked = {"sensitivity": recall, "specificity": specificity, "precision": precision}
    estimates = {name: rate.interval(now) for name, rate in asked.items()}
    shown = {name: f"{100 * each.value:.0f} %" for name, each in estimates.items()}
    n, ill = params.population, int(now.tp + now.fn)
    model = Binormal(params.separation)
    return Result(
        figures={
            "The people, by truth and by call": _bars(now),
            "The three rates": Intervals(
                alt=f"Sensitivity {estimates['sensitivity'].value:.2f}, specificity "
                f"{estimates['specificity'].value:.2f}, precision {estimates['precision'].value:.2f}.",
                axis=Axis(label="rate, 95 % interval", unit="share of the people it is about"),
                labels=tuple(estimates),
                centre=tuple(each.value for each in estimates.values()),
                low=tuple(each.low for each in estimates.values()),
                high=tuple(each.high for each in estimates.values()),
                notes=(f"of {ill:,} ill", f"of {n - ill:,} healthy", f"of {now.tp + now.fp:,.0f} called ill"),
            ),
            "The same rule where the illness is rarer or more common": _against_prevalence(params, model),
        },
        tables={
            "people": Table({"draw": draws.tolist()}, note="a person; the first are ill"),
            "prevalences": Table(columns, note="the same rule and people at another prevalence"),
            "thresholds": Table(
                {
                    "threshold": thresholds.tolist(),
                    "sensitivity": [recall.of(each) for each in moved],
                    "specificity": [specificity.of(each) for each in moved],
                },
                note="another threshold for the same people",
            ),
        },
        numbers={
            "people": n, "ill": ill, "tp": now.tp, "fp": now.fp, "fn": now.fn, "tn": now.tn,
            **{name: each.value for name, each in estimates.items()},
            "sensitivity_of_the_rule": float(model.recall(params.threshold)),
            "specificity_of_the_rule": float(model.specificity(params.threshold)),
            "precision_of_the_rule": float(model.precision(params.threshold, params.prevalence)),
        },
        sentences=(
            f"With {100 * params.prevalence:.3g} % ill, called ill from {params.threshold:g}, {params.separation:g} SD "
            f"apart: {now.tp:,.0f} of the {ill:,} ill are found (sensitivity {shown['sensitivity']}), and "
            f"{now.tn:,.0f} of the {n - ill:,} healthy cleared (specificity {shown['specificity']}).",
            f"Then {now.tp:,.0f} of the {now.tp + now.fp:,.0f} who are called ill are ill "
            f"(precision {shown['precision']})."
            if now.tp + now.fp
            else "Then nobody is called ill, so there is no precision.",
        ),
    )  # fmt: skip


def _bars(now: Counts) -> Bars:
    return Bars(
        alt=f"{now.tp:,.0f} of {now.tp + now.fn:,.0f} ill people and {now.fp:,.0f} of {now.tn + now.fp:,.0f} healthy "
        "people are called ill.",
        axis=Axis(label="people"),
        labels=("ill", "healthy"),
        values=(now.tp + now.fn, now.tn + now.fp),
        parts={"called ill": (now.tp, now.fp), "called healthy": (now.fn, now.tn)},
    )


def _against_prevalence(params: Parameters, model: Binormal) -> Lines:
    x, n = np.geomspace(0.005, 0.95, 80), params.population
    hit, clear = float(model.recall(params.threshold)), float(model.specificity(params.threshold))
    called = n * (hit * x + (1 - clear) * (1 - x))
    rates = {
        "precision": (model.precision(params.threshold, x), called),
        "sensitivity": (np.full(x.size, hit), n * x),
        "specificity": (np.full(x.size, clear), n * (1 - x)),
    }
    lines = []
    for name, (value, trials) in rates.items():
        value = np.nan_to_num(value)
        ends = [wilson(float(p * t), float(t)) for p, t in zip(value, trials, strict=True)]
        low, high = zip(*ends, strict=True)
        role = "main" if name == "precision" else "other"
        lines.append(Line(name=name, x=tuple(x.tolist()), y=tuple(value.tolist()), low=low, high=high, role=role))  # type: ignore[arg-type]
    return Lines(
        alt="Precision falls as the illness becomes rarer; sensitivity and specificity do not change.",
        x=Axis(label="prevalence", unit="share of people who are ill", scale="log"),
        y=Axis(label="rate", unit=f"band: 95 % interval from {n:,} people"),
        lines=tuple(lines),
        marks=(Mark(label="prevalence now", x=params.prevalence),),
    )


@claim("With the rule held fixed, precision falls at every step to a rarer illness")
def precision_falls(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """By Bayes from the rule's own rates; says nothing where the rule calls all of one kind or tells nothing apart."""
    model = Binormal(params.separation)
    values = model.precision(params.threshold, PREVALENCES)
    return bool((np.diff(values) > 0).all()), float(values[0] / values[-1])


@claim("Sensitivity and specificity stay where they are, within what chance allows, at every prevalence")
def others_stay(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Exact intervals, at a level that all of them together miss once in a thousand times; value: the share inside."""
    model, columns = Binormal(params.separation), result.tables["prevalences"].columns
    hit, clear = float(model.recall(params.threshold)), float(model.specificity(params.threshold))
    level = 1 - 0.001 / (2 * PREVALENCES.size)
    inside = []
    for tn, fp, fn, tp in zip(*(columns[name] for name in ("tn", "fp", "fn", "tp")), strict=True):
        for part, rest, truth in ((tp, fn, hit), (tn, fp, clear)):
            low, high = clopper_pearson(part, part + rest, level)
            inside.append(low <= truth <= high)
    return all(inside), float(np.mean(inside))


@claim(
    "At a prevalence of 1 %, a test that is right for 90 % of the ill and for 90 % of the healthy is right in 8.3 % of "
    "its alarms"
)
def base_rate(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """The textbook case, from 1,000 of each."""
    found = precision_at(Counts(np.array([[900.0, 100.0], [100.0, 900.0]])), 0.01).value
    return math.isclose(found, 0.009 / 0.108), found


@claim("A higher threshold never raises sensitivity and never lowers specificity")
def opposite(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """On the people themselves; value: how far both move over all thresholds, the smaller of the two."""
    columns = result.tables["thresholds"].columns
    found, cleared = np.asarray(columns["sensitivity"]), np.asarray(columns["specificity"])
    holds = (np.diff(found) <= 0).all() and (np.diff(cleared) >= 0).all()
    return bool(holds), float(min(found[0] - found[-1], cleared[-1] - cleared[0]))


@claim("Always saying “healthy” has an accuracy of one less the prevalence")
def always_healthy(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """On the people themselves, called by a threshold that nobody reaches."""
    draws = np.asarray(result.tables["people"].columns["draw"])[: params.population]
    none = counted(draws, params.prevalence, params.separation, math.inf)
    right = none.tn / none.weight
    return math.isclose(right, 1 - ill_of(params.prevalence, draws.size) / draws.size), right
