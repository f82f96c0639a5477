"""Are thirty draws enough for their mean to be normal?

Answer: It depends on the tail alone. Of uniform draws five are; of log-normal ones with σ = 2 the usual interval of the
mean from thirty is wrong in three of eight samples; with a tail index below 2 the pile of means never becomes a bell,
but a stable law of the same index. The median, a trimmed mean and Hodges and Lehmann's estimate keep their intervals.
Source: A. C. Berry 1941 and C.-G. Esseen 1942, with the constant of I. Shevtsova 2013; B. V. Gnedenko and A. N.
Kolmogorov 1954 (stable limits); J. W. Tukey and D. H. McLaughlin 1963; J. L. Hodges and E. L. Lehmann 1963.
Seconds: 1
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.core.figures import Axis, Intervals, Line, Lines
from cutaway.core.progress import Progress, silent
from cutaway.studies.run import tail_laws as tailed
from cutaway.studies.run.data import Columns
from cutaway.studies.run.parameter import choice, number, seed, whole
from cutaway.studies.run.part import Part, unheard
from cutaway.studies.run.result import Result, Table, claim
from cutaway.studies.run.tail_laws import LAWS

if TYPE_CHECKING:
    from cutaway.science.tails import Law

TITLE = "When the mean of many is normal, and when never"
GROUP = "world"
USES = "columns"
FULL = {"repeats": 20_000, "replicates": 1_000}
EMBED = {"law": tuple(LAWS), "alpha": (1.0, 1.5, 2.5, 4.0)}
STORED_BYTES = 90_000  # three thousand draws among them

SIZES = (1, 2, 5, 10, 30, 100, 300, 1_000)
THIRTY = 30
COVERED = (10, 30, 100)
POOL = 3_000  # draws that the picture puts into samples
BINS = 64
NEAR = 0.05  # a distance below which a reader would take a pile for a bell
CASES: dict[str, dict[str, float]] = {
    "uniform": {},
    "exponential": {},
    "coin": {"p": 0.02},
    "lognormal": {"sigma": 2.0},
    "pareto": {"alpha": 2.1},
    "student": {"alpha": 1.0},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The law, its dial, and how much is drawn."""

    law: str = choice("pareto", "Law of one draw", LAWS)
    alpha: float = number(
        2.5, "Tail index α", low=0.6, high=6.0, step=0.05,
        help="Of Pareto, Student (ν) and stable laws, these up to 2. Below 2 no variance, up to 1 no mean.",
    )  # fmt: skip
    sigma: float = number(2.0, "σ of the log-normal law", low=0.1, high=3.0, step=0.1)
    p: float = number(0.02, "p of the coin", low=0.005, high=0.5, scale="log")
    n: str = choice("30", "Draws in a mean", {str(n): f"{n:,}" for n in SIZES}, where="browser")
    repeats: int = whole(4_000, "Means in a pile", low=2_000, high=20_000, scale="log")
    replicates: int = whole(300, "Samples behind a coverage", low=200, high=1_000, scale="log")
    seed: int = seed()


def run(params: Parameters, progress: Progress = silent, data: Columns | None = None, part: Part = unheard) -> Result:
    """Pile up means of more and more draws, hold them to bell and limit, and measure what intervals hold."""
    law = _law(params, data)
    tables, numbers = _piles(law, params, progress)
    unknown = _methods(law, params, silent, measured=False), _no_cases()
    part(lambda: _result(law, params, tables | dict(zip(("methods", "cases"), unknown, strict=True)), numbers))
    tables["methods"] = _methods(law, params, progress)
    part(lambda: _result(law, params, tables | {"cases": unknown[1]}, numbers))
    tables["cases"] = _cases(params.repeats, params.replicates, params.seed, progress)
    return _result(law, params, tables, numbers)


