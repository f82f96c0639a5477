"""The README's table of benchmarks, from benchmarks/results/*.json: python tools/bench_table.py prints it.

A row says what was measured against whom at which settings, the ratio with its spread, and the target that was set
before.
`python tools/readme.py` writes it into the README.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "benchmarks" / "results"


@dataclass(frozen=True)
class Row:
    """A comparison: where its ratio stands (`file/key/key`), and the target; `at_most`: less is better.

    `turned`: the file holds our time over the other's, and the table its inverse.
    """

    what: str
    against: str
    place: str
    target: float
    at_most: bool = False
    turned: bool = False
    percent: bool = False


FASTER = (
    Row(
        "ROC AUC and average precision, exact, 10,000,000 scores",
        "scikit-learn, its two calls",
        "metrics-exact/scikit_learn_over_cutaway",
        20,
    ),
    Row(
        "1,000 bootstrap replicates of AUC, AP and F1, 1,000,000 rows",
        "Poisson bootstrap, presorted",
        "metrics-bootstrap/presorted_over_cutaway",
        150,
    ),
    Row(
        "logistic regression with standard errors, 1,000,000 × 30",
        "statsmodels `Logit`, Newton, 2 BLAS threads",
        "logit/ratio/statsmodels newton 2",
        30,
    ),
    Row(
        "the same",
        "scikit-learn lbfgs, tol 1e-5, 1 BLAS thread (no errors)",
        "logit/ratio/sklearn lbfgs 1e-5 1",
        4,
    ),
    Row(
        "20 penalties × 5 folds of a logistic model, 10,000 × 30",
        "`GridSearchCV`, lbfgs, tol 1e-4, 2 jobs",
        "logit_path/tables/10000x30/ratio/lbfgs 1e-4 2",
        5,
    ),
    Row(
        "weighted focal loss and gradient, 10,000,000 logits",
        "PyTorch eager, logsigmoid, 2 threads",
        "losses/gamma_2/fastest_torch_over_cutaway",
        2,
    ),
    Row(
        "audit of 1,000,000 × 20",
        "evidently, data summary and classification",
        "audit-speed/ratio_of_times",
        5,
        turned=True,
    ),
    Row(
        "epoch of a five-filter convnet, batch 64",
        "im2col in NumPy",
        "nets/five/im2col_over_cutaway",
        10,
    ),
    Row(
        "cart-pole steps with a policy, 16,384 carts",
        "Gymnasium, its vector environment of as many",
        "control/episodes/ours_over_gymnasiums",
        15,
    ),
    Row(
        "Cauchy draws",
        "NumPy, one generator",
        "tails/draws/numpy_one_generator_over_cutaway",
        3,
    ),
    Row(
        "power law fitted to city sizes",
        "powerlaw 2.0",
        "tails/powerlaw/cities/powerlaw_over_cutaway",
        20,
    ),
    Row(
        "five-step pipeline over 10,000 images",
        "scikit-image in a loop",
        "images_folder/scikit-image_over_cutaway",
        3,
    ),
    Row("the same", "OpenCV in a loop", "images_folder/opencv_over_cutaway", 1),
)
"""How many times as long the other takes."""

COSTLIER = (
    Row(
        "epoch of a five-filter convnet, batch 64",
        "PyTorch eager, 2 threads",
        "nets/five/cutaway_over_fastest_torch",
        0.6,
        at_most=True,
    ),
    Row(
        "convolution 32 × 32 × 32, 64 → 64, forward",
        "PyTorch, channels last",
        "nets/forward/cutaway_over_fastest_torch",
        1.1,
        at_most=True,
    ),
    Row(
        "AUC within certified bounds, 10,000,000 rows",
        "NumPy, sum of the same two arrays",
        "metrics-bounded/labels_uint8/cutaway_over_numpy",
        2,
        at_most=True,
    ),
    Row(
        "DeLong covariance of two models, 1,000,000 rows",
        "one exact AUC of ours",
        "metrics-delong/two_with_covariance_over_one_area",
        3,
        at_most=True,
    ),
    Row(
        "tuning trial by TPE, without storage, asked one at a time",
        "Optuna with the same sampler",
        "tuning_overhead/time/tpe+none/process_ratio/cutaway",
        1.2,
        at_most=True,
    ),
    Row(
        "the same, into SQLite",
        "Optuna with the same sampler and storage",
        "tuning_overhead/time/tpe+sqlite/process_ratio/cutaway",
        1.2,
        at_most=True,
    ),
    Row(
        "audit on Dask, 2 workers of the same machine, 50,000,000 rows",
        "the local engine",
        "dask-50000000/ratio_of_audit_times",
        0,
        at_most=True,
    ),
)
"""How many times as long ours takes."""

ADDED = (
    Row(
        "probes of a PyTorch convnet at every 50th step",
        "the step without",
        "probes/torch conv/overhead_every_50th",
        0.15,
        at_most=True,
        percent=True,
    ),
    Row(
        "probes of a Keras convnet (JAX) at every 50th step",
        "the step without",
        "probes/keras-jax conv/overhead_every_50th",
        0.15,
        at_most=True,
        percent=True,
    ),
)
"""How much of the time is added."""


@cache
def read(name: str) -> Any:
    """A file of results."""
    return json.loads((RESULTS / f"{name}.json").read_text("utf-8"))


def spread(row: Row) -> tuple[float, float, float]:
    """The median of the ratio, the least and the most.

    Raises: SystemExit: the file does not hold it.
    """
    name, *keys = row.place.split("/")
    found = read(name)
    try:
        for key in keys:
            found = chosen(found, key) if isinstance(found, list) else found[key]
        middle = found["median"]
        every = found.get("all", [middle])
        low = next((found[key] for key in ("least", "min", "smallest") if key in found), min(every))
        high = next((found[key] for key in ("most", "max", "largest") if key in found), max(every))
    except (KeyError, TypeError) as error:
        raise SystemExit(f"benchmarks/results/{name}.json holds no {'/'.join(keys)}; the table wants it") from error
    return (1 / middle, 1 / high, 1 / low) if row.turned else (middle, low, high)


def chosen(listed: list[dict[str, Any]], words: str) -> dict[str, Any]:
    """The first of them that has all the words, joined by +, as values.

    Raises: KeyError: none has.
    """
    for one in listed:
        if set(words.split("+")) <= {value for value in one.values() if isinstance(value, str)}:
            return one
    raise KeyError(words)


def figure(value: float, percent: bool = False) -> str:
    """Two or three digits."""
    if percent:
        return f"{100 * value:.0f} %".replace("-", "−")
    if value >= 100:
        return f"{float(f'{value:.2g}'):,.0f}"
    return f"{value:.0f}" if value >= 20 else f"{value:.1f}" if value >= 3 else f"{value:.2f}"


def line(row: Row) -> str:
    """A row of Markdown."""
    middle, low, high = spread(row)
    shown = figure(middle, row.percent)
    if (low, high) != (middle, middle):
        shown += f" ({figure(low, row.percent)} to {figure(high, row.percent)})"
    if not row.target:
        target = "none set"
    else:
        met = middle <= row.target if row.at_most else middle >= row.target
        bound = f"{100 * row.target:.0f} %" if row.percent else f"{row.target:g}"
        target = f"{'≤' if row.at_most else '≥'} {bound}: " + ("met" if met else "**missed**")
    script = row.place.split("/")[0].split("-")[0]
    script = {"images_folder": "images", "dask": "dask_engine"}.get(script, script)
    shown, target = (one.replace(" ", "\u00a0") for one in (shown, target))  # on one line each
    return f"| {row.what} | {row.against} | {shown} | {target} | `{script}.py` |"


def table() -> str:
    """The three tables, as Markdown."""
    cores = read("metrics-exact")["cores"]
    out = [
        f"Ratios of times measured in turn on {cores} cores of x86_64, the same input, the same result asserted first: "
        "median (least to most). Each of the scripts in `benchmarks/` repeats its rows; `make bench` all.",
    ]
    for title, rows in (
        ("times faster than", FASTER),
        ("times as long as", COSTLIER),
        ("of the time added to", ADDED),
    ):
        out += [
            "",
            f"| what was timed | {title} | median (range) | target | script |",
            "|---|---|---|---|---|",
            *map(line, rows),
        ]
    return "\n".join(out)


def main() -> int:
    """Print it."""
    print(table())
    return 0


if __name__ == "__main__":
    sys.exit(main())
