"""Train Keras on Fashion-MNIST and keep what it predicted: python tools/embed_keras_trainings.py FOLDER.

FOLDER holds the four files of Fashion-MNIST (Debian's package dataset-fashion-mnist puts them into
/usr/share/datasets/fashion-mnist). Writes src/cutaway/data/keras_predictions.parquet, keras_counts.parquet and
keras_trainings.json. With the seeds below and one thread a run repeats itself on one machine and one version.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import keras
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from keras import layers, ops

from cutaway.frameworks.keras import Confusion
from cutaway.studies.run.fashion import CLASSES, Part, fashion

OUT = Path(__file__).parents[1] / "src" / "cutaway" / "data"
SHIRT = CLASSES.index("shirt")
MODELS = ("plain", "weighted", "wide")
WEIGHT = 2.0
SEEDS = range(5)
EPOCHS = 6
BATCH = 64
JUDGED = 32  # rows in a batch of the evaluation
TRAINED = 50_000  # the last 10,000 of the training images choose the shift
SHIFTS = np.round(np.arange(-10, 21) / 10, 1)


def arrays(part: Part) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, 28, 28, 1) in 0 … 1 and labels (n,)."""
    return part.x, part.y.astype(np.int32)


def network(kind: str) -> keras.Model:
    """Five filters and a dense layer; "wide" is two convolutions with 12 and 24 filters and a hidden layer of 48."""
    body = [layers.Conv2D(5, 3, activation="relu"), layers.MaxPooling2D()]
    if kind == "wide":
        body = [layers.Conv2D(12, 3, activation="relu"), layers.MaxPooling2D()]
        body += [layers.Conv2D(24, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten()]
        body += [layers.Dense(48, activation="relu")]
    return keras.Sequential([keras.Input((28, 28, 1)), *body, layers.Flatten(), layers.Dense(10)])


def shirts(y_true: Any, y_pred: Any) -> tuple[Any, Any, Any]:
    """Shirts found, shirts there and rows called shirt, in a batch."""
    y = ops.cast(ops.equal(ops.reshape(y_true, (-1,)), SHIRT), "float32")
    called = ops.cast(ops.equal(ops.argmax(y_pred, -1), SHIRT), "float32")
    return ops.sum(y * called), ops.sum(y), ops.sum(called)


def batch_recall(y_true: Any, y_pred: Any) -> Any:
    """Recall of a batch, as code found in many places has it: 0 where it is not defined."""
    found, there, _ = shirts(y_true, y_pred)
    return found / (there + keras.config.epsilon())


def batch_precision(y_true: Any, y_pred: Any) -> Any:
    """The like of precision."""
    found, _, called = shirts(y_true, y_pred)
    return found / (called + keras.config.epsilon())


def batch_f1(y_true: Any, y_pred: Any) -> Any:
    """The harmonic mean of both."""
    recall, precision = batch_recall(y_true, y_pred), batch_precision(y_true, y_pred)
    return 2 * recall * precision / (recall + precision + keras.config.epsilon())


class Judged(keras.callbacks.Callback):
    """After every epoch: which class is called, and what Keras logs of an evaluation in batches.

    The metrics are of a second model with the same layers, so that training does not pay for them.
    """

    def __init__(self, judge: keras.Model, x: np.ndarray, y: np.ndarray) -> None:
        super().__init__()
        self.judge, self.x, self.y = judge, x, y
        self.called: list[np.ndarray] = []
        self.logged: list[dict[str, float]] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Predict and evaluate."""
        scores = self.judge.predict(self.x, batch_size=500, verbose=0)
        self.called.append(scores.argmax(1).astype(np.uint8))
        told = self.judge.evaluate(self.x, self.y, batch_size=JUDGED, verbose=0, return_dict=True)
        self.logged.append({name: float(value) for name, value in told.items()})


def table(y: np.ndarray, called: np.ndarray) -> list[int]:
    """Confusion counts (10 · 10), by truth and then by call."""
    counts: list[int] = np.bincount(10 * y.astype(int) + called, minlength=100).tolist()
    return counts


def main(folder: Path) -> None:
    """Train every model with every seed, and write."""
    clothes = fashion(folder)
    (x, y), (x_test, y_test) = arrays(clothes.train), arrays(clothes.test)
    rows: list[dict[str, Any]] = []
    kept: dict[str, np.ndarray] = {"y": y_test.astype(np.uint8)}
    logged: list[dict[str, Any]] = []
    for seed in SEEDS:
        for kind in MODELS:
            keras.utils.set_random_seed(seed)
            model = network(kind)
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            model.compile("adam", loss)
            judge = keras.Sequential([keras.Input((28, 28, 1)), *model.layers])
            rates = Confusion(CLASSES, ("recall", "precision", "f1"))
            judge.compile(loss=loss, metrics=[rates, batch_recall, batch_precision, batch_f1])
            seen = Judged(judge, x_test, y_test)
            model.fit(
                x[:TRAINED],
                y[:TRAINED],
                batch_size=BATCH,
                epochs=EPOCHS,
                class_weight={k: WEIGHT if k == SHIRT else 1.0 for k in range(10)} if kind == "weighted" else None,
                callbacks=[seen],
                verbose=0,
            )
            for epoch, called in enumerate(seen.called, 1):
                rows.append(
                    {"model": kind, "seed": seed, "epoch": epoch, "split": "test", "shift": 0.0}
                    | {"counts": table(y_test, called)}
                )
                if seed == 0:
                    kept[f"{kind}_{epoch}"] = called
            for split, images_of, labels in (("choose", x[TRAINED:], y[TRAINED:]), ("test", x_test, y_test)):
                scores = model.predict(images_of, batch_size=500, verbose=0)
                for shift in SHIFTS.tolist():
                    moved = scores.copy()
                    moved[:, SHIRT] += shift
                    counts = table(labels, moved.argmax(1))
                    rows.append({"model": kind, "seed": seed, "epoch": EPOCHS, "split": split, "shift": shift})
                    rows[-1]["counts"] = counts
            names = [f"{rate}_shirt" for rate in ("recall", "precision", "f1")]
            names += ["batch_recall", "batch_precision", "batch_f1"]
            told = {name: [each[name] for each in seen.logged] for name in names}
            logged.append({"model": kind, "seed": seed, **told})
            print(f"{kind} {seed}: {told['f1_shirt'][-1]:.4f}, of batches {told['batch_f1'][-1]:.4f}", flush=True)
        write(rows, kept, logged)


def write(rows: list[dict[str, Any]], kept: dict[str, np.ndarray], logged: list[dict[str, Any]]) -> None:
    """The three files; written after every seed, so that an interrupted run leaves whole ones."""
    counts = pa.Table.from_pylist(rows)
    place = counts.column_names.index("counts")
    counts = counts.set_column(place, "counts", counts["counts"].cast(pa.list_(pa.int16())))
    pq.write_table(counts, OUT / "keras_counts.parquet", compression="zstd", compression_level=19)
    path = OUT / "keras_predictions.parquet"
    pq.write_table(pa.table(kept), path, compression="zstd", compression_level=19)
    about = {
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "trained": TRAINED,
        "batch": BATCH,
        "judged_in_batches_of": JUDGED,
        "epochs": EPOCHS,
        "weight": WEIGHT,
        "parameters": {kind: network(kind).count_params() for kind in MODELS},
        "logged": logged,
    }
    (OUT / "keras_trainings.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
