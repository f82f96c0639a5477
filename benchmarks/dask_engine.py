"""The engine dask, two workers of this machine, beside the local one: the same findings, time and memory of both.

    python benchmarks/dask_engine.py [--rows 50000000] [--rounds 1] [--folder DIRECTORY]

Both have the same cores, so what is measured is what the cluster costs (its start, the loading of the program in each
worker, a message a block and pass) and what it saves (arrays kept in the memory of the workers, where the local engine
decodes the file again once they are more than a tenth of the machine's). Each audit runs in a process of its own, in
turn. The result goes to benchmarks/results/dask-ROWS.json.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
PART_ROWS = 2_500_000
NUMBER = re.compile(r"-?\d+\.\d*(?:e[-+]?\d+)?|-?\d+e[-+]?\d+")

AUDIT = """
import json, resource, sys, time
from contextlib import nullcontext
from dataclasses import replace

def peak():
    import resource
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

def cpu():
    import time
    return time.process_time()

def main():
    began = time.perf_counter()
    name, pattern, out = sys.argv[1:]
    from cutaway.checks import audit
    if name == "dask":
        from cutaway.engines.dask import Dask
        context = Dask()
    else:
        context = nullcontext()
    stages, last = {}, [None, began]

    def progress(stage, done, total):
        now = time.perf_counter()
        if last[0] is not None:
            stages[last[0]] = stages.get(last[0], 0.0) + now - last[1]
        last[:] = [stage, now]

    with context as engine:
        started = time.perf_counter()
        found = audit(pattern, "bad", engine=engine, progress=progress)
        ended = time.perf_counter()
        workers = [] if engine is None else sorted(engine.client.run(peak).values())
        busy = cpu() + (0.0 if engine is None else sum(engine.client.run(cpu).values()))
    whole = time.perf_counter()
    told = dict(engine=name, start=started - began, audit=ended - started, whole=whole - began, cpu=busy,
                peak_mib=peak(),
                workers_peak_mib=workers, stages={k: round(v, 2) for k, v in stages.items() if v > 0.1})
    with open(out, "w") as file:
        json.dump({"told": told, "findings": repr(replace(found, seconds=0.0))}, file)

if __name__ == "__main__":
    main()
"""


def loans(rows: int, seed: int) -> Any:
    """A table of eight columns, of which six are numbers; one loan in fifteen is bad."""
    import pyarrow as pa

    rng = np.random.default_rng([50, seed])
    income, debt, age = rng.lognormal(0, 0.6, rows), rng.lognormal(0, 0.9, rows), rng.normal(45, 12, rows)
    late = rng.poisson(0.4, rows).astype(float)
    late[rng.random(rows) < 0.03] = np.nan
    eta = -3.4 - 0.8 * np.log(income) + 0.5 * np.log(debt) + 0.6 * np.nan_to_num(late)
    return pa.table(
        {
            "income": income,
            "debt": debt,
            "age": age,
            "late": late,
            "months": rng.integers(6, 72, rows),
            "noise": rng.normal(size=rows),
            "region": rng.choice(["north", "south", "east", "west"], rows),
            "bad": rng.random(rows) < 1 / (1 + np.exp(-eta)),
        }
    )


def written(rows: int, folder: Path) -> tuple[str, int]:
    """The pattern and bytes of a table in files of `PART_ROWS` rows."""
    import pyarrow.parquet as pq

    for k, start in enumerate(range(0, rows, PART_ROWS)):
        path = folder / f"loans-{k:03}.parquet"
        pq.write_table(loans(min(PART_ROWS, rows - start), k), path, row_group_size=500_000)
    files = sorted(folder.glob("loans-*.parquet"))
    return str(folder / "loans-*.parquet"), sum(path.stat().st_size for path in files)


def audited(engine: str, pattern: str, folder: Path) -> tuple[dict[str, Any], str]:
    """What one audit in a process of its own took, and its findings."""
    script, out = folder / "audit_once.py", folder / "found.json"
    script.write_text(AUDIT)
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent / "src")}
    done = subprocess.run(
        [sys.executable, str(script), engine, pattern, str(out)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    found = json.loads(out.read_text())
    return found["told"], found["findings"]


def largest_difference(one: str, other: str) -> float:
    """Largest relative difference of a number in two reports; an error where they differ in anything else."""
    assert NUMBER.sub("#", one) == NUMBER.sub("#", other), "the engines differ in words or counts"
    a, b = (np.array([float(n) for n in NUMBER.findall(text)]) for text in (one, other))
    return float(np.max(np.abs(a - b) / np.maximum(np.abs(a), 1e-12), initial=0.0))


def measured(rows: int, rounds: int, folder: Path) -> dict[str, Any]:
    """Both engines in turn."""
    small = folder / "small"
    small.mkdir()
    for engine in ("local", "dask"):
        audited(engine, written(20_000, small)[0], folder)  # compiles
    pattern, size = written(rows, folder)
    runs: dict[str, list[dict[str, Any]]] = {"local": [], "dask": []}
    worst = 0.0
    for _ in range(rounds):
        findings = {}
        for engine, told in runs.items():
            took, findings[engine] = audited(engine, pattern, folder)
            told.append(took)
            print(json.dumps({**took, "load": os.getloadavg()[0]}), flush=True)
        worst = max(worst, largest_difference(findings["local"], findings["dask"]))
        assert worst < 1e-9, worst
    pairs = list(zip(runs["dask"], runs["local"], strict=True))
    ratios = [dask["audit"] / local["audit"] for dask, local in pairs]
    workers = zip(*(run["workers_peak_mib"] for run in runs["dask"]), strict=True)
    return {
        "rows": rows,
        "bytes_of_files": size,
        "cores": len(os.sched_getaffinity(0)),
        "largest_relative_difference_of_a_number": worst,
        "ratio_of_audit_times": {"median": statistics.median(ratios), "all": ratios},
        "ratio_of_whole_times": {"all": [dask["whole"] / local["whole"] for dask, local in pairs]},
        "ratio_of_processor_times": {"all": [dask["cpu"] / local["cpu"] for dask, local in pairs]},
        "peak_mib": {
            "local": max(run["peak_mib"] for run in runs["local"]),
            "dask, this process": max(run["peak_mib"] for run in runs["dask"]),
            "dask, workers": [max(some) for some in workers],
        },
        "runs": runs,
        "load_average": os.getloadavg(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=50_000_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the files are written and removed again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        result = measured(options.rows, options.rounds, Path(folder))
    out = HERE / "results" / f"dask-{options.rows}.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps({key: value for key, value in result.items() if key != "runs"}, indent=2))


if __name__ == "__main__":
    main()
