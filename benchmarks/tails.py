"""Cauchy draws beside NumPy's, the mean of 10^9 of them, and power laws fitted beside the package powerlaw.

    python benchmarks/tails.py [draws | running | powerlaw …] [--rounds 5]

Results are asserted equal first: both samplers' draws against the Cauchy law (Kolmogorov and Smirnov), the fits' α and
threshold against each other and against the published ones. Then times are taken in turn (A B A B …) in one process;
ratios are the median over the rounds, with the smallest and the largest, that of the best times, and that of the least
processor times (of all threads together), which a busy machine disturbs least.

draws: NumPy's competitor is the fastest of one generator, and of one a core (PCG64 and SFC64, in threads). running:
wall time, and processor time over the cores, which is what it takes where nothing else runs. powerlaw: its `Fit` as it
comes, with the exact likelihood for whole numbers, on its own data sets (fires, cities, words) and on 40,000 Pareto
draws, which it fits once, as that takes minutes. It is not asked for 1,000,000.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import statistics
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from cutaway import tails
from cutaway.core.threads import cores

HERE = Path(__file__).parent
PUBLISHED = {"fires": (2.1636, 6324), "cities": (2.3700, 52457), "words": (1.9527, 7)}


Times = list[tuple[float, float]]  # of the clock and of the processor, in seconds


def ratio(slow: Times, fast: Times) -> dict[str, float]:
    each = [a[0] / b[0] for a, b in zip(slow, fast, strict=False)]
    return {
        "median": statistics.median(each),
        "least": min(each),
        "most": max(each),
        "of_best_times": min(a for a, _ in slow) / min(b for b, _ in fast),
        "of_processor_times": min(a for _, a in slow) / min(b for _, b in fast),
    }


def timed(call: Callable[[], Any]) -> tuple[float, float]:
    start, used = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - start, time.process_time() - used


def in_turns(work: dict[str, Callable[[], Any]], rounds: int) -> dict[str, Times]:
    seconds: dict[str, Times] = {name: [] for name in work}
    for _ in range(rounds):
        for name, call in work.items():
            seconds[name].append(timed(call))
    return seconds


def draws(rounds: int, n: int = 20_000_000) -> dict[str, Any]:
    pool, count = ThreadPoolExecutor(cores()), cores()
    pcg = [np.random.Generator(np.random.PCG64(k)) for k in range(count)]
    sfc = [np.random.Generator(np.random.SFC64(k)) for k in range(count)]

    def each_core(generators: list[np.random.Generator]) -> list[np.ndarray]:
        return list(pool.map(lambda one: one.standard_cauchy(n // count), generators))

    work: dict[str, Callable[[], Any]] = {
        "cutaway": lambda: tails.cauchy_draws(n, seed=1),
        "numpy_one_generator": lambda: pcg[0].standard_cauchy(n),
        "numpy_one_sfc64": lambda: sfc[0].standard_cauchy(n),
        "numpy_generator_a_core": lambda: each_core(pcg),
        "numpy_sfc64_a_core": lambda: each_core(sfc),
    }
    distances = {}
    for name, call in work.items():
        drawn = call()
        x = np.sort(np.concatenate(drawn if isinstance(drawn, list) else [drawn])[:: n // 1_000_000])
        distances[name] = tails.ks_distance(x, tails.cauchy_distribution).value
        assert distances[name] < 1.95 / np.sqrt(x.size), (name, distances[name])
    seconds = in_turns(work, rounds)
    return {
        "draws": n,
        "ks_distance_of_a_million": distances,
        **{f"{name}_over_cutaway": ratio(s, seconds["cutaway"]) for name, s in seconds.items() if name != "cutaway"},
        "million_draws_a_second": {name: n / 1e6 / min(wall for wall, _ in s) for name, s in seconds.items()},
        "processor_nanoseconds_a_draw": {name: 1e9 / n * min(cpu for _, cpu in s) for name, s in seconds.items()},
        "seconds": seconds,
    }


def running(rounds: int, n: int = 1_000_000_000) -> dict[str, Any]:
    stops = [10**k for k in range(10) if 10**k < n] + [n]
    list(tails.running(0, stops[:6]))  # compiled
    times: Times = []
    found: list[tails.Running] = []
    for seed in range(min(rounds, 3)):
        times.append(timed(lambda seed=seed: found.extend(tails.running(seed, stops))))  # type: ignore[misc]
    assert abs(found[-1].median) < 5 * np.pi / 2 / np.sqrt(n) + 2e-4
    return {
        "draws": n,
        "wall_seconds": [wall for wall, _ in times],
        "processor_seconds_over_cores": [used / cores() for _, used in times],
        "mean_at_each_stop": [one.mean for one in found[-len(stops) :]],
        "median_at_each_stop": [one.median for one in found[-len(stops) :]],
    }


def data_set(name: str) -> np.ndarray:
    """One of the package's data sets, without importing it."""
    found = importlib.util.find_spec("powerlaw")
    assert found is not None and found.submodule_search_locations, "pip install powerlaw"
    return np.loadtxt(Path(found.submodule_search_locations[0]) / "reference_data" / f"{name}.txt")


