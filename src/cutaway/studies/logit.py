"""How does a straight line become a probability, and what does one unit of x do to it?

Answer: The line is the log-odds. One unit of x multiplies the odds by the same factor everywhere, and moves the
probability by at most a quarter of the slope, less in the tails. The line that makes the labels likeliest has the
smallest log loss.
Source: D. R. Cox, The regression analysis of binary sequences, JRSS B 20, 1958; A. Albert and J. A. Anderson, On the
existence of maximum likelihood estimates in logistic regression models, Biometrika 71, 1984.
Seconds: 1
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.core.figures import Axis, Line, Lines, Mark, Points
from cutaway.core.progress import Progress, silent
from cutaway.studies.run.parameter import choice, number, pairs, points
from cutaway.studies.run.result import Result, Table, claim

TITLE = "From a line to a probability"
GROUP = "loss"

_LOW, _HIGH = -4.0, 4.0
_POINTS = "-3.2:0 -2.3:0 -1.6:0 -1:1 -0.6:0 0.1:1 0.5:0 0.9:1 1.4:0 1.8:1 2.5:1 3.1:1"
_STAGES = {
    "line": "a line",
    "sigmoid": "a probability",
    "odds": "odds",
    "unit": "one unit of x",
    "likelihood": "likelihood",
    "loss": "log loss",
    "gradient": "gradient",
    "penalty": "penalty",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What may be moved; the browser fits again by itself."""

    stage: str = choice("line", "Step", _STAGES, where="browser")
    points: str = points(
        _POINTS,
        "Points",
        low=_LOW,
        high=_HIGH,
        where="browser",
        help="x:label, label 0 or 1. Drag them in the picture.",
    )
    at: float = number(
        0.0, "Where the unit of x begins", low=_LOW, high=_HIGH - 1, step=0.1, where="browser", help="From x to x + 1."
    )
    tilt: float = number(
        0.0,
        "Slope, away from the fit",
        low=-3,
        high=3,
        step=0.05,
        where="browser",
        help="At 0 the curve is the likeliest one.",
    )
    ridge: float = number(
        1.0,
        "Penalty λ on the slope",
        low=0.01,
        high=100,
        scale="log",
        where="browser",
        help="λ/2 · slope² is added to the summed log loss; the intercept is free.",
    )


def run(params: Parameters, progress: Progress = silent) -> Result:
    """Fit the points without and with the penalty; what each point and each unit of x contribute."""
    from cutaway.science import logit

    progress("fit", 0, 1)
    given = np.array(pairs(params.points))
    x, y = given[:, 0], given[:, 1].astype(int)
    fit = logit.fit(x[:, None], y)
    held = logit.fit(x[:, None], y, ridge=params.ridge)
    separated = fit.status == "separated"
    intercept, slope = (np.nan, np.nan) if separated else fit.usable
    drawn = held.usable if separated else fit.usable  # a curve to draw where the likeliest one is a cliff
    eta = drawn[0] + drawn[1] * x
    p = logit.sigmoid(eta)

    grid = np.linspace(_LOW, _HIGH, 161)
    line = drawn[0] + drawn[1] * grid
    unit = {"probability": logit.sigmoid(line + drawn[1]) - logit.sigmoid(line)}
    unit["odds"] = np.exp(line + drawn[1]) / np.exp(line)
    slopes = np.linspace(-3.0, max(8.0, 1.5 * abs(float(drawn[1]))), 111)
    losses = logit.slope_losses(x, y, slopes)
    log_likelihood = float(np.log(np.prod(np.where(y == 1, p, 1 - p))))  # of the product itself

    tables = {
        "points": Table(
            {
                "x": x.tolist(),
                "label": y.tolist(),
                "log_odds": eta.tolist(),
                "probability": p.tolist(),
                "likelihood": np.where(y == 1, p, 1 - p).tolist(),
                "loss": np.logaddexp(0, np.where(y == 1, -eta, eta)).tolist(),
                "residual": (p - y).tolist(),
                "pull": ((p - y) * x).tolist(),
            },
            "one point; pull is (p - label) · x, its part of the gradient",
        ),
        "curve": Table(
            {
                "x": grid.tolist(),
                "log_odds": line.tolist(),
                "odds": np.exp(line).tolist(),
                "probability": logit.sigmoid(line).tolist(),
                "probability_step": unit["probability"].tolist(),
                "odds_ratio": unit["odds"].tolist(),
            },
            "the fitted curve; step and ratio from x to x + 1",
        ),
        "slopes": Table(
            {
                "slope": slopes.tolist(),
                "loss": losses.tolist(),
                "penalised": (losses + params.ridge * slopes**2 / (2 * len(x))).tolist(),
            },
            "mean log loss at a slope, the intercept at its best",
        ),
    }
    numbers = {
        "intercept": float(intercept),
        "slope": float(slope),
        "penalised_intercept": float(held.usable[0]),
        "penalised_slope": float(held.usable[1]),
        "separated": float(separated),
        "odds_ratio": float(np.exp(slope)),
        "probability_step": float(np.abs(unit["probability"]).max()),
        "odds_ratio_spread": float(np.ptp(unit["odds"]) / unit["odds"].mean()),
        "tail_step": float(np.abs(unit["probability"][[0, -1]]).max()),
        "log_loss": logit.log_loss(eta, y),
        "log_likelihood": log_likelihood,
        "rows": float(len(x)),
        "gradient": float(np.abs([(p - y).sum(), ((p - y) * x).sum()]).max()),
        "mean_probability": float(p.mean()),
        "share": float(y.mean()),
    }
    progress("fit", 1, 1)
    return Result(figures=_figures(x, y, tables, numbers), tables=tables, numbers=numbers, sentences=_SENTENCES)


