"""The audit of a table with planted faults: what is found, how fast, in how much memory, and what is raised in vain.

    python benchmarks/audit.py faults [--rows 1000000] [--seeds 20]  each fault with its column, nothing on the controls
    python benchmarks/audit.py clean [--tables 100]                  issues on clean random tables of varied shape
    python benchmarks/audit.py speed [--rows 1000000] --peer PYTHON  beside evidently, in turn, each in its own process
    python benchmarks/audit.py large [--rows 10000000]               from Parquet: time and memory
    python benchmarks/audit.py small                                 the embedded table, warm, imports included

`--peer` names a Python that has evidently (it does not run beside pandas 3). Results go to
benchmarks/results/audit-NAME.json.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
CONTROLS = ("lognormal", "t5", "noise_1", "noise_2", "poisson")


def planted(rows: int, seed: int) -> Any:
    """A table of 20 columns, eleven of them faulty, as Arrow."""
    import pyarrow as pa

    rng = np.random.default_rng(seed)
    signal = rng.normal(size=rows)
    y = (rng.random(rows) < 1 / (1 + np.exp(-(signal - 4.35)))).astype(np.int64)  # 2 % positives
    missing = rng.normal(size=rows)
    missing[rng.random(rows) < 0.6] = np.nan
    base = rng.normal(size=rows)
    flag = np.zeros(rows)
    positives = np.flatnonzero(y)
    flag[rng.choice(positives, min(50, positives.size // 4), replace=False)] = 1.0
    return pa.table(
        {
            "signal": signal,
            "unit": rng.normal(size=rows),
            "huge_scale": 1e6 * rng.normal(size=rows),
            "cauchy": rng.standard_cauchy(rows),
            "pareto": rng.pareto(1.5, rows) + 1,
            "constant": np.full(rows, 3.0),
            "duplicate": signal,
            "leak": y.astype(float) + 1,
            "pair_1": base,
            "pair_2": base + np.sqrt(1 / 0.9999**2 - 1) * rng.normal(size=rows),
            "mostly_missing": missing,
            "row_id": rng.permutation(rows),
            "rare_flag": flag,
            "lognormal": rng.lognormal(0, 0.75, rows),
            "t5": rng.standard_t(5, rows),
            "noise_1": rng.normal(size=rows),
            "noise_2": rng.random(rows),
            "poisson": rng.poisson(4, rows),
            "colour": rng.choice(["red", "green", "blue", "grey"], rows),
            "y": y,
        }
    )


FAULTS = {  # fault -> code and the column that must be named
    "imbalance": ("DAT001", "y"),
    "heavy tail, Cauchy": ("DAT002", "cauchy"),
    "heavy tail, Pareto": ("DAT002", "pareto"),
    "scales": ("DAT003", "huge_scale"),
    "leak": ("DAT004", "leak"),
    "constant": ("DAT005", "constant"),
    "duplicate": ("DAT005", "duplicate"),
    "collinear pair": ("DAT005", "pair_2"),
    "missing": ("DAT006", "mostly_missing"),
    "row identifier": ("DAT008", "row_id"),
    "separating flag": ("LOG001", "rare_flag"),
}


def faults(rows: int, seeds: int) -> dict[str, Any]:
    """How often each fault is named, and what is raised on the controls."""
    from cutaway.checks import audit

    named = dict.fromkeys(FAULTS, 0)
    raised: list[str] = []
    for seed in range(seeds):
        found = audit(planted(rows, seed), "y")
        pairs = {(o.code, c) for o in found.outcomes for f in o.findings for c in f.columns}
        for fault, pair in FAULTS.items():
            named[fault] += pair in pairs
        raised += [
            f"seed {seed}: {code} {column}" for code, column in sorted(pairs) if column in CONTROLS and code != "LOG002"
        ]
        raised += [f"seed {seed}: {o.code} crashed: {o.reason}" for o in found.outcomes if o.status == "crashed"]
        print(
            f"seed {seed}: {found.seconds:.1f} s, {sum(p in pairs for p in FAULTS.values())} of {len(FAULTS)} named",
            flush=True,
        )
    return {"rows": rows, "seeds": seeds, "named": named, "raised_on_controls": raised}


def clean_table(seed: int) -> tuple[Any, str]:
    """A random table in which nothing is wrong: varied in rows, columns, kinds, classes and signal; ten rows or more
    a coefficient in the rarest class.
    """
    import pyarrow as pa

    rng = np.random.default_rng([77, seed])
    p = int(rng.integers(1, 31))
    k = int(rng.choice([2, 2, 2, 3, 5]))
    shares = rng.dirichlet(np.full(k, 20.0)) if k > 2 else np.array([1 - (s := rng.uniform(0.25, 0.5)), s])
    rows = int(np.exp(rng.uniform(np.log(15 * 3 * p / shares.min() + 200), np.log(50_000))))
    columns: dict[str, Any] = {}
    signal = np.zeros(rows)
    for j in range(p):
        kind = rng.choice(["normal", "lognormal", "t5", "uniform", "poisson", "binary", "category", "missing"])
        x = rng.normal(size=rows)
        if kind == "lognormal":
            column: Any = np.exp(0.75 * x)
        elif kind == "t5":
            column = rng.standard_t(5, rows)
        elif kind == "uniform":
            column = rng.random(rows)
        elif kind == "poisson":
            column = rng.poisson(rng.uniform(0.5, 20), rows)
        elif kind == "binary":
            column = (x > rng.uniform(-1, 1)).astype(int)
        elif kind == "category":
            column = np.array(list("abcd"))[rng.integers(0, rng.integers(2, 5), rows)]
        elif kind == "missing":
            column = pa.array(x, mask=rng.random(rows) < rng.uniform(0.02, 0.2))
        else:
            column = 10 ** rng.uniform(-1, 1) * x + rng.uniform(-2, 2)
        columns[f"x{j}"] = column
        if rng.random() < 0.4 and kind not in ("category", "missing"):
            signal += rng.normal(0, 0.4) * (np.asarray(column) - np.mean(column)) / (np.std(column) + 1e-9)
    cuts = np.quantile(signal + rng.logistic(size=rows), np.cumsum(shares)[:-1])
    y = np.digitize(signal + rng.logistic(size=rows), cuts)
    return pa.table({**columns, "y": y}), f"{rows} x {p}, {k} classes"


def clean(tables: int) -> dict[str, Any]:
    """How many clean tables carry an issue."""
    from cutaway.checks import audit

    flagged: list[str] = []
    tips: dict[str, int] = {}
    for seed in range(tables):
        table, shape = clean_table(seed)
        found = audit(table, "y", seed=seed)
        issues = [f"{o.code}: {f.title}" for o in found.outcomes for f in o.findings if f.status == "issue"]
        issues += [f"{o.code} crashed: {o.reason}" for o in found.outcomes if o.status == "crashed"]
        for o in found.outcomes:
            tips[o.code] = tips.get(o.code, 0) + (o.status == "tip")
        if issues:
            flagged.append(f"{seed} ({shape}): {'; '.join(issues)}")
            print(flagged[-1], flush=True)
    return {
        "tables": tables,
        "with_an_issue": len(flagged),
        "which": flagged,
        "tables_with_a_tip_by_check": {c: n for c, n in tips.items() if n},
    }


OURS = """
import sys, time, resource
began = time.perf_counter()
from cutaway.checks import audit
import pyarrow.parquet
found = audit(sys.argv[1], "y")
from cutaway import report
page = report.html.render(found)
print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""