def fits(rounds: int) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import powerlaw

    def theirs(x: np.ndarray, discrete: bool) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return powerlaw.Fit(x, discrete=discrete, estimate_discrete=False, verbose=0)

    pareto = np.random.default_rng(0).random(40_000) ** (-1 / 1.5)
    report: dict[str, Any] = {}
    for name, x in [(name, data_set(name)) for name in PUBLISHED] + [("pareto_40000", pareto)]:
        discrete = name == "words"
        ours = tails.power_law(x, discrete=discrete)
        made: list[Any] = []
        first = timed(lambda x=x, d=discrete, made=made: made.append(theirs(x, d)))  # type: ignore[misc]
        package = made[0]
        # The package maximises the discrete likelihood numerically, to about 1e-5.
        assert abs(package.alpha - ours.alpha) < (2e-5 if discrete else 1e-9), (name, package.alpha, ours.alpha)
        assert package.xmin == ours.xmin, (name, package.xmin, ours.xmin)
        if name in PUBLISHED:
            assert (round(ours.alpha, 4), ours.xmin) == PUBLISHED[name], (name, ours)
        work: dict[str, Callable[[], Any]] = {"cutaway": lambda x=x, d=discrete: tails.power_law(x, discrete=d)}  # type: ignore[misc]
        if name in PUBLISHED:
            work["powerlaw"] = lambda x=x, d=discrete: theirs(x, d)  # type: ignore[misc]
        seconds = in_turns(work, rounds)
        seconds.setdefault("powerlaw", [first])
        report[name] = {
            "alpha": ours.alpha,
            "xmin": ours.xmin,
            "values": int(x.size),
            "distinct": int(np.unique(x).size),
            "powerlaw_over_cutaway": ratio(seconds["powerlaw"], seconds["cutaway"]),
            "seconds": seconds,
        }
    x = np.random.default_rng(1).random(1_000_000) ** (-1 / 1.5)
    report["pareto_1000000"] = {
        "distinct": int(np.unique(x).size),
        "alpha": tails.power_law(x).alpha,
        "seconds": {"cutaway": [timed(lambda: tails.power_law(x)) for _ in range(rounds)]},
    }
    return report


PARTS: dict[str, Callable[[int], dict[str, Any]]] = {"draws": draws, "running": running, "powerlaw": fits}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", choices=[*PARTS, []], default=list(PARTS))  # type: ignore[arg-type]
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    path = HERE / "results" / "tails.json"
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    report["machine"] = {"cores": cores(), "machine": platform.machine()}
    report["versions"] = {name: version(name) for name in ("numpy", "numba", "powerlaw")}
    for what in options.what or list(PARTS):
        found = PARTS[what](options.rounds)
        report[what] = found | {"load_average": os.getloadavg()[0]}
        print(what, json.dumps({k: v for k, v in found.items() if k != "seconds"}, indent=1))
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
