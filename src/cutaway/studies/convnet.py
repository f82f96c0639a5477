"""What does a convolutional network compute at each pixel, forward and backward, and what do its filters become?

Answer: Nine products and a sum, at every place with the same nine weights. Going back, a pixel's error reaches the nine
pixels it was made of, so the gradient of the image is the error convolved with the kernel turned by half a circle. One
such filter tells T-shirts from trousers in over 96 % of photographs; for ten classes five filters are much better than
one. Written as loops over single numbers the same sums take hundreds of times as long.

Source: Dumoulin & Visin 2016, A guide to convolution arithmetic for deep learning; LeCun, Bottou, Bengio & Haffner
1998; photographs: Fashion-MNIST, Xiao, Rasul & Vollgraf 2017, MIT licence.

Seconds: 12
"""

from __future__ import annotations

import base64
import statistics
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from cutaway.core.figures import Axis, Intervals, Line, Lines
from cutaway.core.progress import Progress, silent
from cutaway.science import metrics, nets
from cutaway.studies.run import clothes_networks as built
from cutaway.studies.run.clothes_networks import DESIGNS, Trained
from cutaway.studies.run.fashion import CLASSES, Part, fashion, kept
from cutaway.studies.run.parameter import choice, seed, whole
from cutaway.studies.run.result import Result, Table, claim

TITLE = "Inside a convolution"
GROUP = "network"
FULL = {"images": 60_000, "epochs": 6}
EMBED = {"seed": (0,)}
STORED_BYTES = 180_000  # the weights of four networks at six moments of training among them
CHAOTIC = True
TIMED = ("times", "Four ways to the same numbers")
SUBSET = 8_000
TIMED_IMAGES, ROUNDS, FAST = 8, 5, 5  # of 8 · 676 · 9 · 5 products BLAS makes one thread's work, beside one of ours
VIEWS = {"forward": "Forward: from pixels to a number", "backward": "Backward: from the error to pixels"}
SIDE = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What is looked at, which the browser computes; and how the four networks are trained."""

    network: str = choice("five", "Network", {name: one.label for name, one in DESIGNS.items()}, where="browser")
    image: int = whole(1, "Photograph", low=1, high=20, where="browser", help="Held out: none was trained with.")
    moment: int = whole(
        5, "Moment of training", low=0, high=len(built.FRAMES) - 1, where="browser", help="0 is the start, 5 the end.",
    )  # fmt: skip
    filter: int = whole(1, "Filter", low=1, high=8, where="browser", help="Of the first layer.")
    view: str = choice("forward", "Direction", VIEWS, where="browser")
    row: int = whole(16, "Row", low=1, high=SIDE, where="browser", help="Of the pixel that is looked at.")
    column: int = whole(6, "Column", low=1, high=SIDE, where="browser")
    images: int = whole(
        SUBSET, "Training images", low=1_000, high=60_000, scale="log",
        help="Above 8,000 where all 70,000 are installed (Debian: dataset-fashion-mnist).",
    )  # fmt: skip
    epochs: int = whole(2, "Epochs", low=1, high=6)
    seed: int = seed()


def run(params: Parameters, progress: Progress = silent) -> Result:
    """Train the four networks, look at what was held out, and time the four ways."""
    data = kept() if params.images <= SUBSET else fashion()
    train = built.images_of(data, params.images, params.seed)
    done = {
        name: built.trained(design, train, data.test, params.epochs, params.seed, progress)
        for name, design in DESIGNS.items()
    }
    weights, others = _weights(done, progress)
    shown = _shown(done["five"], data.test)
    times, apart = _times(data.test, done["five"].last.params[0]["kernel"], progress)
    progress("gradients", 0, 2)
    moved = _against_differences(done["deep"], data.test)
    progress("gradients", 1, 2)
    turned = _against_flipped(done["deep"], data.test)
    networks, frames = _networks(done), _frames(done)
    proof = built.proof()
    told = (networks[name] for name in ("label", "accuracy", "low", "high"))
    here = {name: networks[name][list(DESIGNS).index(params.network)] for name in networks}
    return Result(
        figures={
            "Accuracy on held-out images": _accuracy(networks),
            "While it trains": _curves(frames, done),
            "Four ways to the same numbers": _ways(times),
        },
        tables={
            "networks": Table(networks, "a network after training; 95 % interval over held-out images"),
            "frames": Table(frames, "a network at a moment of training; up to 2,000 held-out images"),
            "weights": Table(weights, "an array: whole numbers of so many bits, each over 2 ** shift, in base64"),
            "gradients": Table(_gradients(done), "of the loss of 24 images, by nine weights of the first layer"),
            "images": Table(shown, "a held-out photograph, 28 × 28 bytes in base64, and what five filters call it"),
            "times": Table(times, f"a way to convolve {TIMED_IMAGES} images; ratios to im2col in {ROUNDS} rounds"),
            "frameworks": Table(proof["rows"], "largest difference from science/nets, relative to the largest number"),
        },
        numbers={
            "held_out": float(len(data.test)),
            "trained_with": float(len(train)),
            "steps": float(done["five"].last.step),
            "others": float(others),
            "ways_apart": apart,
            "against_differences": moved,
            "against_flipped": turned,
            "frameworks_apart": max(proof["rows"]["difference"]),
            "accuracy": here["accuracy"], "low": here["low"], "high": here["high"],
            "pair": networks["accuracy"][0],
            "one_high": networks["high"][1], "five_low": networks["low"][2],
            "bits": float(max(weights["bits"])),
        },
        sentences=(
            f"{DESIGNS[params.network].label}: {here['weights']:,} weights, trained with {here['images']:,} images for "
            f"{params.epochs} epochs; right for {100 * here['accuracy']:.1f} % of {here['of']:,} held-out images (95 % "
            f"interval {100 * here['low']:.1f} to {100 * here['high']:.1f}), where guessing is right for "
            f"{100 / len(DESIGNS[params.network].classes):.0f} %.",
            "Held-out accuracy of all: "
            + "; ".join(
                f"{label[0].lower()}{label[1:]} {100 * a:.1f} % ({100 * low:.1f} to {100 * high:.1f})"
                for label, a, low, high in zip(*told, strict=True)
            )
            + ".",
            f"The page carries the last weights in at most {max(weights['bits'])} bits each: so few that every "
            f"held-out image is still called as before; earlier moments have {built.EARLY_BITS} bits.",
            f"PyTorch {proof['versions']['torch']} and Keras {proof['versions']['keras']}, given the same weights, "
            f"have the same outputs and gradients to {max(proof['rows']['difference']):.0e} (python tools/convnet.py "
            "--check tries it again).",
            f"Data: {data.source}.",
        ),
    )  # fmt: skip


@claim("Loops over single numbers, im2col, strided windows and Numba find the same numbers, to 1e-5 of the largest")
def same_four_ways(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Value: the largest difference from the loops."""
    return result.numbers["ways_apart"] < 1e-5, result.numbers["ways_apart"]


