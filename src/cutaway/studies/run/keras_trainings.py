"""What Keras was trained to on Fashion-MNIST, as tools/embed_keras_trainings.py stored it: answers, counts and logs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from cutaway.science.metrics import Counts, Rate, accuracy, f1, precision, recall
from cutaway.studies.run.fashion import CLASSES

SHIRT = CLASSES.index("shirt")
EPOCHS = 6
MODELS = ("plain", "weighted", "wide")
RATES: dict[str, Rate] = {"recall": recall, "precision": precision, "f1": f1}
REMEDIES = {
    "class weight of 2": ("weighted", False),
    "log-odds shifted": ("plain", True),
    "two convolutions": ("wide", False),
    "two convolutions, shifted": ("wide", True),
}
"""By its name: the model, and whether the log-odds of shirts are shifted by what images kept apart chose."""


@dataclass(frozen=True, eq=False)
class Trainings:
    """Three models, each trained with several seeds.

    `y` (10,000,): the labels of the test images; `called` by (model, epoch) what the first seed's network calls them.
    `counts` by (model, seed, epoch, split, shift): 10 × 10 confusion counts by truth and call, of the split "test" or
    "choose" (images kept apart), after `shift` was added to the logit of shirts. `about`: versions, sizes and logs.
    """

    y: np.ndarray
    called: dict[tuple[str, int], np.ndarray]
    counts: dict[tuple[str, int, int, str, float], np.ndarray]
    about: dict[str, Any]

    @property
    def seeds(self) -> list[int]:
        """Those that every model was trained with."""
        return sorted({key[1] for key in self.counts})

    def calls(self, model: str) -> list[np.ndarray]:
        """What a model calls the test images, after every epoch."""
        return [self.called[model, epoch] for epoch in range(1, EPOCHS + 1)]

    def logged(self, model: str) -> dict[str, list[float]]:
        """What Keras logged of the first seed, by the name of the log; one value an epoch."""
        logs = self.about["logged"]
        return next(one for one in logs if one["model"] == model and one["seed"] == self.seeds[0])

    def measured(self, model: str, seed: int, shift: float = 0.0) -> dict[str, float]:
        """The rates of shirts and the accuracy of all, on the test images after the last epoch."""
        counts = Counts(self.counts[model, seed, EPOCHS, "test", shift].astype(float))
        shirts = counts.against_rest(SHIRT)
        return {name: rate.of(shirts) for name, rate in RATES.items()} | {"accuracy": accuracy.of(counts)}

    def shift(self, model: str, seed: int) -> float:
        """The shift with the best F1 of shirts on images that were kept apart; the smallest of equals."""
        shifts = sorted({key[4] for key in self.counts}, key=abs)
        tables = [self.counts[model, seed, EPOCHS, "choose", each].astype(float) for each in shifts]
        return shifts[int(np.argmax([f1.of(Counts(table).against_rest(SHIRT)) for table in tables]))]


@cache
def trainings() -> Trainings:
    """As stored with the package."""
    import pyarrow.parquet as pq

    folder = resources.files("cutaway") / "data"
    with resources.as_file(folder / "keras_predictions.parquet") as path:
        table = pq.read_table(path)
    with resources.as_file(folder / "keras_counts.parquet") as path:
        rows = pq.read_table(path).to_pylist()
    called = {
        (model, epoch): table[f"{model}_{epoch}"].to_numpy().astype(np.int64)
        for model in MODELS
        for epoch in range(1, EPOCHS + 1)
    }
    counts = {
        (row["model"], row["seed"], row["epoch"], row["split"], row["shift"]): np.reshape(row["counts"], (10, 10))
        for row in rows
    }
    about = json.loads((folder / "keras_trainings.json").read_text("utf-8"))
    return Trainings(table["y"].to_numpy().astype(np.int64), called, counts, about)


def remedies(data: Trainings) -> dict[str, list[Any]]:
    """What each of `REMEDIES` changes against the plain network, paired by seed: columns, with Student's interval.

    The interval is over the seeds of the training, on the same test images; `least` and `most` are of single seeds.
    """
    from scipy.special import stdtrit

    plain = {seed: data.measured("plain", seed) for seed in data.seeds}
    out: dict[str, list[Any]] = {
        name: [] for name in ("remedy", "rate", "value", "change", "low", "high", "least", "most")
    }
    n = len(data.seeds)
    for remedy, (model, move) in REMEDIES.items():
        found = {seed: data.measured(model, seed, data.shift(model, seed) if move else 0.0) for seed in data.seeds}
        for name in (*RATES, "accuracy"):
            change = np.array([found[seed][name] - plain[seed][name] for seed in data.seeds])
            half = float(stdtrit(n - 1, 0.975) * change.std(ddof=1) / np.sqrt(n))
            mean, value = float(change.mean()), float(np.mean([each[name] for each in found.values()]))
            row = (remedy, name, value, mean, mean - half, mean + half, float(change.min()), float(change.max()))
            for column, each in zip(out.values(), row, strict=True):
                column.append(each)
    return out
