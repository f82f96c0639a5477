"""Is the mean of the precision, recall and F1 of batches the precision, recall and F1?

Answer: No. They are quotients, so their mean over batches depends on who met whom in a batch, and a batch without the
class counts as 0. Of Fashion-MNIST's shirts, the weak class, an evaluation in batches of 32 tells an F1 that is 0.04
too low in the file's order, and another one after each shuffle; counts added up over the batches tell the rate itself,
whatever the order and the size. A class weight of 2 finds more shirts and is wrong more often, which F1 does not
reward; a second convolution helps once the log-odds of shirts are shifted by what images kept apart chose.

Source: Forman & Scholz 2010, Apples-to-Apples in Cross-Validation Studies; Xiao, Rasul & Vollgraf 2017, Fashion-MNIST;
Keras trained by tools/embed_keras_trainings.py.

Seconds: 5
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.figures import Axis, Distribution, Intervals, Line, Lines
from cutaway.core.progress import Progress, silent
from cutaway.science.metrics import Counts, batch_tables, mean_of_batches, shuffled_means
from cutaway.studies.run.fashion import CLASSES
from cutaway.studies.run.keras_trainings import EPOCHS, RATES, SHIRT, Trainings, remedies, trainings
from cutaway.studies.run.parameter import choice, seed, whole
from cutaway.studies.run.result import Result, Table, claim

TITLE = "The mean of batches is not the rate"
GROUP = "training"
EMBED = {"model": ("plain", "weighted", "wide")}
STORED_BYTES = 130_000  # what a network says of 10,000 images after every epoch among them
SHUFFLES, FEWER = 1_000, 40
SIZES = (4, 8, 16, 32, 64, 128, 256, 512, 1000)
WORDS = {"recall": "recall", "precision": "precision", "f1": "F1"}
MODELS = {"plain": "One convolution of 5 filters", "weighted": "The same, shirts weigh 2", "wide": "Two convolutions"}
ORDERS = {"stored": "As in the file", "shuffled": "Shuffled", "sorted": "Sorted by class"}
EMPTY = {"zero": "As 0", "omit": "Left out"}
WORD = 2**32 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Which network, and how its answers are put into batches; the browser counts anew but for another network."""

    model: str = choice("plain", "Network", MODELS, help="Trained with Keras on 50,000 images.")
    epoch: str = choice(str(EPOCHS), "After epoch", {str(k): str(k) for k in range(1, EPOCHS + 1)}, where="browser")
    kind: str = choice("6", "Class", {str(k): name for k, name in enumerate(CLASSES)}, where="browser")
    rate: str = choice("f1", "Rate", WORDS, where="browser")
    batch: int = whole(
        32, "Batch", low=2, high=1000, unit="images", scale="log", where="browser",
        help="Of the evaluation: the network is the same.",
    )  # fmt: skip
    order: str = choice("stored", "Order of the images", ORDERS, where="browser")
    shuffle: int = whole(1, "Shuffle", low=1, high=1000, where="browser", help="Which of the shuffled orders.")
    empty: str = choice(
        "zero", "A batch without the class counts", EMPTY, where="browser",
        help="As 0 is what a small ε in the denominator comes to.",
    )  # fmt: skip
    seed: int = seed()


def shuffled(n: int, seed: int) -> np.ndarray:
    """An order of 0 … n - 1, the same here and in the browser: Fisher and Yates' shuffle, numbers by mulberry32."""
    out, state = list(range(n)), seed & WORD
    for i in range(n - 1, 0, -1):
        state = (state + 0x6D2B79F5) & WORD
        t = ((state ^ state >> 15) * (state | 1)) & WORD
        t ^= (t + ((t ^ t >> 7) * (t | 61))) & WORD
        j = ((t ^ t >> 14) * (i + 1)) >> 32
        out[i], out[j] = out[j], out[i]
    return np.array(out)


def order_of(y: np.ndarray, params: Parameters) -> np.ndarray:
    """The order in which the images come."""
    if params.order == "sorted":
        return np.argsort(y, kind="stable")
    return shuffled(y.size, params.shuffle) if params.order == "shuffled" else np.arange(y.size)


