"""What a trial costs besides its objective: cutaway's searches beside Optuna's own loop. And fifty kills in a row.

    python benchmarks/tuning_overhead.py time [--rounds 5] [--trials 100]
    python benchmarks/tuning_overhead.py kills [--kills 50] [--method tpe]

`time`: an objective that takes no time, five parameters. Optuna's `study.optimize` and `cutaway.tuning.search` have the
same sampler with the same options and the same storage: none, and a file of SQLite. Optuna is measured on the file in
two ways, as `RDBStorage` opens it and at its best (write-ahead log, as cutaway sets it); the ratio is to the faster of
the two. Both run in turn (A B A B …), each round with another seed and a fresh file; what is compared is the time of
the process (all threads) and that of the clock, a trial. Asserted first: the trials that cutaway ran are all there.

`kills`: a search in a process of its own over SQLite with two workers; the process is killed (SIGKILL) at a random
moment after its first trial, and started again. After each kill every trial that had finished before is still there
unchanged; in the end the search is finished and compared with one that nobody killed.

Results go to benchmarks/results/tuning_overhead.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna

from cutaway.core.blas import one_blas_thread
from cutaway.core.threads import cores
from cutaway.tuning import search, space_of
from cutaway.tuning.storage import _hasten

HERE = Path(__file__).parent
SPACE = space_of({name: {"low": 1e-3, "high": 1e3, "log": True} for name in "abcde"})
SAMPLERS: dict[str, Callable[[int], Any]] = {
    "random": lambda seed: optuna.samplers.RandomSampler(seed=seed),
    "quasi": lambda seed: optuna.samplers.QMCSampler(seed=seed, scramble=True),
    "tpe": lambda seed: optuna.samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True),
    "gp": lambda seed: optuna.samplers.GPSampler(seed=seed),
    "cmaes": lambda seed: optuna.samplers.CmaEsSampler(seed=seed),
}


def value(params: dict[str, Any]) -> float:
    return float(sum((v - 1) ** 2 for v in params.values()))


def theirs(method: str, seed: int, trials: int, file: Path | None, *, fast: bool = False) -> None:
    storage = None
    if file is not None:
        storage = optuna.storages.RDBStorage(f"sqlite:///{file}")
        if fast:
            _hasten(storage.engine)
    study = optuna.create_study(sampler=SAMPLERS[method](seed), storage=storage)
    study.optimize(lambda t: value({n: t.suggest_float(n, 1e-3, 1e3, log=True) for n in "abcde"}), n_trials=trials)


def ours(method: str, seed: int, trials: int, file: Path | None, *, batch: int = 1) -> None:
    address = None if file is None else f"sqlite:///{file}"
    found = search(value, SPACE, method=method, budget=trials, seed=seed, storage=address, batch=batch)
    assert len(found.trials) == trials


def measured(work: Callable[[], None]) -> tuple[float, float]:
    clock, process = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - process


def spread(values: list[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "smallest": min(values), "largest": max(values)}


def compared(method: str, trials: int, rounds: int, *, stored: bool) -> dict[str, Any]:
    """Milliseconds a trial of each, and the ratios of ours to Optuna's, round by round."""
    import torch

    torch.set_num_threads(1)  # of both: neither has a better time with two
    runs: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder, one_blas_thread():
        for k in range(-1, rounds):
            contenders: dict[str, Callable[[Path | None], None]] = {
                "optuna": lambda file, seed=k + 1: theirs(method, seed, trials, file),
                "cutaway": lambda file, seed=k + 1: ours(method, seed, trials, file),
                "cutaway, batches of 4": lambda file, seed=k + 1: ours(method, seed, trials, file, batch=4),
            }
            if stored:
                contenders["optuna, write-ahead log"] = lambda file, seed=k + 1: theirs(
                    method, seed, trials, file, fast=True
                )
            for name, work in contenders.items():
                file = Path(folder) / f"{k}-{name}.db" if stored else None
                found = measured(lambda work=work, file=file: work(file))
                if k >= 0:  # the first round imports and compiles
                    runs.setdefault(name, []).append(found)
    out: dict[str, Any] = {"method": method, "storage": "sqlite" if stored else "none", "trials": trials}
    for at, kind in enumerate(("clock", "process")):
        out[f"{kind}_ms_a_trial"] = {
            name: spread([1000 * each[at] / trials for each in found]) for name, found in runs.items()
        }
        best = [min(runs[name][k][at] for name in runs if name.startswith("optuna")) for k in range(rounds)]
        out[f"{kind}_ratio"] = {
            name: spread([each[at] / other for each, other in zip(runs[name], best, strict=True)])
            for name in runs
            if name.startswith("cutaway")
        }
    return out


def kills(method: str, count: int) -> dict[str, Any]:
    from tests.tuning.killing import finished, killed, whole

    budget = 12 * count
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.db"
        met = 0
        while met < count:
            met += killed(method, budget, path, 1, workers=2, seed=met)
            if len(finished(path)) == budget:
                break
        done = len(finished(path))
        resumed = whole(method, budget, f"sqlite:///{path}", 2)
    uninterrupted = whole(method, budget)

    def essence(one: Any) -> list[Any]:
        return [(trial.number, dict(trial.params), trial.value, trial.state) for trial in one.trials]

    same = essence(resumed) == essence(uninterrupted)
    assert same
    return {
        "method": method,
        "kills_at_work": met,
        "trials_finished_by_the_last_kill": done,
        "trials": budget,
        "finished_trials_lost": 0,  # asserted after each kill
        "same_as_uninterrupted": same,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["time", "kills"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--methods", default=",".join(SAMPLERS))
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--method", default="tpe")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    path = HERE / "results" / "tuning_overhead.json"
    results: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    results["machine"] = {
        "cores": cores(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "optuna": optuna.__version__,
        "load_before": os.getloadavg()[0],
    }
    if asked.what == "kills":
        results["kills"] = kills(asked.method, asked.kills)
        print(json.dumps(results["kills"], indent=1))
    else:
        results["time"] = []
        for method in asked.methods.split(","):
            for stored in (False, True):
                trials = min(asked.trials, 40) if method == "gp" else asked.trials
                found = compared(method, trials, asked.rounds, stored=stored)
                results["time"].append(found)
                ratios = {name: round(each["median"], 2) for name, each in found["process_ratio"].items()}
                clock = {name: round(each["median"], 2) for name, each in found["clock_ratio"].items()}
                print(method, found["storage"], "process", ratios, "clock", clock, flush=True)
    path.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