EVIDENTLY = """
import sys, time, resource
began = time.perf_counter()
import pandas
from evidently import BinaryClassification, DataDefinition, Dataset, Report
from evidently.presets import DataSummaryPreset
table = pandas.read_parquet(sys.argv[1])
data = Dataset.from_pandas(table, data_definition=DataDefinition())
out = Report([DataSummaryPreset()]).run(data, None)
out.save_html(sys.argv[1] + ".html")
print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def timed(python: str, script: str, *arguments: str) -> tuple[float, float]:
    """Seconds and peak MiB of a script in a process of its own."""
    done = subprocess.run(
        [python, "-c", script, *arguments], capture_output=True, text=True, check=False, env=os.environ
    )
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    seconds, memory = done.stdout.split()[-2:]
    return float(seconds), float(memory)


def speed(rows: int, peer: str, rounds: int = 3) -> dict[str, Any]:
    """Our audit and evidently's summary on one Parquet file, in turn."""
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "planted.parquet")
        pq.write_table(planted(rows, 0), path)
        timed(sys.executable, OURS, path)  # compiles
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(timed(sys.executable, OURS, path))
            theirs.append(timed(peer, EVIDENTLY, path))
            print(
                (
                    f"cutaway {ours[-1][0]:.1f} s, {ours[-1][1]:,.0f} MiB; evidently {theirs[-1][0]:.1f} s, "
                    f"{theirs[-1][1]:,.0f} MiB"
                ),
                flush=True,
            )
    ratios = [a[0] / b[0] for a, b in zip(ours, theirs, strict=True)]
    return {
        "rows": rows,
        "ratio_of_times": {"median": statistics.median(ratios), "all": ratios},
        "seconds": {"cutaway": [a[0] for a in ours], "evidently": [b[0] for b in theirs]},
        "peak_mib": {"cutaway": max(a[1] for a in ours), "evidently": max(b[1] for b in theirs)},
    }