def undefined(params: Parameters) -> Any:
    """What a batch without the class counts as."""
    return 0.0 if params.empty == "zero" else "omit"


def run(params: Parameters, progress: Progress = silent) -> Result:
    """Count the stored answers in batches, in one order and in a thousand."""
    data = trainings()
    y, kind, rate = data.y, int(params.kind), RATES[params.rate]
    called = data.called[params.model, int(params.epoch)]
    total = SHUFFLES + len(SIZES) * 6 * FEWER + 1.0
    means = shuffled_means(
        rate, y, called, params.batch, classes=10, shuffles=SHUFFLES, seed=params.seed, undefined=undefined(params),
        heard=lambda i: progress("shuffles", i - 1, total),
    )  # fmt: skip
    at = order_of(y, params)
    tables = batch_tables(y[at], called[at], params.batch, classes=10)
    now = float(mean_of_batches(rate, tables, undefined=undefined(params))[kind])
    counts = Counts(Counts.of(y, called, classes=10).matrix, CLASSES)
    mine = rate.interval(counts.against_rest(kind))
    sizes = _sizes(data, params, progress, total)
    progress("epochs", total - 1, total)
    epochs, changed = _epochs(data, params), remedies(data)
    logged, ours = _logged(data, params.model)
    low, high = np.nanquantile(means[:, kind], [0.025, 0.975])
    mean = float(np.nanmean(means[:, kind]))
    word, name = WORDS[params.rate], CLASSES[kind]
    return Result(
        figures={
            f"The {word} of {name}, a thousand times shuffled": _histogram(means[:, kind], mine.value, word, name),
            "The rate of shirts, by the size of the batches": _by_size(sizes, params),
            "What improves the shirts": _forest(changed, data),
        },
        tables={
            "answers": Table(
                {
                    "epoch": [0, *range(1, EPOCHS + 1)],
                    "labels": ["".join(map(str, each)) for each in (y, *data.calls(params.model))],
                },
                "classes 0 … 9 of the 10,000 test images, one digit each: epoch 0 the truth, then what is called",
            ),
            "epochs": Table(epochs, "a rate of a class after an epoch, with its 95 % interval over images"),
            "shuffles": Table(
                {"mean": [None if np.isnan(value) else float(value) for value in means[:, kind]]},
                "mean of batches after another shuffle, of the class and rate that were asked for",
            ),
            "sizes": Table(sizes, "means of batches of shirts after the last epoch: 95 % of the shuffles"),
            "remedies": Table(changed, "less that of the plain network; 95 % interval over seeds of the training"),
        },
        numbers={
            "images": float(y.size),
            "accumulated": mine.value, "low": mine.low, "high": mine.high,
            "mean_now": now if np.isfinite(now) else 0.0,
            "mean_of_shuffles": mean if np.isfinite(mean) else 0.0,
            "least": float(np.nanmin(means[:, kind])), "most": float(np.nanmax(means[:, kind])),
            "moved_by_order": float(np.abs(tables.sum(axis=0) - counts.tables).max()),
            "apart_from_keras": float(np.abs(np.array(logged) - ours).max()),
            "seeds": float(len(data.seeds)),
            "trained": float(data.about["trained"]),
        },
        sentences=(
            f"Keras {data.about['keras']} was trained before, and its answers stored; batches are counted anew.",
            f"After epoch {params.epoch} the {word} of {name} is {mine.value:.3f} (95 % interval over images "
            f"{mine.low:.3f} to {mine.high:.3f}), whatever the batches.",
            f"Its mean over batches of {params.batch} is {now:.3f} in this order, and over {SHUFFLES:,} shuffles "
            f"{mean:.3f} on average, 95 % of them from {low:.3f} to {high:.3f}."
            if np.isfinite(now)
            else f"No batch of {params.batch} has any of it, so that there is no mean.",
            _said(changed),
        ),
    )  # fmt: skip


