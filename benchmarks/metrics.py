"""Exact and bounded curves, the bootstrap and DeLong beside their peers; results asserted equal first.

    python benchmarks/metrics.py exact [--rows 10000000]      AUC and AP beside scikit-learn and torchmetrics
    python benchmarks/metrics.py large [--rows 100000000]     the same, memory counted
    python benchmarks/metrics.py bounded [--rows 10000000]    beside NumPy summing the same two arrays once
    python benchmarks/metrics.py bootstrap [--rows 1000000]   beside rows resampled, and presorted Poisson weights
    python benchmarks/metrics.py delong [--rows 1000000]      two models with their covariance beside one area

Times are taken in turn (A B A B …) in one process; ratios are the median over the rounds, with the smallest and the
largest, and that of the best times, which a busy machine disturbs least. Results go to
benchmarks/results/metrics-NAME.json.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent


def data(rows: int, share: float = 0.1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels of one byte and float32 log-odds, made in pieces so that making them needs no more memory than they."""
    rng = np.random.default_rng(seed)
    y, scores = np.empty(rows, np.uint8), np.empty(rows, np.float32)
    for start in range(0, rows, 1 << 20):
        piece = slice(start, min(start + (1 << 20), rows))
        y[piece] = rng.random(piece.stop - start, np.float32) < share
        scores[piece] = 1.5 * rng.standard_normal(piece.stop - start, np.float32) - 2 + 1.5 * y[piece]
    return y, scores


def in_turn(rounds: int, **work: Callable[[], Any]) -> dict[str, list[float]]:
    """Seconds of each, one after the other, `rounds` times, after a first run that is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, call in work.items():
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def ratio(slow: list[float], fast: list[float]) -> dict[str, float]:
    each = [a / b for a, b in zip(slow, fast, strict=True)]
    return {
        "median": statistics.median(each),
        "least": min(each),
        "most": max(each),
        "of_best_times": min(slow) / min(fast),
    }


def exact(rows: int, rounds: int) -> dict[str, Any]:
    """AUC and AP of float32 scores."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    from cutaway.science import metrics

    y, scores = data(rows)
    sums = metrics.rank_sums(y, scores)
    theirs = (roc_auc_score(y, scores), average_precision_score(y, scores))
    assert abs(sums.auc - theirs[0]) < 1e-9, (sums.auc, theirs)
    assert abs(sums.average_precision - theirs[1]) < 1e-9, (sums.average_precision, theirs)
    wide = scores.astype(float)
    metrics.rank_sums(y, wide)
    out: dict[str, Any] = {"roc_auc": sums.auc, "average_precision": sums.average_precision}
    work: dict[str, Callable[[], Any]] = {
        "cutaway": lambda: metrics.rank_sums(y, scores),
        "scikit_learn": lambda: (roc_auc_score(y, scores), average_precision_score(y, scores)),
        "cutaway_two_calls": lambda: (metrics.roc_auc(y, scores), metrics.average_precision(y, scores)),
        "cutaway_float64": lambda: metrics.rank_sums(y, wide),
    }
    if importlib.util.find_spec("torchmetrics"):
        import torch
        from torchmetrics.functional.classification import binary_auroc, binary_average_precision

        p, labels = torch.from_numpy(1 / (1 + np.exp(-scores))), torch.from_numpy(y.astype(np.int64))
        work["torchmetrics"] = lambda: (binary_auroc(p, labels), binary_average_precision(p, labels))
    else:
        out["torchmetrics"] = "not installed here, so not measured"
    seconds = in_turn(rounds, **work)
    ratios = {f"{n}_over_cutaway": ratio(s, seconds["cutaway"]) for n, s in seconds.items() if n != "cutaway"}
    return {**out, "seconds": seconds, **ratios}