@claim("One unit of x multiplies the odds by the same factor everywhere; its step in probability is at most slope / 4.")
def odds_are_constant(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """The largest step of probability, of slope / 4."""
    slope = abs(result.numbers["penalised_slope" if result.numbers["separated"] else "slope"])
    bound = result.numbers["probability_step"] <= slope / 4 + 1e-12
    share = result.numbers["probability_step"] / (slope / 4) if slope > 0 else 0.0
    return bound and result.numbers["odds_ratio_spread"] < 1e-9, share


@claim("The log loss is minus the mean of the log likelihood.")
def loss_is_likelihood(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Difference between the stable loss and the logarithm of the product."""
    difference = abs(result.numbers["log_loss"] + result.numbers["log_likelihood"] / result.numbers["rows"])
    return difference < 1e-9, difference


@claim("At the fit the gradient is zero: the residuals sum to nothing, and so do the residuals times x.")
def gradient_is_zero(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Largest of the two sums; says nothing where no fit exists."""
    if result.numbers["separated"]:
        return None, float("nan")
    return result.numbers["gradient"] < 1e-6, result.numbers["gradient"]


@claim(
    "The mean of the fitted probabilities is the share of ones; the penalty, which leaves the intercept free, keeps it."
)
def mean_is_share(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Difference of the two."""
    difference = abs(result.numbers["mean_probability"] - result.numbers["share"])
    return difference < 1e-6, difference


@claim("The penalised slope is smaller than the unpenalised one, which on separated points is infinite.")
def penalty_shrinks(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Penalised over unpenalised slope."""
    if result.numbers["separated"]:
        return True, 0.0
    if abs(result.numbers["slope"]) < 1e-9:
        return None, float("nan")
    share = result.numbers["penalised_slope"] / result.numbers["slope"]
    return 0 <= share < 1, share


_SENTENCES = (
    "The odds ratio of one unit is one number for the whole line; the step in probability depends on where it begins.",
    "An odds ratio is not a ratio of probabilities: it comes near it only where both probabilities are small.",
    "Where a cut on the line divides the labels without error, no finite slope is likeliest; a penalty gives one back.",
)


def _figures(
    x: np.ndarray, y: np.ndarray, tables: dict[str, Table], numbers: dict[str, float]
) -> dict[str, Points | Lines]:
    curve, slopes = tables["curve"].columns, tables["slopes"].columns
    separated = bool(numbers["separated"])
    said = "penalised curve; the points are separated" if separated else "fitted curve"
    marks = [Mark(label="penalised", x=numbers["penalised_slope"], role="other")]
    if not separated:
        marks.append(Mark(label="fit", x=numbers["slope"]))
    return {
        "Points and the fitted curve": Points(
            alt=f"{len(x)} points, {int(y.sum())} of them ones; slope "
            + ("without bound, as the points are separated." if separated else f"{numbers['slope']:.2f}."),
            x_axis=Axis(label="x"),
            y_axis=Axis(label="label, and probability of a one"),
            x=tuple(x.tolist()),
            y=tuple(map(float, y)),
            group=tuple(y.tolist()),
            groups=("zeros", "ones"),
            lines=(Line(name=said, x=tuple(curve["x"]), y=tuple(curve["probability"])),),
        ),
        "What one unit of x does": Lines(
            alt=f"The step in probability is at most {numbers['probability_step']:.2f} and falls to "
            f"{numbers['tail_step']:.2f} in the tails.",
            x=Axis(label="x at which the unit begins"),
            y=Axis(label="change", unit="probability"),
            lines=(Line(name="step in probability", x=tuple(curve["x"]), y=tuple(curve["probability_step"])),),
        ),
        "Log loss by slope": Lines(
            alt="The mean log loss "
            + (
                "falls for ever as the slope grows." if separated else f"is least at a slope of {numbers['slope']:.2f}."
            ),
            x=Axis(label="slope"),
            y=Axis(label="mean log loss", unit="nats"),
            lines=(
                Line(name="log loss", x=tuple(slopes["slope"]), y=tuple(slopes["loss"])),
                Line(name="with penalty", x=tuple(slopes["slope"]), y=tuple(slopes["penalised"]), role="other"),
            ),
            marks=tuple(marks),
        ),
    }