@claim("Counts added up over batches are those of all images, whatever the order and the size of the batches")
def counts_stay(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: the largest difference of a count."""
    return result.numbers["moved_by_order"] == 0, result.numbers["moved_by_order"]


@claim("What Keras logged while it trained is what is counted here, both the mean of batches and the rate")
def as_keras_logged(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """All epochs, three rates of shirts, batches of 32 in the file's order; value: the largest difference."""
    return result.numbers["apart_from_keras"] < 1e-5, result.numbers["apart_from_keras"]


@claim("In batches of up to 32, none of a thousand shuffles reaches the F1 of shirts; every one tells less")
def biased(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """None for other classes, rates and sizes, and where empty batches are left out; value: the mean error."""
    n = result.numbers
    asked = (params.kind, params.rate, params.empty) == (str(SHIRT), "f1", "zero") and params.batch <= 32
    return (n["most"] < n["accumulated"] if asked else None), n["mean_of_shuffles"] - n["accumulated"]


@claim("The error shrinks as batches grow: under a tenth in batches of 1,000 of what it is in batches of 4")
def shrinks(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """F1 of shirts, empty batches as 0; value: the share that is left."""
    of = result.tables["sizes"].columns
    rows = [i for i, pair in enumerate(zip(of["rate"], of["empty"], strict=True)) if pair == ("f1", "zero")]
    error = [of["accumulated"][i] - of["mean"][i] for i in rows]
    return abs(error[-1]) < 0.1 * error[0], error[-1] / error[0]


@claim("Batches left out where a rate is empty: recall and precision are right on average, F1 in batches of 4 is not")
def omitting_mends_two(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Within five standard errors of the mean over shuffles, and F1 over 0.05 too low; value: the error of F1."""
    of = result.tables["sizes"].columns
    error, fair = 0.0, True
    for i, (rate, empty, size) in enumerate(zip(of["rate"], of["empty"], of["batch"], strict=True)):
        if empty == "omit" and size == 4:
            away = of["mean"][i] - of["accumulated"][i]
            if rate == "f1":
                error = away
            else:
                fair &= abs(away) < 5 * of["sd"][i] / np.sqrt(FEWER)
    return fair and error < -0.05, error


@claim(
    "With every seed two convolutions, their shirts' log-odds shifted by images kept apart, had the higher F1 of shirts"
)
def width_and_shift_help(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Against the plain network; the value is the least change."""
    least = _row(result, "two convolutions, shifted", "f1")["least"]
    return least > 0, least


@claim("With every seed a class weight of 2 raised the recall of shirts and lowered their precision")
def weight_trades(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: the mean change of F1, for which nothing is claimed."""
    more, less = (_row(result, "class weight of 2", rate) for rate in ("recall", "precision"))
    return more["least"] > 0 > less["most"], _row(result, "class weight of 2", "f1")["change"]


def _row(result: Result, remedy: str, rate: str) -> dict[str, float]:
    of = result.tables["remedies"].columns
    at = next(i for i, pair in enumerate(zip(of["remedy"], of["rate"], strict=True)) if pair == (remedy, rate))
    return {name: float(of[name][at]) for name in ("change", "least", "most")}


def _epochs(data: Trainings, params: Parameters) -> dict[str, list[Any]]:
    out: dict[str, list[Any]] = {name: [] for name in ("epoch", "kind", "rate", "value", "low", "high")}
    for epoch, called in enumerate(data.calls(params.model), 1):
        counts = Counts.of(data.y, called, classes=10)
        for kind in range(10):
            for name, rate in RATES.items():
                found = rate.interval(counts.against_rest(kind))
                row = (epoch, kind, name, found.value, found.low, found.high)
                for column, value in zip(out.values(), row, strict=True):
                    column.append(value)
    return out


def _sizes(data: Trainings, params: Parameters, progress: Progress, total: float) -> dict[str, list[Any]]:
    called = data.called[params.model, EPOCHS]
    counts = Counts.of(data.y, called, classes=10).against_rest(SHIRT)
    names = ("batch", "rate", "empty", "mean", "low", "high", "sd", "accumulated")
    out: dict[str, list[Any]] = {name: [] for name in names}
    done = SHUFFLES
    for empty in EMPTY:
        for name, rate in RATES.items():
            for size in SIZES:
                progress("sizes", done, total)
                means = shuffled_means(
                    rate, data.y, called, size, classes=10, shuffles=FEWER, seed=params.seed + 1,
                    undefined=0.0 if empty == "zero" else "omit",
                )[:, SHIRT]  # fmt: skip
                done += FEWER
                row = (
                    size,
                    name,
                    empty,
                    means.mean(),
                    *np.quantile(means, [0.025, 0.975]),
                    means.std(ddof=1),
                    rate.of(counts),
                )
                for column, value in zip(out.values(), row, strict=True):
                    column.append(value if isinstance(value, str | int) else float(value))
    return out


def _logged(data: Trainings, model: str) -> tuple[list[float], np.ndarray]:
    """What Keras logged of the first seed, and the same counted here."""
    logs = data.logged(model)
    theirs, ours = [], []
    for epoch, called in enumerate(data.calls(model)):
        tables = batch_tables(data.y, called, data.about["judged_in_batches_of"], classes=10)
        counts = Counts.of(data.y, called, classes=10).against_rest(SHIRT)
        for name, rate in RATES.items():
            theirs += [logs[f"batch_{name}"][epoch], logs[f"{name}_shirt"][epoch]]
            ours += [float(mean_of_batches(rate, tables)[SHIRT]), rate.of(counts)]
    return theirs, np.array(ours)


def _histogram(means: np.ndarray, value: float, word: str, name: str) -> Distribution:
    means = means[np.isfinite(means)]
    edges = np.histogram_bin_edges(means, 30) if means.size else np.array([0.0, 1.0])
    counts = np.histogram(means, edges)[0]
    return Distribution(
        alt=f"The mean of batches lies from {edges[0]:.3f} to {edges[-1]:.3f}; the {word} of {name} is {value:.3f}.",
        x=Axis(label=f"mean of batches of the {word} of {name}"),
        edges=tuple(edges.tolist()), counts=tuple(counts.astype(float).tolist()),
        observed=value, observed_label="all images",
    )  # fmt: skip


def _by_size(of: dict[str, list[Any]], params: Parameters) -> Lines:
    lines = []
    for empty, words in EMPTY.items():
        rows = [i for i in range(len(of["mean"])) if (of["rate"][i], of["empty"][i]) == (params.rate, empty)]
        x, y, low, high = (tuple(float(of[name][i]) for i in rows) for name in ("batch", "mean", "low", "high"))
        role = "harm" if empty == params.empty else "other"
        lines.append(Line(name=f"mean, empty {words.lower()}", x=x, y=y, low=low, high=high, role=role))  # type: ignore[arg-type]
    lines.append(Line(name="added up", x=x, y=tuple(float(of["accumulated"][i]) for i in rows), role="main"))
    return Lines(
        alt=f"The mean of batches is {lines[0].y[0]:.2f} in batches of 4 and {lines[0].y[-1]:.2f} in batches of 1,000, "
        f"where {lines[-1].y[0]:.2f} is true.",
        x=Axis(label="images in a batch", scale="log"),
        y=Axis(label=f"{WORDS[params.rate]} of shirts", unit="band: 95 % of shuffles"),
        lines=tuple(lines),
    )


def _forest(of: dict[str, list[Any]], data: Trainings) -> Intervals:
    names = {**WORDS, "accuracy": "accuracy of all"}
    return Intervals(
        alt=f"A class weight of 2 changes the F1 of shirts by {of['change'][2]:+.3f}, two convolutions by "
        f"{of['change'][10]:+.3f}.",
        axis=Axis(label="change against the plain network", unit=f"95 % interval over {len(data.seeds)} seeds"),
        labels=tuple(f"{remedy}: {names[rate]}" for remedy, rate in zip(of["remedy"], of["rate"], strict=True)),
        centre=tuple(of["change"]), low=tuple(of["low"]), high=tuple(of["high"]), null=0.0,
    )  # fmt: skip


def _said(of: dict[str, list[Any]]) -> str:
    parts = [
        f"{of['remedy'][i]} {of['change'][i]:+.3f} ({of['low'][i]:+.3f} to {of['high'][i]:+.3f})"
        for i in range(len(of["rate"]))
        if of["rate"][i] == "f1"
    ]
    return f"Against the plain network the F1 of shirts changes so: {'; '.join(parts)}."
