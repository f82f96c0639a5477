"""Why does gradient descent crawl when two columns differ in size, and what helps?

Answer: Its steps grow like the condition number of the loss, which the units of the columns decide; dividing each
column by its spread removes that part at no cost to the fit. Momentum needs the square root of it, Newton one step.
Source: Y. Nesterov, Introductory Lectures on Convex Optimization, 2004, section 2.1; B. T. Polyak, Some methods of
speeding up the convergence of iteration methods, 1964; D. P. Kingma and J. Ba, Adam, 2015. Data: Gapminder (CC BY 4.0),
176 countries in 2010: GDP, population, life expectancy.
Seconds: 1
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.figures import Axis, Line, Lines, Mark
from cutaway.core.progress import Progress, silent
from cutaway.studies.run.data import Columns
from cutaway.studies.run.parameter import choice, number, whole
from cutaway.studies.run.result import Result, Table, claim

if TYPE_CHECKING:
    from cutaway.science.descent.quadratic import Quadratic
    from cutaway.science.descent.scalings import Scaling

TITLE = "Why scale the columns"
GROUP = "data"
USES = "columns"
FULL = {"tolerance": 1e-10}

_SCALINGS = {"raw": "as they are", "standardised": "standardised", "min-max": "min–max", "robust": "robust"}
_METHODS = {
    "gradient": "gradient descent",
    "momentum": "momentum (heavy ball)",
    "nesterov": "Nesterov",
    "adam": "Adam",
    "newton": "Newton",
}
_DECADES = np.logspace(1, 5, 9)
_UNITS = 10.0 ** np.arange(0, 8.5, 0.5)
_ADAM_SHARE = 0.2  # of the way to the minimum, at rate 1

_CELL = ("scaling", "method", "steps", "rate", "inertia")

EMBED = {"scaling": tuple(_SCALINGS), "method": tuple(_METHODS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What may be moved."""

    scaling: str = choice("raw", "Scaling", _SCALINGS, help="What each column is divided by before the fit.")
    method: str = choice("gradient", "Method", _METHODS)
    unit: float = number(
        1000.0,
        "Unit of the first column",
        low=1,
        high=1e8,
        scale="log",
        help="GDP is counted in so many dollars. A scaled column forgets its unit.",
    )
    rate: float = number(
        0.9,
        "Step, of the stable one",
        low=0.02,
        high=1.15,
        step=0.01,
        where="browser",
        help="1 is 2/λmax for gradient descent, where it begins to diverge; for Adam a fifth of the way.",
    )
    shown: int = whole(40, "Steps drawn", low=1, high=400, scale="log", where="browser")
    tolerance: float = number(
        1e-6,
        "Loss still to go",
        low=1e-12,
        high=1e-2,
        scale="log",
        unit="of the start's",
        help="A run has arrived when the loss above its minimum is this share of what it was.",
    )


