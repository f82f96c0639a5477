"""What becomes of a mean whose law has none?

Answer: Nothing: where rays of a turning source land on a wall, the mean of a billion has the very law of one of them,
since one ray in n lands about n distances away and carries the mean off. The median of the same rays settles, as 1/√n.
Source: A.-L. Cauchy 1853, against I.-J. Bienaymé; S. M. Stigler, Cauchy and the Witch of Agnesi, 1974; G. Breit and
E. Wigner 1936 (the line of a resonance); M. E. Muller 1956 (Brownian walks, jumped from circle to circle).
Seconds: 2
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.core.figures import Axis, Distribution, Line, Lines
from cutaway.core.progress import Progress, silent
from cutaway.studies.run.parameter import choice, number, seed, whole
from cutaway.studies.run.part import Part, unheard
from cutaway.studies.run.result import Result, Table, claim

if TYPE_CHECKING:
    from cutaway.science.tails import Running

TITLE = "The mean that never settles"
GROUP = "world"
FULL = {"draws": 10**9, "paths": 4_000}
EMBED = {"draws": (10_000, 100_000, 1_000_000)}
STORED_BYTES = 110_000  # every ray and walk that is drawn among them

ORIGINS = {
    "rays": "Rays on a wall",
    "ratio": "Ratio of two normals",
    "resonance": "Line of a resonance",
    "walk": "Brownian walk to a wall",
}
SHOWN, SAMPLE = 240, 20_000  # draws of each origin: one by one, and counted
CLOSE = 0.01  # so near to the wall, in distances, a walk that is drawn ends
REACH, BINS = 8.0, 64  # of the pile, in distances to either side
LENGTH, BLOCK = 10_000, 50  # draws of each of the many paths; paths at a time
STOPS = (1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1_000, 2_000, 3_000, 5_000, 10_000)
PLACES = 200  # along the one path
NORMAL = 1 / 0.6744897501960817  # standard deviation of a normal law with the quartiles of the Cauchy law
MOST_NORMAL = 1_000_000  # draws of the normal path
SPANS = {"low": 0.025, "lower": 0.25, "middle": 0.5, "upper": 0.75, "high": 0.975}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """How it comes about, and for how long; lengths are in distances from the wall, which the browser multiplies."""

    origin: str = choice("rays", "How it comes about", ORIGINS, where="browser")
    distance: float = number(
        1.0, "Distance from the wall", low=0.25, high=2.0, step=0.05, unit="m", where="browser",
        help="Of a resonance: half of its width.",
    )  # fmt: skip
    draws: int = whole(100_000, "Draws of the one path", low=1_000, high=10**9, scale="log")
    paths: int = whole(400, "Paths beside it", low=100, high=4_000, scale="log", help=f"Of {LENGTH:,} draws each.")
    seed: int = seed()


def run(params: Parameters, progress: Progress = silent, part: Part = unheard) -> Result:
    """Sample the four origins, walk many paths side by side, and follow one to its end."""
    from cutaway.science import tails

    progress("four origins", 0, 1)
    tables = _origins(params.seed)
    many, numbers = _many(params, progress)
    tables["many"] = many
    numbers["origins"] = max(
        tails.ks_distance(_sample(origin, params.seed), tails.cauchy_distribution).value for origin in ORIGINS
    )
    numbers["origins_noise"] = math.sqrt(math.log(2 / 0.05) / (2 * SAMPLE))
    tables["normal"] = _normal(params, progress)
    stops = _places(params.draws)
    kept, path = set(stops), []
    for state in tails.running(params.seed, sorted({*stops, *range(1 << 24, params.draws, 1 << 24)})):
        if state.n in kept:
            path.append(state)
        progress("one path", state.n, params.draws)
        if state.n < params.draws:
            so_far = path if state.n in kept else [*path, state]
            part(lambda so_far=so_far: _result(params, tables, numbers, so_far))  # type: ignore[misc]
    return _result(params, tables, numbers, path)


@claim("Rays, a ratio of normals, a resonance and a Brownian walk have one law: x = d tan θ with θ uniform")
def one_law(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """The farthest of the four from the Cauchy law, by Kolmogorov and Smirnov, within twice the noise; that ratio."""
    ratio = result.numbers["origins"] / result.numbers["origins_noise"]
    return ratio < 2, ratio


@claim("The mean of n draws is as wide as one draw: half of the paths' means lie within one distance, at every n")
def mean_stays_wide(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Half of the middle 50 %, in distances, at each of the stops within five standard errors of 1; the farthest."""
    widths = _widths(result.tables["many"], "cauchy_mean")
    farthest = float(widths[np.abs(np.log(widths)).argmax()])
    return bool((np.abs(np.log(widths)) < 5 * 1.5708 / math.sqrt(params.paths)).all()), farthest