def large(rows: int) -> dict[str, Any]:
    """A Parquet file written in parts, audited in a process of its own."""
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "large.parquet")
        part = min(rows, 1_000_000)
        with pq.ParquetWriter(path, planted(1000, 0).schema) as writer:
            for i in range(rows // part):
                writer.write_table(planted(part, i))
        seconds, memory = timed(sys.executable, OURS, path)
    print(f"{rows:,} rows: {seconds:.1f} s, {memory:,.0f} MiB")
    return {"rows": rows, "seconds": seconds, "peak_mib": memory}


def small(rounds: int = 5) -> dict[str, Any]:
    """`cutaway audit --format html` on the embedded table, warm."""
    with tempfile.TemporaryDirectory() as folder:
        seconds, sizes = [], {}
        for i in range(rounds + 1):
            for kind in ("html", "json"):
                out = Path(folder) / f"page.{kind}"
                began = time.perf_counter()
                subprocess.run(
                    [sys.executable, "-m", "cutaway", "audit", "--out", str(out)], check=True, capture_output=True
                )
                if i and kind == "html":
                    seconds.append(time.perf_counter() - began)
                sizes[kind] = out.stat().st_size
    print(f"{statistics.median(seconds):.2f} s; HTML {sizes['html'] / 1e3:.0f} kB, JSON {sizes['json'] / 1e3:.0f} kB")
    return {"seconds": seconds, "median": statistics.median(seconds), "bytes": sizes}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["faults", "clean", "speed", "large", "small"])
    parser.add_argument("--rows", type=int)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--tables", type=int, default=100)
    parser.add_argument("--peer", default=sys.executable)
    options = parser.parse_args()
    rows = options.rows or (10_000_000 if options.what == "large" else 1_000_000)
    run: dict[str, Callable[[], dict[str, Any]]] = {
        "faults": lambda: faults(rows, options.seeds),
        "clean": lambda: clean(options.tables),
        "speed": lambda: speed(rows, options.peer),
        "large": lambda: large(rows),
        "small": small,
    }
    result = run[options.what]()
    out = HERE / "results" / f"audit-{options.what}.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps({k: v for k, v in result.items() if k not in ("which",)}, indent=2))


if __name__ == "__main__":
    main()