def run(params: Parameters, progress: Progress = silent, data: Columns | None = None) -> Result:
    """Fit by every method under every scaling; follow the chosen one step by step."""
    from cutaway.science import descent

    names, x, y, target = _table(data)
    x = x / np.array([params.unit, 1.0])
    zero = np.zeros(2)
    problems = {s: descent.Quadratic.of_least_squares(x / descent.sizes(x, s), y) for s in descent.SCALINGS}

    cells = []
    for i, (scaling, problem) in enumerate(problems.items()):
        progress("methods on the table", i, len(problems))
        for method in descent.METHODS:
            settings, steps = descent.best_run(problem, method, zero, tolerance=params.tolerance)
            cells.append((scaling, method, steps, settings.rate, settings.inertia))
    units = []
    for unit in _UNITS.tolist():
        one = descent.Quadratic.of_least_squares(x * np.array([params.unit / unit, 1.0]), y)
        units.append((unit, one.condition, descent.best_run(one, "gradient", zero, tolerance=params.tolerance)[1]))
    decades = descent.steps_by_condition(_DECADES, tolerance=params.tolerance, progress=progress)

    here = problems[params.scaling]  # type: ignore[index]
    values, _ = here.eigen
    settings = descent.at_share(here, params.method, params.rate, zero, adam=_ADAM_SHARE)  # type: ignore[arg-type]
    way = descent.path(here, params.method, settings, zero, params.shown)  # type: ignore[arg-type]
    parts = np.array([here.split(b) for b in way]) / here.gap(zero)
    full = descent.Settings(rate=1.0)
    fitted = {s: descent.path(q, "newton", full, zero, 1)[-1] for s, q in problems.items()}  # in each one's coordinates
    predictions = np.array([(x - x.mean(axis=0)) / descent.sizes(x, s) @ fitted[s] for s in problems])
    total = here.gap(zero) + here.floor

    tables = {
        "columns": Table({"name": names, "spread": x.std(axis=0).tolist()}, f"predicting {target}"),
        "problems": _problems(problems, x),
        "steps": Table(dict(zip(_CELL, zip(*cells, strict=True), strict=True)), "at the method's best setting"),
        "units": Table(
            dict(zip(("unit", "condition", "steps"), zip(*units, strict=True), strict=True)),
            "gradient descent on the columns as they are, by the unit of the first",
        ),
        "decades": Table(
            {"condition": _DECADES.tolist(), **decades}, "steps from equal errors along both eigenvectors"
        ),
        "path": Table(
            {
                "step": list(range(len(way))),
                **dict(zip(("first", "second", "steep", "flat"), np.hstack([way, parts]).T.tolist(), strict=True)),
            },
            "the run; steep and flat: parts of the loss above its minimum, of the start's",
        ),
    }
    numbers = {
        "condition": here.condition,
        "stable_step": 2 / values[0],
        "explained": here.gap(zero) / total,
        "prediction_difference": float(np.abs(predictions - predictions[0]).max() / np.ptp(predictions[0])),
        "adam_turn": decades["adam_turned"][-1] / decades["adam"][-1],
        "adam_drift": max(decades["adam"]) / min(decades["adam"]),
        "newton": max(steps for _, method, steps, *_ in cells if method == "newton"),
    }
    for method in ("gradient", "momentum"):
        numbers[f"{method}_slope"] = float(np.polyfit(np.log(_DECADES), np.log(decades[method]), 1)[0])
    return Result(
        figures=_figures(params, decades, parts),
        tables=tables,
        numbers=numbers,
        sentences=_sentences(names, target, problems, {cell[:2]: cell[2] for cell in cells}, numbers),
    )


