"""Time of a grid of penalties over folds for a logistic regression, against scikit-learn's GridSearchCV at its best.

    python benchmarks/logit_path.py [--rounds 5] [--strengths 20] [--folds 5]

Two tables, 10,000 x 30 and 1,000 x 10; the same strengths, the same folds, the log loss of each fold left out. Every
contender runs in its own process, kept alive, on the same arrays; imports, compilation and one warm-up are not timed.
The mean scores are compared first: a setting of scikit-learn counts if they are ours to 1e-4, and the two fastest of
those are then timed in turns A B C A B C … The ratios are taken round by round. `LogisticRegressionCV`, which has warm
starts of its own, is timed for comparison. The result is printed and written to `results/logit_path.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

TABLES = {"10000x30": (10_000, 30), "1000x10": (1_000, 10)}
CONTENDERS = (
    "cutaway",
    "lbfgs 1e-4 1",
    "lbfgs 1e-6 1",
    "lbfgs 1e-4 2",
    "newton-cholesky 1e-4 1",
    "newton-cholesky 1e-4 2",
    "newton-cg 1e-4 1",
    "liblinear 1e-4 1",
    "LogisticRegressionCV 1e-4 1",
)
OWN = "LogisticRegressionCV"
TARGET = 5


def table(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Correlated normal columns and labels from a logistic model; the same in every process."""
    rng = np.random.default_rng(20240229)
    x = rng.normal(size=(rows, columns))
    x[:, 1:] += 0.3 * x[:, :1]
    eta = x @ rng.normal(scale=0.3, size=columns) - 1.0
    return x, (rng.random(rows) < 1.0 / (1.0 + np.exp(-eta))).astype(np.int32)


def maker(name: str, rows: int, columns: int, strengths: int, folds: int) -> Any:
    """A function that returns the mean log loss (strengths,) over the folds."""
    x, y = table(rows, columns)
    ids = np.random.default_rng(1).permutation(rows) % folds
    grid = np.logspace(-4, 4, strengths)
    if name == "cutaway":
        from cutaway.science.logit import log_loss, penalty_path

        def path() -> np.ndarray:
            found = penalty_path(x, y, ids, grid)
            return np.asarray(found.scores(lambda labels, linear: np.mean(log_loss(linear, labels))).mean(axis=1))

        return path
    from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
    from sklearn.model_selection import GridSearchCV, PredefinedSplit

    solver, tolerance, jobs = name.split(" ")
    if solver == "LogisticRegressionCV":

        def own() -> np.ndarray:
            model = LogisticRegressionCV(
                Cs=grid,
                cv=PredefinedSplit(ids),
                scoring="neg_log_loss",
                tol=float(tolerance),
                max_iter=1000,
                refit=False,
            ).fit(x, y)
            return -np.asarray(next(iter(model.scores_.values()))).mean(axis=0)

        return own

    def search() -> np.ndarray:
        model = LogisticRegression(solver=solver, tol=float(tolerance), max_iter=1000)
        found = GridSearchCV(
            model, {"C": grid}, cv=PredefinedSplit(ids), scoring="neg_log_loss", refit=False, n_jobs=int(jobs)
        ).fit(x, y)
        return -np.asarray(found.cv_results_["mean_test_score"])

    return search


def serve(name: str, size: str, strengths: int, folds: int) -> None:
    """Answer each line of standard input by one run: a line of JSON with seconds and scores."""
    warnings.simplefilter("ignore")
    run = maker(name, *TABLES[size], strengths, folds)
    while True:
        start = time.perf_counter()
        scores = run()
        seconds = time.perf_counter() - start
        print(json.dumps([seconds, scores.tolist()]), flush=True)
        if not sys.stdin.readline():
            return


class Worker:
    """A contender in its own process, warmed up. BLAS has one thread: the products of a fit are small."""

    def __init__(self, name: str, size: str, strengths: int, folds: int) -> None:
        self.name = name
        command = [sys.executable, __file__, "--serve", name, "--size", size]
        command += ["--strengths", str(strengths), "--folds", str(folds)]
        one = {variable: "1" for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **one}
        )
        self.warm, self.scores = self._hear()

    def _hear(self) -> tuple[float, np.ndarray]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with exit code {self.process.wait()}")
        seconds, scores = json.loads(line)
        print(f"{self.name}: {seconds:.3f} s", file=sys.stderr, flush=True)
        return seconds, np.array(scores)

    def ask(self) -> float:
        """One timed run."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self._hear()[0]

    def stop(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def compare(size: str, options: argparse.Namespace) -> dict[str, Any]:
    """One table: all settings once, then the valid ones in turns."""
    single: dict[str, float] = {}
    scores: dict[str, np.ndarray] = {}
    for name in options.contenders:
        worker = Worker(name, size, options.strengths, options.folds)
        single[name], scores[name] = worker.warm, worker.scores
        slow = len(single) > 1 and worker.warm > 2 * min(list(single.values())[1:])
        if not slow or name.endswith("2"):  # the first run with two jobs starts their processes
            single[name] = worker.ask()
        worker.stop()
    difference = {name: float(np.max(np.abs(found - scores["cutaway"]))) for name, found in scores.items()}
    settings = [name for name in options.contenders if name != "cutaway" and not name.startswith(OWN)]
    valid = sorted((name for name in settings if difference[name] < 1e-4), key=single.__getitem__)
    assert valid, difference
    running = ["cutaway", *valid[:2], *(name for name in options.contenders if name.startswith(OWN))]
    workers = {name: Worker(name, size, options.strengths, options.folds) for name in running}
    seconds: dict[str, list[float]] = {name: [] for name in running}
    for _ in range(options.rounds):
        for name, worker in workers.items():
            seconds[name].append(worker.ask())
    for worker in workers.values():
        worker.stop()
    mine = np.array(seconds["cutaway"])
    ratios = {name: np.array(seconds[name]) / mine for name in running[1:]}
    best = min(valid[:2], key=lambda name: float(np.median(ratios[name])))
    return {
        "seconds": {name: {"median": float(np.median(t)), "min": min(t), "max": max(t)} for name, t in seconds.items()},
        "ratio": {
            name: {"median": float(np.median(r)), "min": float(r.min()), "max": float(r.max())}
            for name, r in ratios.items()
        },
        "first_seconds": single,
        "largest_difference_of_mean_scores": difference,
        "best_setting_of_grid_search": best,
        "met": float(np.median(ratios[best])) >= TARGET,
    }


def main() -> None:
    """Run, compare, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strengths", type=int, default=20)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "logit_path.json")
    parser.add_argument("--contenders", nargs="*", default=list(CONTENDERS), choices=CONTENDERS)
    parser.add_argument("--serve", metavar="CONTENDER", help=argparse.SUPPRESS)
    parser.add_argument("--size", default="10000x30", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.size, options.strengths, options.folds)
        return
    load = os.getloadavg()[0]
    result = {
        "strengths": options.strengths,
        "folds": options.folds,
        "rounds": options.rounds,
        "cores": os.cpu_count(),
        "load_average_before": load,
        "machine": platform.machine(),
        "target": TARGET,
        "tables": {size: compare(size, options) for size in TABLES},
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