@claim("The distance to the normal law stays below Berry and Esseen's bound, where the third moment exists")
def bound_holds(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Less the noise, of this law at every n and of the cases; value: the largest share of the bound."""
    sizes, cases = _columns(result.tables["sizes"]), result.tables["cases"].columns
    distance, noise, bound = (np.append(sizes[name], cases[name]) for name in ("distance", "noise", "bound"))
    share = float(((distance - 1.5 * noise) / bound).max())
    return share <= 1, share


@claim("The mean of thirty uniform draws is as normal as so many means can tell")
def thirty_uniform(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Distance below twice the noise; value: their ratio."""
    case = _case(result, "uniform")
    return case["distance"] < 2 * case["noise"], case["distance"] / case["noise"]


@claim("Thirty are not enough for a log-normal law with σ = 2, a Pareto law with α = 2.1 and the Cauchy law")
def thirty_refuted(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Each distance above one and a half times the noise; value: the least distance."""
    cases = [_case(result, name) for name in ("lognormal", "pareto", "student")]
    return all(one["distance"] > 1.5 * one["noise"] for one in cases), min(one["distance"] for one in cases)


@claim(
    "The 95 % interval of the mean from thirty log-normal draws with σ = 2 holds the mean in less than three of four"
)
def interval_fails(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: the share of samples whose interval holds it."""
    held = _case(result, "lognormal")["mean_coverage"]
    return held < 0.75, held


@claim("The median of means holds the log-normal mean more often than Student's interval, at the price of its width")
def blocks_are_better(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """From thirty draws, σ = 2; value: the share of samples in which it holds."""
    case = _case(result, "lognormal")
    better = case["blocks_coverage"] > case["mean_coverage"] and case["blocks_width"] > case["mean_width"]
    return better, case["blocks_coverage"]


@claim("From thirty Cauchy draws the interval of the mean is more than twice as wide as that of the median")
def mean_is_wide(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Median widths; value: their ratio."""
    case = _case(result, "student")
    return case["mean_width"] > 2 * case["median_width"], case["mean_width"] / case["median_width"]


@claim("The interval of the median holds the median in at least 95 % of samples, whatever the tail")
def median_keeps(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """At each size, less four standard errors; value: the least share."""
    shares = [one["coverage"] for one in _rows(result.tables["methods"]) if one["method"] == "median"]
    error = math.sqrt(0.95 * 0.05 / params.replicates)
    return min(shares) >= 0.95 - 4 * error, min(shares)


@claim("With a tail index of 1.5 or less the pile is no bell after a thousand draws, even beside the bell it fits best")
def never_a_bell(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Distance to the normal law with its quartiles, above the noise, where so many means can tell; that distance."""
    distance, noise = result.numbers["distance_1000"], result.numbers["noise"]
    index = result.numbers["index"]
    told = index <= 1.2 or (index <= 1.5 and noise < 0.015)
    return (distance > noise if told else None), distance


@claim("Sums of stable draws follow the law of one draw at every n")
def stable_again(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Farthest from it of all sizes, within one and a half times the noise; value: that distance. For stable laws."""
    if not result.numbers["stable"]:
        return None, math.nan
    sizes = _columns(result.tables["sizes"])
    return bool((sizes["to_limit"] < 1.5 * sizes["noise"]).all()), float(sizes["to_limit"].max())


def _law(params: Parameters, data: Columns | None) -> Law:
    if data is not None:
        name, values = next(iter(data.columns.items()))
        return tailed.column_law(values, name)
    return tailed.law_of(params.law, alpha=params.alpha, sigma=params.sigma, p=params.p)


def _piles(law: Law, params: Parameters, progress: Progress) -> tuple[dict[str, Table], dict[str, float]]:
    """Piles of scaled sums at every size, their distances, the limit, and draws to put into samples."""
    from cutaway.science import tails

    found = {}
    for i, n in enumerate(SIZES):
        found[n] = tails.sums(law, n, params.repeats, seed=params.seed + i, progress=progress)
    low, high = tailed.window(law, found[SIZES[-1]])
    limit = tailed.limit_of(law, low, high)
    edges = np.linspace(low, high, BINS + 1)
    sizes: dict[str, list[float]] = {
        name: []
        for name in ("n", "distance", "noise", "to_limit", "bound", "bell_mean", "bell_sd", "growth", "below", "above")
    }
    counts: dict[str, list[float]] = {"low": edges[:-1].tolist(), "high": edges[1:].tolist()}
    for n, sums in found.items():
        bell = tailed.bell_of(law, sums)
        near, own = tails.ks_distance(sums, bell.distribution, n=n), tails.ks_distance(sums, limit.distribution, n=n)
        row = (n, near.value, near.noise, own.value, tails.berry_esseen(law, n), bell.mean, bell.sd, law.growth(n),
               int((sums < low).sum()), int((sums > high).sum()))  # fmt: skip
        for name, value in zip(sizes, row, strict=True):
            sizes[name].append(float(value))
        counts[f"n{n}"] = np.histogram(sums, edges)[0].tolist()
    places, height = limit.density
    pool = law.draw(np.random.default_rng((params.seed, 99)), POOL)
    tables = {
        "sizes": Table(
            sizes, f"{params.repeats:,} means of n draws; bound: Berry and Esseen's; bell: what they are held to"
        ),
        "law": Table({"name": [law.name]}, "of one draw"),
        "piles": Table(counts, "scaled sums in each bin, by the number of draws in a sum"),
        "limit": Table({"x": places.tolist(), "density": height.tolist()}, "what the scaled sums tend to"),
        "pool": Table({"draw": pool.tolist()}, "draws in their order; the picture takes n at a time"),
    }
    at = {n: i for i, n in enumerate(SIZES)}
    below = [n for n, distance in zip(SIZES, sizes["distance"], strict=True) if distance < NEAR]
    numbers = {
        "distance_30": sizes["distance"][at[THIRTY]],
        "distance_1000": sizes["distance"][-1],
        "noise": sizes["noise"][0],
        "centre": 0.0 if math.isnan(law.mean) else law.mean,
        "has_mean": float(not math.isnan(law.mean)),
        "has_variance": float(math.isfinite(law.sd)),
        "index": min(law.index, 99.0),
        "stable": float(law.name.startswith("stable, ")),
        "alpha": law.limit[0],
        "beta": law.limit[1],
        "enough": float(below[0]) if below else 0.0,
    }
    return tables, numbers


def _methods(law: Law, params: Parameters, progress: Progress, *, measured: bool = True) -> Table:
    """Every estimate of location: what it says of the first thirty draws, and how often its interval holds its aim."""
    from cutaway.science import tails
    from cutaway.science.tails.location import LOCATIONS

    first = law.draw(np.random.default_rng((params.seed, 99)), POOL)[:THIRTY]
    aims = tailed.aims(law, params.seed, LOCATIONS)
    columns: dict[str, list[Any]] = {
        name: [] for name in ("method", "n", "aim", "value", "low", "high", "coverage", "error", "width")
    }
    for at, (name, method) in enumerate(LOCATIONS.items()):
        here = method(first)
        for n in COVERED:
            share = error = width = math.nan
            if measured and not math.isnan(aims[name]):
                got = tails.coverage(
                    law, n, method, aim=aims[name], replicates=params.replicates, seed=params.seed, progress=progress
                )
                share, error, width = got.share, got.error, got.width
            row = (name, n, aims[name], here.value, here.low, here.high, share, error, width)
            for column, value in zip(columns.values(), row, strict=True):
                column.append(value)
        progress("intervals", at + 1, len(LOCATIONS))
    return Table(columns, "value, low, high: of the first thirty draws; coverage: share of intervals that hold the aim")


_CASE = ("distance", "noise", "bound", "mean_coverage", "mean_width", "median_coverage", "median_width",
         "blocks_coverage", "blocks_width", "error")  # fmt: skip


def _case_laws() -> dict[str, Law]:
    dial = {"alpha": 2.0, "sigma": 1.0, "p": 0.5}
    return {name: tailed.law_of(name, **(dial | given)) for name, given in CASES.items()}


def _no_cases() -> Table:
    """The cases before they are measured."""
    laws = _case_laws()
    blank = {name: [math.nan] * len(laws) for name in _CASE}
    return Table({"case": list(laws), "law": [law.name for law in laws.values()], **blank}, "thirty draws")


@lru_cache(maxsize=4)
def _measured(name: str, repeats: int, replicates: int, seed: int) -> tuple[float, ...]:
    """A case's row: they do not depend on the dial, so a reader who turns it does not wait for them again."""
    from cutaway.science import tails

    law = _case_laws()[name]
    sums = tails.sums(law, THIRTY, repeats, seed=seed)
    near = tails.ks_distance(sums, tailed.bell_of(law, sums).distribution)
    out = [near.value, near.noise, tails.berry_esseen(law, THIRTY)]
    for method in (tails.mean_location, tails.median_location, tails.median_of_means):
        aim = law.median if method is tails.median_location else law.centre
        got = tails.coverage(law, THIRTY, method, aim=aim, replicates=replicates, seed=seed)
        out += [got.share, got.width]
        if method is tails.mean_location:
            error = got.error
    return (*out, error)


def _cases(repeats: int, replicates: int, seed: int, progress: Progress) -> Table:
    laws = _case_laws()
    rows = []
    for i, name in enumerate(laws):
        progress("thirty draws", i, len(laws))
        rows.append(_measured(name, repeats, replicates, seed))
    measured = {name: list(each) for name, each in zip(_CASE, zip(*rows, strict=True), strict=True)}
    return Table(
        {"case": list(laws), "law": [law.name for law in laws.values()], **measured},
        "thirty draws: distance of their mean to the bell, and shares of 95 % intervals that hold what they are for",
    )


def _rows(table: Table) -> list[dict[str, Any]]:
    return [dict(zip(table.columns, row, strict=True)) for row in zip(*table.columns.values(), strict=True)]


def _case(result: Result, name: str) -> dict[str, Any]:
    return next(one for one in _rows(result.tables["cases"]) if one["case"] == name)


def _columns(table: Table) -> dict[str, np.ndarray]:
    return {name: np.array(column, float) for name, column in table.columns.items()}


def _result(law: Law, params: Parameters, tables: Mapping[str, Table], numbers: Mapping[str, float]) -> Result:
    return Result(
        figures=_figures(law, params, tables, numbers),
        tables=dict(tables),
        numbers=dict(numbers),
        sentences=_sentences(law, tables, numbers),
    )


def _figures(
    law: Law, params: Parameters, tables: Mapping[str, Table], numbers: Mapping[str, float]
) -> dict[str, Lines | Intervals]:
    sizes, piles, limit = (_columns(tables[name]) for name in ("sizes", "piles", "limit"))
    at = SIZES.index(int(params.n))
    x, width = (piles["low"] + piles["high"]) / 2, piles["high"] - piles["low"]
    pile = piles[f"n{SIZES[at]}"] / params.repeats / width
    mean, sd = sizes["bell_mean"][at], sizes["bell_sd"][at]
    bell = np.exp(-(((x - mean) / sd) ** 2) / 2) / (sd * math.sqrt(2 * math.pi))
    n = tuple(sizes["n"].tolist())
    lines = [
        Line(name="to the bell", x=n, y=tuple(sizes["distance"].tolist())),
        Line(name="noise", x=n, y=tuple(sizes["noise"].tolist()), role="other"),
    ]
    if (said := sizes["bound"] <= 1).any():
        bound = tuple(sizes["bound"][said].tolist())
        lines.append(Line(name="Berry–Esseen", x=tuple(sizes["n"][said].tolist()), y=bound, role="other"))
    if numbers["alpha"] < 2:
        lines.append(Line(name="to its stable limit", x=n, y=tuple(sizes["to_limit"].tolist()), role="other"))
    drawn = [
        Line(name=f"means of {SIZES[at]:,}", x=tuple(x.tolist()), y=tuple(pile.tolist())),
        Line(name="bell", x=tuple(x.tolist()), y=tuple(bell.tolist()), role="other"),
    ]
    if numbers["alpha"] < 2:
        limited = tuple(limit["x"].tolist()), tuple(limit["density"].tolist())
        drawn.append(Line(name="stable limit", x=limited[0], y=limited[1], role="other"))
    cases = [one for one in _rows(tables["cases"]) if not math.isnan(one["mean_coverage"])]
    methods = [one for one in _rows(tables["methods"]) if one["n"] == THIRTY and not math.isnan(one["coverage"])]
    figures: dict[str, Lines | Intervals] = {
        f"The pile of means of {SIZES[at]:,}": Lines(
            alt=f"Means of {SIZES[at]:,} draws ({law.name}) are {sizes['distance'][at]:.2g} from the bell; noise alone "
            f"would make {sizes['noise'][at]:.2g}.",
            x=Axis(label="mean, centred and scaled"),
            y=Axis(label="density"),
            lines=tuple(drawn),
        ),
        "Distance to the bell": Lines(
            alt=f"The distance of {law.name} means to the bell goes from {sizes['distance'][0]:.2g} for one draw to "
            f"{sizes['distance'][-1]:.2g} for {SIZES[-1]:,}.",
            x=Axis(label="draws in a mean", scale="log"),
            y=Axis(label="distance", unit="Kolmogorov–Smirnov", scale="log"),
            lines=tuple(lines),
        ),
    }
    share = Axis(label="intervals that hold what they are for", unit="share of samples")
    for heading, rows, label, key in (
        ("The mean of thirty, by law", cases, "law", "mean_coverage"),
        ("What to do instead, from thirty draws", methods, "method", "coverage"),
    ):
        if rows:
            least = min(rows, key=lambda one: one[key])
            figures[heading] = Intervals(
                alt=f"Of 95 % intervals {least[key]:.0%} hold in the worst case, {least[label]}.",
                axis=share,
                labels=tuple(one[label] for one in rows),
                centre=tuple(one[key] for one in rows),
                low=tuple(max(0.0, one[key] - 1.96 * one["error"]) for one in rows),
                high=tuple(min(1.0, one[key] + 1.96 * one["error"]) for one in rows),
                null=0.95,
            )
    return figures


def _sentences(law: Law, tables: Mapping[str, Table], numbers: Mapping[str, float]) -> tuple[str, ...]:
    distance, last, noise = (numbers[name] for name in ("distance_30", "distance_1000", "noise"))
    reached = (
        f"at {numbers['enough']:,.0f} draws it is below {NEAR:g}"
        if numbers["enough"]
        else f"it never falls below {NEAR:g}"
    )
    out = [
        f"{law.name[0].upper()}{law.name[1:]}: the mean of 30 draws is {distance:.2g} from the bell, that of 1,000 "
        f"{last:.2g}, where noise alone makes {noise:.2g}; {reached}."
    ]
    if numbers["alpha"] < 2:
        out.append(
            f"It has no variance: its sums tend to the stable law with α = {numbers['alpha']:.3g}, "
            f"β = {numbers['beta']:.2g}, and the bell is the one that has the quartiles of the pile."
        )
    held = {one["method"]: one["coverage"] for one in _rows(tables["methods"]) if one["n"] == THIRTY}
    said = ", ".join(f"{name} {share:.0%}" for name, share in held.items() if not math.isnan(share))
    if said:
        out.append(f"Intervals of 95 % from 30 draws hold what they are for in so many samples: {said}.")
    return tuple(out)