def large(rows: int, rounds: int) -> dict[str, Any]:
    """The same at a size where memory counts; peak of the whole process, its data and libraries included."""
    code = (
        "import sys, time, resource; sys.path.insert(0, sys.argv[2]); import metrics as b; "
        "from cutaway.science import metrics as m; n = int(sys.argv[1]); m.rank_sums(*b.data(1000)); "
        "y, s = b.data(n); before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; t = time.perf_counter(); "
        "r = m.rank_sums(y, s); print(time.perf_counter() - t, before, "
        "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, r.auc, r.average_precision)"
    )
    runs = [
        [
            float(v)
            for v in subprocess.check_output([sys.executable, "-c", code, str(rows), str(HERE)], text=True).split()
        ]
        for _ in range(rounds)
    ]
    assert len({(r[3], r[4]) for r in runs}) == 1, runs
    return {
        "seconds": [r[0] for r in runs],
        "gigabytes_before": max(r[1] for r in runs) / 2**20,
        "gigabytes_peak": max(r[2] for r in runs) / 2**20,
        "roc_auc": runs[0][3],
        "average_precision": runs[0][4],
    }


def bounded(rows: int, rounds: int) -> dict[str, Any]:
    """The histogram with its bounds beside NumPy's two sums."""
    from cutaway.science import metrics

    y, scores = data(rows)
    sums = metrics.rank_sums(y, scores)
    out: dict[str, Any] = {}
    for name, labels in (("uint8", y), ("int64", y.astype(np.int64)), ("float32", y.astype(np.float32))):
        histogram = metrics.ScoreHistogram.of(scores, labels)
        bounds = histogram.auc_bounds(), histogram.ap_bounds()
        for (low, high), value in zip(bounds, (sums.auc, sums.average_precision), strict=True):
            assert low <= value <= high, (low, value, high)
            assert high - low <= 0.002, (low, high)

        def bound(labels: np.ndarray = labels) -> None:
            state = metrics.ScoreHistogram.of(scores, labels)
            state.auc_bounds(), state.ap_bounds()

        seconds = in_turn(
            5 * rounds,
            cutaway=bound,
            numpy=lambda labels=labels: (scores.sum(), labels.sum()),  # type: ignore[misc]
        )
        out[f"labels_{name}"] = {
            "seconds": seconds,
            "cutaway_over_numpy": ratio(seconds["cutaway"], seconds["numpy"]),
            "bounds_apart": [b[1] - b[0] for b in bounds],
        }
    return out


def presorted(y: np.ndarray, scores: np.ndarray, replicates: int, cut: float, seed: int) -> np.ndarray:
    """The informed expert's way: sort once, Poisson weights of rows, cumulative sums in NumPy; (replicates, 3)."""
    rng = np.random.default_rng(seed)
    order = np.argsort(-scores, kind="stable")
    positive = y[order].astype(np.int32)
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    above = int((scores >= cut).sum())
    out = np.empty((replicates, 3))
    for r in range(replicates):
        w = rng.poisson(1.0, y.size).astype(np.int32)
        found, taken = np.cumsum(w * positive, dtype=np.int64), np.cumsum(w, dtype=np.int64)
        kept, calls = found[above - 1], taken[above - 1]
        tp, both = found[last], taken[last]
        fp = both - tp
        gained = np.diff(tp, prepend=0)
        out[r, 0] = ((fp - np.diff(fp, prepend=0) / 2) * gained).sum()
        out[r, 0] = 1 - out[r, 0] / (tp[-1] * fp[-1])
        out[r, 1] = (gained * (tp / np.maximum(both, 1))).sum() / tp[-1]
        out[r, 2] = 2 * kept / (tp[-1] + calls)
    return out


def resampled(y: np.ndarray, scores: np.ndarray, replicates: int, cut: float) -> None:
    """The usual way: rows drawn with replacement, scikit-learn's calls."""
    from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

    rng = np.random.default_rng(1)
    for _ in range(replicates):
        rows = rng.integers(0, y.size, y.size)
        labels, s = y[rows], scores[rows]
        roc_auc_score(labels, s), average_precision_score(labels, s), f1_score(labels, s >= cut)