@claim("The median of the same draws settles as theory says, π/(2√n) distances from the foot")
def median_settles(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """From n = 100 on, half of the middle 50 % within five standard errors of 0.6745 of that; the farthest ratio."""
    table = result.tables["many"]
    n = np.array(table.columns["n"])
    ratio = (_widths(table, "cauchy_median") / (math.pi / 2 / np.sqrt(n) / NORMAL))[n >= 100]
    farthest = float(ratio[np.abs(np.log(ratio)).argmax()])
    return bool((np.abs(np.log(ratio)) < 5 * 1.17 / math.sqrt(params.paths) + 0.03).all()), farthest


@claim("The mean of normal draws with the same quartiles settles: it is a hundred times narrower after 10,000")
def normal_settles(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Within five standard errors; value: how many times."""
    widths = _widths(result.tables["many"], "normal_mean")
    times = float(widths[0] / widths[-1])
    return abs(math.log(times / 100)) < 5 * 1.17 * math.sqrt(2 / params.paths), times


@claim("However many the draws, the farthest alone moves their mean by more than 0.92 distances in half of the paths")
def one_draw_decides(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """The median over the paths of max |x| / n, against 2/(π log 2), within five standard errors."""
    expected = 2 / (math.pi * math.log(2))
    return abs(math.log(result.numbers["carried"] / expected)) < 5 * 1.45 / math.sqrt(params.paths), result.numbers[
        "carried"
    ]


@claim("In the last nine tenths of their draws two of three means move by more than a distance, and no median does")
def means_still_move(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """The share of means, against 1 - (2/π) arctan(1/1.8) = 0.68, within five standard errors."""
    expected = 1 - 2 / math.pi * math.atan(1 / 1.8)
    error = math.sqrt(expected * (1 - expected) / params.paths)
    near = abs(result.numbers["means_moved"] - expected) < 5 * error
    return near and result.numbers["medians_moved"] == 0, result.numbers["means_moved"]


@claim("At the end of the one path its median is within five standard errors, π/(2√n), of the foot")
def path_finds_the_foot(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: the median, in standard errors."""
    errors = result.numbers["median"] * math.sqrt(params.draws) / (math.pi / 2)
    return abs(errors) < 5, errors


def _key(seed: int, what: int) -> int:
    return int(np.random.SeedSequence((seed, what)).generate_state(1)[0])


def _sample(origin: str, seed: int) -> np.ndarray:
    """Places on the wall (SAMPLE,), in distances."""
    from cutaway.science import tails

    key = _key(seed, list(ORIGINS).index(origin))
    if origin == "rays":
        return tails.rays(_angles(key))
    if origin == "ratio":
        return tails.ratio_of_normals(SAMPLE, seed=key)
    if origin == "resonance":
        return tails.cauchy_draws(SAMPLE, seed=key)
    return tails.first_passage(SAMPLE, seed=key)


def _angles(key: int) -> np.ndarray:
    return np.random.default_rng(key).uniform(-np.pi / 2, np.pi / 2, SAMPLE)


def _walks(key: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which walk, place along the wall and height at every jump, of SHOWN walks one after the other."""
    random, rows = np.random.default_rng(key), []
    for walk in range(SHOWN):
        x, height = 0.0, 1.0
        rows.append((walk, x, height))
        while height > CLOSE:
            turn = random.uniform(0, 2 * np.pi)
            x, height = x + height * math.cos(turn), height * (1 + math.sin(turn))
            rows.append((walk, x, height))
    return tuple(np.array(column) for column in zip(*rows, strict=True))  # type: ignore[return-value]


def _origins(seed: int) -> dict[str, Table]:
    """The draws that are shown one by one, and the piles of many."""
    from cutaway.science import tails

    walk, x, height = _walks(_key(seed, 4))
    ends = x[np.append(walk[1:] != walk[:-1], True)]
    above, below = np.random.default_rng(_key(seed, 1)).standard_normal((2, SAMPLE))[:, :SHOWN]
    edges = np.concatenate(([-np.inf], np.linspace(-REACH, REACH, BINS + 1), [np.inf]))
    piles = {origin: np.histogram(_sample(origin, seed), edges)[0].tolist() for origin in ORIGINS}
    expected = (np.diff(tails.cauchy_distribution(edges)) * SAMPLE).tolist()
    shown = {origin: _sample(origin, seed)[:SHOWN].tolist() for origin in ORIGINS} | {"walk": ends.tolist()}
    return {
        "shown": Table(
            {
                **shown,
                "angle": _angles(_key(seed, 0))[:SHOWN].tolist(),
                "above": above.tolist(),
                "below": below.tolist(),
            },
            "a draw of each origin, in distances; angle: of the ray, radians; above, below: the two normals",
        ),
        "walks": Table(
            {"walk": walk.tolist(), "x": x.tolist(), "height": height.tolist()}, "jumps of the walks, in distances"
        ),
        "piles": Table(
            {"low": edges[:-1].tolist(), "high": edges[1:].tolist(), **piles, "expected": expected},
            f"draws by place, of {SAMPLE:,} of each origin; the outermost bins hold all beyond",
        ),
    }


def _many(params: Parameters, progress: Progress) -> tuple[Table, dict[str, float]]:
    """Quantiles over the paths of mean and median after so many draws, and what the last nine tenths changed."""
    from cutaway.science import tails

    found: dict[str, list[np.ndarray]] = {"cauchy_mean": [], "cauchy_median": [], "normal_mean": []}
    farthest = []
    key, stops = _key(params.seed, 5), np.array(STOPS)
    for first in range(0, params.paths, BLOCK):
        rows = min(BLOCK, params.paths - first)
        x = tails.cauchy_draws(rows * LENGTH, seed=key, first=first * LENGTH).reshape(rows, LENGTH)
        z = np.random.default_rng((key, first)).standard_normal((rows, LENGTH)) * NORMAL
        found["cauchy_mean"].append(np.cumsum(x, axis=1)[:, stops - 1] / stops)
        found["normal_mean"].append(np.cumsum(z, axis=1)[:, stops - 1] / stops)
        found["cauchy_median"].append(np.stack([np.median(x[:, :n], axis=1) for n in STOPS], axis=1))
        farthest.append(np.abs(x).max(axis=1))
        progress("many paths", first + rows, params.paths)
    columns: dict[str, Any] = {"n": list(STOPS)}
    by_path = {name: np.concatenate(each) for name, each in found.items()}
    for name, each in by_path.items():
        for span, values in zip(SPANS, np.quantile(each, list(SPANS.values()), axis=0), strict=True):
            columns[f"{name}_{span}"] = values.tolist()
    tenth = STOPS.index(LENGTH // 10)
    moved = {name: np.abs(each[:, -1] - each[:, tenth]) > 1 for name, each in by_path.items()}
    numbers = {
        "carried": float(np.median(np.concatenate(farthest)) / LENGTH),
        "means_moved": float(moved["cauchy_mean"].mean()),
        "medians_moved": float(moved["cauchy_median"].mean()),
    }
    return Table(columns, f"after n draws, over {params.paths:,} paths, in distances; low to high: 95 %"), numbers


def _places(draws: int) -> list[int]:
    return sorted({round(n) for n in np.geomspace(1, draws, PLACES).tolist()})


def _normal(params: Parameters, progress: Progress) -> Table:
    """One path of normal draws with the Cauchy law's quartiles, as what a mean does where there is one."""
    from cutaway.science import tails

    stops = [n for n in _places(params.draws) if n <= MOST_NORMAL]
    key = _key(params.seed, 6)

    def draw(first: int, n: int) -> np.ndarray:
        return np.random.default_rng((key, first)).standard_normal(n) * NORMAL

    means = []
    for state in tails.running_of(draw, stops):
        means.append(state.mean)
        progress("a normal path", state.n, stops[-1])
    return Table({"n": stops, "mean": means}, "one path of normal draws with the same quartiles")


def _widths(table: Table, name: str) -> np.ndarray:
    """Half of the middle 50 % over the paths, at each stop."""
    lower, upper = (np.array(table.columns[f"{name}_{end}"]) for end in ("lower", "upper"))
    return np.asarray((upper - lower) / 2)


def _result(params: Parameters, tables: dict[str, Table], numbers: dict[str, float], path: Sequence[Running]) -> Result:
    last = path[-1]
    far = max(last.largest, last.least, key=abs)
    columns: dict[str, list[float]] = {
        "n": [state.n for state in path],
        "mean": [state.mean for state in path],
        "median": [state.median for state in path],
        "farthest": [max(state.largest, state.least, key=abs) for state in path],
    }
    tables = tables | {"path": Table(columns, "the one path after n draws, in distances; farthest: the draw so far")}
    numbers = numbers | {"n": last.n, "mean": last.mean, "median": last.median, "farthest": far}
    return Result(
        figures=_figures(tables, numbers), tables=tables, numbers=numbers, sentences=_sentences(tables, numbers)
    )


def _figures(tables: dict[str, Table], numbers: dict[str, float]) -> dict[str, Lines | Distribution]:
    path, many = tables["path"].columns, tables["many"].columns
    n = tuple(float(each) for each in path["n"])
    stops = tuple(float(each) for each in many["n"])
    half = {name: _widths(tables["many"], name) for name in ("cauchy_mean", "cauchy_median", "normal_mean")}
    piles = tables["piles"].columns
    draws = Axis(label="draws so far", scale="log")
    return {
        "One path": Lines(
            alt=f"After {numbers['n']:,.0f} draws the mean is {numbers['mean']:.3g} distances from the foot and still "
            f"jumps; the median is {numbers['median']:.2g} from it.",
            x=draws,
            y=Axis(label="of the draws so far", unit="distances from the foot"),
            lines=(
                Line(name="mean", x=n, y=tuple(path["mean"]), role="harm"),
                Line(name="median", x=n, y=tuple(path["median"])),
            ),
        ),
        "Many paths": Lines(
            alt=f"Half of the paths' means lie within {half['cauchy_mean'][0]:.2g} distances after one draw and within "
            f"{half['cauchy_mean'][-1]:.2g} after {LENGTH:,}; of their medians within {half['cauchy_median'][-1]:.2g}.",
            x=draws,
            y=Axis(label="half of the middle 50 % of paths", unit="distances", scale="log"),
            lines=(
                Line(name="Cauchy, mean", x=stops, y=tuple(half["cauchy_mean"].tolist()), role="harm"),
                Line(name="Cauchy, median", x=stops, y=tuple(half["cauchy_median"].tolist())),
                Line(name="normal, mean", x=stops, y=tuple(half["normal_mean"].tolist()), role="other"),
            ),
        ),
        "Where the rays land": Distribution(
            alt=f"Of {SAMPLE:,} rays {sum(piles['rays'][1:-1]) / SAMPLE:.1%} land within {REACH:g} distances of the "
            "foot, half of them within one.",
            x=Axis(label="place on the wall", unit="distances from the foot"),
            edges=(*(float(each) for each in piles["low"][1:-1]), REACH),
            counts=tuple(float(each) for each in piles["rays"][1:-1]),
        ),
    }


def _sentences(tables: dict[str, Table], numbers: dict[str, float]) -> tuple[str, ...]:
    half = {name: _widths(tables["many"], name) for name in ("cauchy_mean", "cauchy_median", "normal_mean")}
    alone = numbers["farthest"] / numbers["n"]
    return (
        f"After {numbers['n']:,.0f} draws the mean is {numbers['mean']:.3g} distances from the foot, the median "
        f"{numbers['median']:.2g}; the farthest draw, {abs(numbers['farthest']):,.0f} distances away, alone makes "
        f"{alone:.2g} of that mean.",
        f"From 100 to {LENGTH:,} draws the middle half of the paths' means goes from ±{half['cauchy_mean'][8]:.2g} to "
        f"±{half['cauchy_mean'][-1]:.2g} distances, of their medians from ±{half['cauchy_median'][8]:.2g} to "
        f"±{half['cauchy_median'][-1]:.2g}, of normal means from ±{half['normal_mean'][8]:.2g} to "
        f"±{half['normal_mean'][-1]:.2g}.",
    )
