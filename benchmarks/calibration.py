"""A score trained with class weight 49 on 2 % positives: the weight read off the scores, and undone.

    python benchmarks/calibration.py [--rows 1000000] [--seeds 5]

Each seed trains scikit-learn's LogisticRegression (unpenalised, lbfgs) and `cutaway.logit.fit` with weight 49 on the
positives, and scores as many rows that the model has not seen. From those scores and labels alone the implied weight
is estimated; the correction is learned on one half of them and judged on the other. The same is done once for a
histogram gradient boosting trained with the weight, where the shift is an approximation. Printed, and written to
`results/calibration.json` beside this file.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss

from cutaway.science import logit, metrics
from cutaway.science.metrics import LogOddsShift, ScoreHistogram, Tally
from cutaway.science.metrics.tally import sigmoid

WEIGHT = 49.0


def table(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Five normal columns, and labels of a logistic model with about 2 % positives."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 5))
    return x, (rng.random(rows) < sigmoid(x @ [0.9, -0.6, 0.4, 0.2, 0.0] - 4.55)).astype(np.int32)


def scores(kind: str, x: np.ndarray, y: np.ndarray, x_other: np.ndarray) -> np.ndarray:
    """Log-odds of other rows by a model trained with the weight."""
    weight = np.where(y == 1, WEIGHT, 1.0)
    if kind == "cutaway.logit":
        params = logit.fit(x, y, weight).params
        return np.asarray(params[0] + x_other @ params[1:])
    if kind == "scikit-learn logistic":
        return np.asarray(LogisticRegression(C=np.inf).fit(x, y, weight).decision_function(x_other))
    return np.asarray(HistGradientBoostingClassifier(random_state=0).fit(x, y, weight).decision_function(x_other))


def judged(kind: str, rows: int, seed: int) -> dict[str, Any]:
    """What the scores of one seed are like before and after."""
    x, y = table(2 * rows, seed)
    s, labels = scores(kind, x[:rows], y[:rows], x[rows:]), y[rows:]
    start = time.perf_counter()
    weight = metrics.implied_weight(ScoreHistogram.of(s, labels))
    seconds = time.perf_counter() - start
    learned = metrics.implied_weight(ScoreHistogram.of(s[::2], labels[::2]))
    shift = LogOddsShift.undo_class_weight(learned.value)
    s, labels = s[1::2], labels[1::2]
    before, after = sigmoid(s), sigmoid(shift.logits(s))
    tally = Tally.of_logits(labels, s)
    assert abs(metrics.mean_brier(tally) - brier_score_loss(labels, before)) < 1e-9
    parts = metrics.decomposition(metrics.corrected(tally, shift), "brier")
    return {
        "prevalence": float(labels.mean()),
        "mean_score": float(before.mean()),
        "mean_score_corrected": float(after.mean()),
        "implied_weight": weight.value,
        "implied_weight_low": weight.low,
        "implied_weight_high": weight.high,
        "relative_error": abs(weight.value / WEIGHT - 1),
        "brier": float(brier_score_loss(labels, before)),
        "brier_corrected": float(brier_score_loss(labels, after)),
        "brier_miscalibration_corrected": parts.miscalibration,
        "log_loss": float(log_loss(labels, before)),
        "log_loss_corrected": float(log_loss(labels, after)),
        "seconds_for_the_weight": seconds,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seeds", type=int, default=3)
    wanted = parser.parse_args()
    found: dict[str, Any] = {
        "rows": wanted.rows,
        "trained_with_weight": WEIGHT,
        "python": platform.python_version(),
        "models": {},
    }
    judged("cutaway.logit", 20_000, 0)  # compiles
    for kind in ("cutaway.logit", "scikit-learn logistic", "scikit-learn boosting"):
        runs = [judged(kind, wanted.rows, seed) for seed in range(1, 2 if "boosting" in kind else 1 + wanted.seeds)]
        found["models"][kind] = {
            **{name: float(np.median([run[name] for run in runs])) for name in runs[0]},
            "largest_relative_error": max(run["relative_error"] for run in runs),
            "intervals_that_hold_the_weight": sum(
                run["implied_weight_low"] <= WEIGHT <= run["implied_weight_high"] for run in runs
            ),
            "seeds": len(runs),
        }
        one = found["models"][kind]
        print(
            f"{kind}: implied weight {one['implied_weight']:.2f} ({one['implied_weight_low']:.1f} to "
            f"{one['implied_weight_high']:.1f}), off by {one['relative_error']:.2%} (at most "
            f"{one['largest_relative_error']:.2%}); Brier {one['brier']:.4f} -> {one['brier_corrected']:.4f}; log loss "
            f"{one['log_loss']:.4f} -> {one['log_loss_corrected']:.4f}; {one['seconds_for_the_weight']:.3f} s"
        )
    path = Path(__file__).parent / "results" / "calibration.json"
    path.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