def bootstrap(rows: int, rounds: int) -> dict[str, Any]:
    """95 % intervals of AUC, AP and F1 from 1,000 replicates; the histogram is part of the time."""
    from cutaway.science import metrics

    cut, names = -1.0, ("roc_auc", "average_precision", "f1")
    y, scores = data(rows)

    def ours(seed: int = 0) -> dict[str, Any]:
        return metrics.bootstrap(metrics.ScoreHistogram.of(scores, y), names, replicates=1000, seed=seed, cut=cut)

    start = time.perf_counter()
    drawn = presorted(y, scores, 1000, cut, 2)
    expert_seconds = time.perf_counter() - start
    ends = np.quantile(drawn, [0.025, 0.975], axis=0).T
    mine = np.array([[ours()[name].low, ours()[name].high] for name in names])
    apart = np.abs(mine - ends)
    few = 3
    seconds = in_turn(
        rounds,
        cutaway=ours,
        presorted_of_few=lambda: presorted(y, scores, 10, cut, 3),
        resampled_of_few=lambda: resampled(y, scores, few, cut),
    )
    expert = [s * 100 for s in seconds["presorted_of_few"]]
    usual = [s * 1000 / few for s in seconds["resampled_of_few"]]
    return {
        "intervals": {n: {"cutaway": list(a), "presorted": list(b)} for n, a, b in zip(names, mine, ends, strict=True)},
        "ends_apart": {n: list(a) for n, a in zip(names, apart, strict=True)},
        "seconds_cutaway": seconds["cutaway"],
        "seconds_presorted_1000": expert_seconds,
        "seconds_presorted_scaled_from_10": expert,
        "seconds_resampled_scaled_from_3": usual,
        "presorted_over_cutaway": ratio(expert, seconds["cutaway"]),
        "resampled_over_cutaway": ratio(usual, seconds["cutaway"]),
    }


def delong(rows: int, rounds: int) -> dict[str, Any]:
    """Both areas and their covariance beside one area."""
    from cutaway.science import metrics

    y, scores = data(rows)
    other = (scores + np.random.default_rng(5).standard_normal(rows, np.float32)).astype(np.float32)
    pair = metrics.ranking_pair(y, scores, other)
    assert abs(pair.first - metrics.roc_auc(y, scores)) < 1e-12
    covariance = by_placements(y, scores, other)
    np.testing.assert_allclose(pair.covariance, covariance, rtol=1e-6)
    seconds = in_turn(
        7 * rounds, one=lambda: metrics.roc_auc(y, scores), two=lambda: metrics.ranking_pair(y, scores, other)
    )
    return {
        "difference": pair.difference,
        "se": pair.se,
        "seconds": seconds,
        "two_with_covariance_over_one_area": ratio(seconds["two"], seconds["one"]),
    }


def by_placements(y: np.ndarray, *scores: np.ndarray) -> np.ndarray:
    """DeLong's covariance (2, 2) from each row's placement, in NumPy."""
    up, down = [], []
    for s in scores:
        pos, neg = np.sort(s[y == 1]), np.sort(s[y == 0])
        up.append((np.searchsorted(neg, s[y == 1], "left") + np.searchsorted(neg, s[y == 1], "right")) / 2 / neg.size)
        down.append((np.searchsorted(pos, s[y == 0], "left") + np.searchsorted(pos, s[y == 0], "right")) / 2 / pos.size)
    return np.asarray(np.cov(up) / up[0].size + np.cov(down) / down[0].size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=["exact", "large", "bounded", "bootstrap", "delong"])
    parser.add_argument("--rows", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    usual = {"exact": 10**7, "large": 10**8, "bounded": 10**7, "bootstrap": 10**6, "delong": 10**6}
    rows = given.rows or usual[given.name]
    found = {
        "rows": rows,
        "rounds": given.rounds,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "python": platform.python_version(),
        "numpy": np.__version__,
        **globals()[given.name](rows, given.rounds),
        "peak_gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }
    target = HERE / "results" / f"metrics-{given.name}.json"
    target.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps({k: v for k, v in found.items() if k != "seconds"}, indent=1))


if __name__ == "__main__":
    main()
