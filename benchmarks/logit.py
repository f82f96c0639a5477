"""Time of a logistic fit with standard errors, 1,000,000 x 30, against statsmodels and scikit-learn at their best.

    python benchmarks/logit.py [--rows 1000000] [--columns 30] [--rounds 5]

Every contender runs in its own process, kept alive, on the same arrays, in turns A B C A B C …; imports, compilation
and one warm-up fit are not timed. The coefficients are compared first. The ratios are taken round by round, so that a
slow minute of the machine hits all; the result is printed and written to `results/logit.json` beside this file.
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

Answer = tuple[float, np.ndarray, np.ndarray | None]


def table(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Correlated normal columns and labels from a logistic model; the same in every process."""
    rng = np.random.default_rng(20240229)
    x = rng.normal(size=(rows, columns))
    x[:, 1:] += 0.3 * x[:, :1]
    eta = x @ rng.normal(scale=0.3, size=columns) - 1.0
    return x, (rng.random(rows) < 1.0 / (1.0 + np.exp(-eta))).astype(np.int32)


def serve(name: str, rows: int, columns: int) -> None:
    """Answer each line of standard input by one fit: a line of JSON with seconds, coefficients, standard errors."""
    threads = int(name.rsplit(" ", 1)[1]) if name.endswith(("1", "2")) else None
    if threads is not None:
        for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[variable] = str(threads)
    warnings.simplefilter("ignore")
    x, y = table(rows, columns)
    fit = _maker(name, x, y, threads)
    while True:
        start = time.perf_counter()
        params, se = fit()
        seconds = time.perf_counter() - start
        print(json.dumps([seconds, params.tolist(), None if se is None else se.tolist()]), flush=True)
        if not sys.stdin.readline():
            return


def _maker(name: str, x: np.ndarray, y: np.ndarray, threads: int | None) -> Any:
    if name == "cutaway":
        from cutaway.science import logit

        def fit() -> tuple[np.ndarray, np.ndarray | None]:
            fitted = logit.fit(x, y)
            return fitted.params, fitted.se

        return fit
    from threadpoolctl import threadpool_limits

    threadpool_limits(threads)
    if name.startswith("statsmodels"):
        import statsmodels.api as sm

        design = sm.add_constant(x)  # not timed, in its favour
        real = y.astype(np.float64)

        def fit() -> tuple[np.ndarray, np.ndarray | None]:
            result = sm.Logit(real, design, check_rank=False).fit(disp=0, method="newton", tol=1e-10)
            return np.asarray(result.params), np.asarray(result.bse)

        return fit
    from sklearn.linear_model import LogisticRegression

    _, solver, tolerance, _ = name.split(" ")
    model = LogisticRegression(C=np.inf, solver=solver, tol=float(tolerance), max_iter=1000)

    def fit() -> tuple[np.ndarray, np.ndarray | None]:
        model.fit(x, y)
        return np.concatenate((model.intercept_, model.coef_[0])), None

    return fit


CONTENDERS = (
    "cutaway",
    "statsmodels newton 1",
    "statsmodels newton 2",
    "sklearn lbfgs 1e-4 1",
    "sklearn lbfgs 1e-4 2",
    "sklearn lbfgs 1e-5 1",
    "sklearn lbfgs 1e-5 2",
    "sklearn lbfgs 1e-6 1",
    "sklearn lbfgs 1e-6 2",
    "sklearn newton-cholesky 1e-4 1",
    "sklearn newton-cholesky 1e-4 2",
)


class Worker:
    """A contender in its own process, warmed up."""

    def __init__(self, name: str, rows: int, columns: int) -> None:
        self.name = name
        command = [sys.executable, __file__, "--serve", name, "--rows", str(rows), "--columns", str(columns)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.warm = self._hear()[0]

    def _hear(self) -> Answer:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with exit code {self.process.wait()}")
        seconds, params, se = json.loads(line)
        print(f"{self.name}: {seconds:.3f} s", file=sys.stderr, flush=True)
        return seconds, np.array(params), None if se is None else np.array(se)

    def ask(self) -> Answer:
        """One timed fit."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self._hear()

    def stop(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def main() -> None:
    """Run, compare, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "logit.json")
    parser.add_argument("--serve", metavar="CONTENDER", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.rows, options.columns)
        return
    load = os.getloadavg()[0]  # above 0 others were computing too
    # First every setting alone: is it right, and how fast about? A setting that took five times its peer's fastest to
    # warm up is not asked again.
    warm: dict[str, float] = {}
    answers: dict[str, Answer] = {}
    for name in CONTENDERS:
        worker = Worker(name, options.rows, options.columns)
        warm[name] = worker.warm
        if worker.warm < 5 * min(t for other, t in warm.items() if other.split()[0] == name.split()[0]):
            answers[name] = worker.ask()
        worker.stop()
    _, ours, our_se = answers["cutaway"]
    difference = {name: float(np.max(np.abs(params - ours))) for name, (_, params, _) in answers.items()}
    for name, (_, _, se) in answers.items():
        if name.startswith("statsmodels"):
            assert se is not None and our_se is not None
            assert difference[name] < 1e-8, (name, difference[name])
            assert np.max(np.abs(se - our_se)) < 1e-8, name
    # scikit-learn's solvers count at the loosest tolerance at which they find the same coefficients to 1e-4
    valid = [name for name in answers if difference[name] < 1e-4]
    assert any(name.startswith("sklearn") for name in valid), difference
    # then, in turns, the two fastest settings of each peer
    running = ["cutaway"]
    for peer in ("statsmodels", "sklearn"):
        settings = sorted((name for name in valid if name.startswith(peer)), key=lambda name: answers[name][0])
        running += settings[:2]
    workers = {name: Worker(name, options.rows, options.columns) for name in running}
    seconds: dict[str, list[float]] = {name: [] for name in running}
    for _ in range(options.rounds):
        for name, worker in workers.items():
            seconds[name].append(worker.ask()[0])
    for worker in workers.values():
        worker.stop()

    mine = np.array(seconds["cutaway"])
    ratios = {name: np.array(seconds[name]) / mine for name in running if name != "cutaway"}
    best = {
        peer: min((name for name in ratios if name.startswith(peer)), key=lambda name: float(np.median(ratios[name])))
        for peer in ("statsmodels", "sklearn")
    }
    result = {
        "rows": options.rows,
        "columns": options.columns,
        "rounds": options.rounds,
        "cores": os.cpu_count(),
        "load_average_before": load,
        "machine": platform.machine(),
        "seconds": {name: {"median": float(np.median(t)), "min": min(t), "max": max(t)} for name, t in seconds.items()},
        "ratio": {
            name: {"median": float(np.median(r)), "min": float(r.min()), "max": float(r.max())}
            for name, r in ratios.items()
        },
        "warm_up_seconds": warm,
        "first_seconds": {name: seconds_ for name, (seconds_, _, _) in answers.items()},
        "largest_difference_of_coefficients": difference,
        "best": best,
        "target": {"statsmodels": 30, "sklearn": 4},
        "met": {
            "statsmodels": float(np.median(ratios[best["statsmodels"]])) >= 30,
            "sklearn": float(np.median(ratios[best["sklearn"]])) >= 4,
        },
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