@claim("Loops over single numbers take more than fifty times as long as each of the other three ways")
def loops_are_slow(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """By medians; value: how many of the three."""
    seconds = result.tables["times"].columns["milliseconds"]
    slower = sum(seconds[0] > 50 * each for each in seconds[1:])
    return slower == 3, float(slower)


@claim("The compiled loops are the fastest of the four")
def compiled_is_fastest(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """By medians; value: how many of the others take longer."""
    seconds = result.tables["times"].columns["milliseconds"]
    slower = sum(each > seconds[3] for each in seconds[:3])
    return slower == 3, float(slower)


@claim(
    "The gradient of a weight is by how much the loss changes as the weight moves: central differences agree to 1e-5"
)
def gradients_are_slopes(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Every weight of the deeper network's first layer, in double precision; value: the largest relative difference."""
    return result.numbers["against_differences"] < 1e-5, result.numbers["against_differences"]


@claim("The gradient of the pixels is the padded error convolved with the kernel turned by half a circle")
def backward_is_flipped(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """In the deeper network's second layer, to 1e-12; value: the largest relative difference."""
    return result.numbers["against_flipped"] < 1e-12, result.numbers["against_flipped"]


@claim("One filter of nine weights tells T-shirts from trousers in at least 96 % of held-out photographs")
def one_filter_is_enough(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """From 16,000 looks at an image on; value: the share."""
    share = result.numbers["pair"]
    return (share >= 0.96 if result.numbers["trained_with"] * params.epochs >= 16_000 else None), share


@claim("Of ten classes five filters find more than one filter does: their intervals are apart")
def more_filters_find_more(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """From 16,000 looks at an image on; value: the gap between the intervals."""
    gap = result.numbers["five_low"] - result.numbers["one_high"]
    return (gap > 0 if result.numbers["trained_with"] * params.epochs >= 16_000 else None), gap


@claim("PyTorch and Keras, given the same weights, have the same outputs and the same gradients, to 1e-5")
def frameworks_agree(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """As it was stored when both were run; value: the largest relative difference."""
    return result.numbers["frameworks_apart"] < 1e-5, result.numbers["frameworks_apart"]


@claim("The few bits that a page carries of each weight change no label of a held-out photograph")
def few_bits_do(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Of the four networks after training; value: how many labels are others."""
    return result.numbers["others"] == 0, result.numbers["others"]


def _times(test: Part, kernel: np.ndarray, progress: Progress) -> tuple[dict[str, list[Any]], float]:
    """Each way in turn, the same result first; ratios to im2col within a round."""
    x = test.x[:TIMED_IMAGES]
    expected = nets.naive_loops(x, kernel)
    apart = 0.0
    for way in nets.CONVOLUTION_WAYS.values():
        found = way(x, kernel)
        assert found.shape == expected.shape
        apart = max(apart, float(np.abs(found - expected).max() / np.abs(expected).max()))
        progress("the same four ways", 0, ROUNDS)
    took: dict[str, list[float]] = {name: [] for name in nets.CONVOLUTION_WAYS}
    for at in range(ROUNDS):
        for name, way in nets.CONVOLUTION_WAYS.items():
            progress(f"time of {name}", at, ROUNDS)
            each = []
            for _ in range(1 if name == "naive loops" else FAST):
                start = perf_counter()
                way(x, kernel)
                each.append(perf_counter() - start)
            took[name].append(statistics.median(each))
    ratios = {name: [a / b for a, b in zip(each, took["im2col"], strict=True)] for name, each in took.items()}
    return {
        "way": list(took),
        "milliseconds": [1000 * statistics.median(each) for each in took.values()],
        "ratio": [statistics.median(each) for each in ratios.values()],
        "least": [min(each) for each in ratios.values()],
        "most": [max(each) for each in ratios.values()],
    }, apart


def _weights(done: dict[str, Trained], progress: Progress) -> tuple[dict[str, list[Any]], int]:
    out: dict[str, list[Any]] = {name: [] for name in ("network", "moment", "path", "shape", "bits", "shift", "data")}
    others = 0
    for name, one in done.items():
        for moment, frame in enumerate(one.frames):
            if frame is one.last:
                parts, wrong = built.shortest(one, progress)
                others += wrong
            else:
                parts = built.packed_params(frame.params, built.EARLY_BITS)
            for part in parts:
                values = (name, moment, part.path, " ".join(map(str, part.shape)), part.bits, part.shift, part.data)
                for column, value in zip(out.values(), values, strict=True):
                    column.append(value)
    return out, others


def _shown(five: Trained, test: Part) -> dict[str, list[Any]]:
    """Of each class the first, and the first that five filters call something else."""
    rows = []
    for k in range(len(CLASSES)):
        mine = np.flatnonzero(test.y == k)
        wrong = mine[five.labels[mine] != k]
        rows += [int(mine[0]), int((wrong if wrong.size else mine[1:])[0])]
    rows = rows[::2] + rows[1::2]
    return {
        "label": [int(test.y[i]) for i in rows],
        "called": [int(five.labels[i]) for i in rows],
        "row": rows,
        "pixels": [base64.b64encode(test.images[i].tobytes()).decode() for i in rows],
    }


def _networks(done: dict[str, Trained]) -> dict[str, list[Any]]:
    ends = [metrics.wilson(one.last.right, one.last.of) for one in done.values()]
    return {
        "network": list(done),
        "label": [one.design.label for one in done.values()],
        "filters": [" ".join(map(str, one.design.filters)) for one in done.values()],
        "classes": [" ".join(map(str, one.design.classes)) for one in done.values()],
        "weights": [one.design.weights for one in done.values()],
        "images": [one.images for one in done.values()],
        "of": [one.last.of for one in done.values()],
        "accuracy": [one.last.right / one.last.of for one in done.values()],
        "low": [low for low, _ in ends],
        "high": [high for _, high in ends],
        "loss": [one.last.loss for one in done.values()],
    }


def _frames(done: dict[str, Trained]) -> dict[str, list[Any]]:
    rows = [(name, at, frame) for name, one in done.items() for at, frame in enumerate(one.frames)]
    ends = [metrics.wilson(frame.right, frame.of) for *_, frame in rows]
    return {
        "network": [name for name, *_ in rows],
        "moment": [at for _, at, _ in rows],
        "step": [frame.step for *_, frame in rows],
        "accuracy": [frame.right / frame.of for *_, frame in rows],
        "low": [low for low, _ in ends],
        "high": [high for _, high in ends],
        "loss": [frame.loss for *_, frame in rows],
    }


def _gradients(done: dict[str, Trained]) -> dict[str, list[Any]]:
    rows = [
        (name, at, f + 1, frame.gradients[0]["kernel"][..., 0, f])
        for name, one in done.items()
        for at, frame in enumerate(one.frames)
        for f in range(one.design.filters[0])
    ]
    return {
        "network": [row[0] for row in rows],
        "moment": [row[1] for row in rows],
        "filter": [row[2] for row in rows],
        "gradient": [" ".join(f"{value:.3g}" for value in row[3].reshape(-1)) for row in rows],
    }


def _against_differences(done: Trained, test: Part) -> float:
    """The first layer's gradient beside central differences of the loss, in double precision."""
    model, part = done.design.model, test.first(4)
    params = nets.mapped(lambda leaf: leaf.astype(float), done.last.params)
    x, y = part.images[..., None] / 255.0, part.y.astype(np.int64)
    state = model.start((0,))

    def loss(kernel: Any) -> Any:
        moved = ({"kernel": kernel, "bias": params[0]["bias"]}, *params[1:])
        return nets.cross_entropy(model.apply(moved, x, state, True)[0], y)

    kernel = params[0]["kernel"]
    gradient = nets.value_and_gradient(loss, kernel)[1]
    step, slopes = 1e-7, np.empty(kernel.shape)
    for at in np.ndindex(kernel.shape):
        ends = []
        for sign in (1, -1):
            moved = kernel.copy()
            moved[at] += sign * step
            ends.append(float(loss(moved)))
        slopes[at] = (ends[0] - ends[1]) / (2 * step)
    return float(np.abs(slopes - gradient).max() / np.abs(gradient).max())


def _against_flipped(done: Trained, test: Part) -> float:
    """The second layer's input gradient beside a convolution of the padded error with the turned kernel."""
    kernel = done.last.params[1]["kernel"].astype(float)
    x = np.random.default_rng(0).normal(size=(2, 13, 13, kernel.shape[2]))
    error = np.random.default_rng(1).normal(size=(2, 11, 11, kernel.shape[3]))
    found = nets.value_and_gradient(lambda at: nets.total(nets.conv2d(at, kernel) * error), x)[1]
    around = np.pad(error, ((0, 0), (2, 2), (2, 2), (0, 0)))
    expected = nets.strided_windows(around, np.ascontiguousarray(kernel[::-1, ::-1].swapaxes(2, 3)))
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def _accuracy(networks: dict[str, list[Any]]) -> Intervals:
    best = int(np.argmax(networks["accuracy"][1:])) + 1
    return Intervals(
        alt=f"{networks['label'][best]}: right for {100 * networks['accuracy'][best]:.1f} % of held-out images, "
        f"one filter for {100 * networks['accuracy'][1]:.1f} %; "
        f"of two classes one filter for {100 * networks['accuracy'][0]:.1f} %.",
        axis=Axis(label="accuracy", unit="share of held-out images"),
        labels=tuple(networks["label"]),
        centre=tuple(networks["accuracy"]), low=tuple(networks["low"]), high=tuple(networks["high"]),
        notes=tuple(f"{weights:,} weights" for weights in networks["weights"]),
    )  # fmt: skip


def _curves(frames: dict[str, list[Any]], done: dict[str, Trained]) -> Lines:
    def column(name: str, of: str) -> tuple[float, ...]:
        return tuple(float(v) for n, v in zip(frames["network"], frames[name], strict=True) if n == of)

    five = column("accuracy", "five")
    return Lines(
        alt=f"Five filters begin at an accuracy of {five[0]:.2f} and end at {five[-1]:.2f}.",
        x=Axis(label="step", unit=f"of {built.BATCH} images"),
        y=Axis(label="accuracy", unit="share of held-out images"),
        lines=tuple(
            Line(
                name=one.design.label, x=column("step", name), y=column("accuracy", name), low=column("low", name),
                high=column("high", name), role="main" if name == "five" else "other",
            )
            for name, one in done.items()
        ),
    )  # fmt: skip


def _ways(times: dict[str, list[Any]]) -> Intervals:
    return Intervals(
        alt=f"Loops over single numbers take {times['ratio'][0]:.0f} times as long as im2col, Numba "
        f"{times['ratio'][3]:.2f} times as long.",
        axis=Axis(label="time", unit="times that of im2col", scale="log"),
        labels=tuple(times["way"]),
        centre=tuple(times["ratio"]), low=tuple(times["least"]), high=tuple(times["most"]), null=1.0,
        notes=tuple(f"{value:,.0f} ms" if value >= 100 else f"{value:.2f} ms" for value in times["milliseconds"]),
    )  # fmt: skip
