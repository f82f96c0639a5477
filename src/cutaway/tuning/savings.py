"""What it saves that the fits of a logistic regression share their work, measured on some trials of a contest."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from cutaway.core.blas import one_blas_thread
from cutaway.core.contest import Search, Value
from cutaway.tuning.validation import CrossValidated

MEASURED = 8
"""Trials on which it is measured."""


def saving(objective: CrossValidated, searches: Iterable[Search]) -> tuple[str, ...]:
    """The saving in a sentence; none where no work is shared, or no trial has a value."""
    if not objective.shares:
        return ()
    done = [trial.params for one in searches for trial in one.trials if trial.state == "complete"]
    some = sorted((params for params in done if set(params) == {"C"}), key=lambda params: float(str(params["C"])))
    some = some[:: -(-len(some) // MEASURED) or 1]
    if not some:
        return ()
    # A fresh copy: the path itself is among what is measured.
    shared, ours = _took(objective.on(np.arange(len(objective.rows))), some, together=True)
    apart, theirs = _took(objective, some, together=False)
    away = max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs, strict=True))
    return (
        f"The fits of a trial share the Grams of one penalty path over the folds, and begin on it. Measured with "
        f"{len(some)} of the trials on all rows: {len(ours)} fits took {shared:.2g} s, the path among them, and "
        f"{apart:.2g} s made one by one by scikit-learn, {apart / max(shared, 1e-9):.1f} times as long; their "
        f"probabilities are at most {away:.1g} apart.",
    )


def _took(
    objective: CrossValidated, some: Sequence[Mapping[str, Value]], *, together: bool
) -> tuple[float, list[np.ndarray]]:
    """Seconds, and the probabilities of each fold's rows."""
    found: list[np.ndarray] = []
    began = time.perf_counter()
    with one_blas_thread():
        for params in some:
            found += [scores for _, scores in objective.held_out(params, together=together)]
    seconds = time.perf_counter() - began
    return seconds, [1 / (1 + np.exp(-np.clip(scores, -500, 500))) for scores in found]