@claim("Steps of gradient descent grow like the condition number: log steps on log κ, over four decades, has slope 1.")
def gradient_is_linear(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Within 0.95 to 1.05."""
    slope = result.numbers["gradient_slope"]
    return 0.95 <= slope <= 1.05, slope


@claim("Momentum grows like its square root: the slope is about one half.")
def momentum_is_a_root(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Within 0.45 to 0.6: the double root of its recurrence adds a logarithm."""
    slope = result.numbers["momentum_slope"]
    return 0.45 <= slope <= 0.6, slope


@claim("Newton's method takes one step, whatever the scaling.")
def newton_is_one_step(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """The largest number over the scalings."""
    return result.numbers["newton"] == 1, result.numbers["newton"]


@claim("Scaling does not change the fitted predictions.")
def same_predictions(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Largest difference between scalings, of the predictions' range."""
    difference = result.numbers["prediction_difference"]
    return difference < 1e-8, difference


@claim("Adam does not feel sizes along its axes: its steps are the same over four decades of κ, to within one in ten.")
def adam_ignores_sizes(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Most steps over fewest, eigenvectors along the axes."""
    return result.numbers["adam_drift"] <= 1.1, result.numbers["adam_drift"]


@claim("Adam does feel a rotation: turned by 45°, the problem with κ = 100,000 takes more than ten times the steps.")
def adam_feels_rotation(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Steps turned over steps along the axes."""
    return result.numbers["adam_turn"] > 10, result.numbers["adam_turn"]


def _table(data: Columns | None) -> tuple[tuple[str, str], np.ndarray, np.ndarray, str]:
    if data is None:
        with (files("cutaway") / "data" / "gapminder.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        x = np.array([[float(row["gdp"]), float(row["population"])] for row in rows])
        return ("GDP", "population"), x, np.array([float(row["life_expectancy"]) for row in rows]), "life expectancy"
    if len(data.columns) < 2 or data.target is None:
        raise InputError(
            f"study scaling: expected two numeric columns and a target, got {len(data.columns)} of {data.name}"
            + ("; choose two with columns=A,B" if data.target is not None else " without a target; name it by target=T")
        )
    first, second = list(data.columns)[:2]
    x = np.column_stack([data.columns[first], data.columns[second]])
    return (first, second), x, data.target, data.target_name or "the target"


def _problems(problems: Mapping[Scaling, Quadratic], x: np.ndarray) -> Table:
    from cutaway.science import descent

    columns: dict[str, list[float | str]] = {}
    for scaling, problem in problems.items():
        values, vectors = problem.eigen
        size = descent.sizes(x, scaling)
        row = {
            "scaling": scaling,
            **{f"h{i + 1}{j + 1}": problem.hessian[i, j] for i, j in ((0, 0), (0, 1), (1, 1))},
            "first": problem.optimum[0],
            "second": problem.optimum[1],
            "steep": values[0],
            "flat": values[1],
            "steep_first": vectors[0, 0],
            "steep_second": vectors[1, 0],
            "condition": problem.condition,
            "size_first": size[0],
            "size_second": size[1],
        }
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
    return Table(columns, "Hessian (hij), minimum, eigenvalues, steep eigenvector and divisors by scaling")


def _figures(params: Parameters, decades: dict[str, list[float]], parts: np.ndarray) -> dict[str, Lines]:
    drawn = {
        "gradient": "gradient descent",
        "momentum": "momentum",
        "adam_turned": "Adam, turned by 45°",
        "adam": "Adam, along its axes",
        "newton": "Newton",
    }
    kept = np.isfinite(parts).all(axis=1) & (parts < 1e12).all(axis=1)
    at = tuple(map(float, np.flatnonzero(kept)))
    return {
        "Steps and the condition number": Lines(
            alt=f"Steps to tolerance rise in proportion to the condition number for gradient descent, from "
            f"{decades['gradient'][0]:,.0f} at 10 to {decades['gradient'][-1]:,.0f} at 100,000; Newton takes one.",
            x=Axis(label="condition number κ", scale="log"),
            y=Axis(label="steps to tolerance", scale="log"),
            lines=tuple(
                Line(
                    name=name,
                    x=tuple(map(float, _DECADES)),
                    y=tuple(decades[key]),
                    role="main" if key == "gradient" else "other",
                )
                for key, name in drawn.items()
            ),
        ),
        "What remains of the loss, by eigenvector": Lines(
            alt=f"After {params.shown} steps the steep direction keeps {parts[-1, 0]:.2g} of the starting loss and the "
            f"flat one {parts[-1, 1]:.2g}.",
            x=Axis(label="step"),
            y=Axis(label="loss above the minimum", unit="share of the start's", scale="log"),
            lines=(
                Line(name="flat direction", x=at, y=tuple(np.maximum(parts[kept, 1], 1e-16)), role="main"),
                Line(name="steep direction", x=at, y=tuple(np.maximum(parts[kept, 0], 1e-16)), role="other"),
            ),
            marks=(Mark(label="tolerance", y=params.tolerance, role="other"),),
        ),
    }


def _sentences(
    names: tuple[str, str],
    target: str,
    problems: Mapping[Scaling, Quadratic],
    steps: Mapping[tuple[str, str], float],
    numbers: Mapping[str, float],
) -> tuple[str, ...]:
    def rounded(value: float) -> str:
        return f"{float(f'{value:.3g}'):,.0f}" if value >= 100 else f"{value:.3g}"

    def said(count: float) -> str:
        return f"{count:,.0f}" if np.isfinite(count) else "more than 10,000,000"

    raw, standard = problems["raw"].condition, problems["standardised"].condition
    return (
        f"With {names[0]} and {names[1]} as they are the condition number is {rounded(raw)} and gradient descent at "
        f"its best step needs {said(steps['raw', 'gradient'])} steps; standardised it is {rounded(standard)}, and "
        f"{said(steps['standardised', 'gradient'])}.",
        "What standardising leaves is correlation: two columns correlated by r have κ = (1 + |r|) / (1 - |r|).",
        f"On the columns as they are, momentum needs {said(steps['raw', 'momentum'])} steps, Adam at its best rate "
        f"{said(steps['raw', 'adam'])}, Newton 1.",
        f"Faster is not better: the fit explains {100 * numbers['explained']:.0f} % of the variance of {target} under "
        "every scaling. A logarithm, which changes the model, may explain more.",
        "Both columns and the target are centred, as an intercept does; without it the condition number would be "
        "larger.",
        "Not everything needs scaling: trees split a column by order and never see its unit. A penalised model does: "
        "its fit, and not only its speed, changes with the unit.",
    )
