"""Small convolutional networks of clothes: what they are, how they train, and their weights as short text."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import ceil, frexp
from typing import Any

import numpy as np

from cutaway.core.progress import Progress
from cutaway.science import nets
from cutaway.studies.run.fashion import CLASSES, SIDE, Fashion, Part

BATCH = 24  # 24 × 845 × 10 products BLAS leaves to one thread: with two, a step takes ten times as long
RATE = 0.01
WATCHED = 2_000  # held-out images that are looked at while it trains
PARTS = 16
FRAMES = (0, 1, 2, 4, 8, 16)  # of these parts of the training the weights are kept
EARLY_BITS = 7
LAST_BITS = (*range(8, 17), 20, 24)  # tried in turn; 24 is what float32 has


@dataclass(frozen=True, slots=True)
class Design:
    """A network: 3 × 3 filters a block (each with ReLU and 2 × 2 maximum pooling), then one dense layer."""

    label: str
    filters: tuple[int, ...]
    classes: tuple[int, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Its classes in words."""
        return tuple(CLASSES[k] for k in self.classes)

    @property
    def features(self) -> int:
        """What the dense layer is given."""
        side = SIDE
        for _ in self.filters:
            side = (side - 2) // 2
        return side * side * self.filters[-1]

    @property
    def weights(self) -> int:
        """How many numbers it learns."""
        channels = (1, *self.filters)
        blocks = sum(9 * a * b + b for a, b in zip(channels, self.filters, strict=False))
        return blocks + (self.features + 1) * len(self.classes)

    @property
    def model(self) -> nets.Sequential:
        """The network of science/nets."""
        channels = (1, *self.filters)
        blocks = [nets.ConvBlock(a, b, 3) for a, b in zip(channels, self.filters, strict=False)]
        return nets.Sequential((*blocks, nets.Flatten(), nets.Dense(self.features, len(self.classes))))


DESIGNS: Mapping[str, Design] = {
    "pair": Design("Two classes, one filter", (1,), (0, 1)),
    "one": Design("Ten classes, one filter", (1,), tuple(range(10))),
    "five": Design("Ten classes, five filters", (5,), tuple(range(10))),
    "deep": Design("Ten classes, 8 and then 16 filters", (8, 16), tuple(range(10))),
}


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The network after so many steps."""

    step: int
    params: Any
    right: int  # of so many held-out images
    of: int
    loss: float  # on those
    gradients: Any  # of that loss on the first of them, by the parameters


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A network with what was kept of its training; the last frame's images are all that were held out."""

    design: Design
    images: int
    frames: tuple[Frame, ...]
    held: Part
    labels: np.ndarray  # what the last frame calls each held-out image
    p: np.ndarray  # and how probable it says each class is

    @property
    def last(self) -> Frame:
        """After training."""
        return self.frames[-1]


def images_of(data: Fashion, n: int, seed: int) -> Part:
    """So many training images, drawn without their order in the file; all if there are fewer."""
    order = np.random.default_rng([seed, 17]).permutation(len(data.train))[:n]
    return Part(data.train.images[order], data.train.y[order])


def trained(design: Design, train: Part, held: Part, epochs: int, seed: int, progress: Progress) -> Trained:
    """Train with Adam and a cosine schedule; the same arguments give the same network."""
    train, held = train.of(design.classes), held.of(design.classes)
    model, watched = design.model, held.first(WATCHED)
    params, state = model.init((seed, 0)), model.start((seed, 1))
    steps = epochs * ceil(len(train) / BATCH)
    every = max(1, steps // PARTS)
    kept = {part * every for part in FRAMES[1:-1]} - {steps}
    frames = [_frame(model, params, state, watched, 0)]

    def watch(moment: nets.Moment) -> None:
        if moment.step in kept:
            frames.append(_frame(model, moment.updated, moment.state, watched, moment.step))

    done = nets.fit(
        model, train.x, train.y.astype(np.int64), optimiser=nets.Adam(), rate=nets.Cosine(RATE, steps), epochs=epochs,
        batch=BATCH, seed=seed, params=params, state=state, watch=watch, watch_every=every,
        progress=lambda stage, at, of: progress(f"{design.label.lower()}: {stage}", at, of),
    )  # fmt: skip
    progress(f"{design.label.lower()}: held-out images", 0, 1)
    logits = nets.predict(model, done.params, done.state, held.x, batch=BATCH)
    frames.append(_frame(model, done.params, done.state, held, steps, logits))
    return Trained(design, len(train), tuple(frames), held, logits.argmax(axis=1), np.asarray(nets.softmax(logits)))


def _frame(
    model: nets.Sequential, params: Any, state: Any, held: Part, step: int, logits: np.ndarray | None = None
) -> Frame:
    x, y = held.x, held.y.astype(np.int64)
    logits = nets.predict(model, params, state, x, batch=BATCH) if logits is None else logits
    first = slice(0, BATCH)

    def loss(p: Any) -> Any:
        return nets.cross_entropy(model.apply(p, x[first], state, True)[0], y[first])

    gradients = nets.value_and_gradient(loss, params)[1]
    right = int((logits.argmax(axis=1) == y).sum())
    copies = nets.mapped(np.array, params)
    return Frame(step, copies, right, len(y), float(nets.cross_entropy(logits, y)), gradients)


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """An array as whole numbers of `bits` bits, each divided by 2 ** shift."""

    path: str
    shape: tuple[int, ...]
    bits: int
    shift: int
    data: str

    @property
    def array(self) -> np.ndarray:
        """The array again, float32."""
        size = int(np.prod(self.shape))
        bits = np.unpackbits(np.frombuffer(base64.b64decode(self.data), np.uint8), count=size * self.bits)
        whole = bits.reshape(size, self.bits) @ (1 << np.arange(self.bits)[::-1])
        values = np.asarray((whole - 2 ** (self.bits - 1)) / 2.0**self.shift, np.float32)
        return values.reshape(self.shape)


def packed(path: str, array: np.ndarray, bits: int) -> Packed:
    """The array with so many bits a number.

    >>> packed("w", np.array([0.5, -1.0, 0.26]), 4).array.tolist()
    [0.5, -1.0, 0.25]
    """
    shift = bits - 1 - frexp(float(np.abs(array).max()))[1]
    most = 2 ** (bits - 1)
    whole = np.clip(np.rint(array.reshape(-1).astype(float) * 2.0**shift), -most, most - 1).astype(np.int64) + most
    each = (whole[:, None] >> np.arange(bits)[::-1]) & 1
    data = base64.b64encode(np.packbits(each.astype(np.uint8)).tobytes()).decode()
    return Packed(path, array.shape, bits, shift, data)


def packed_params(params: Any, bits: int) -> list[Packed]:
    """Every array of the parameters."""
    return [packed(path, leaf, bits) for path, leaf in nets.leaves(params)]


def unpacked(design: Design, parts: list[Packed]) -> Any:
    """The parameters again."""
    by = {one.path: one.array for one in parts}
    places = range(len(design.filters) + 2)
    names = ("kernel", "bias")
    return tuple({name: by[f"{i}/{name}"] for name in names} if f"{i}/kernel" in by else () for i in places)


def shortest(done: Trained, progress: Progress) -> tuple[list[Packed], int]:
    """The last frame with the fewest bits that call every held-out image as before; and how many it calls otherwise."""
    model = done.design.model
    state = model.start((0,))
    for at, bits in enumerate(LAST_BITS):
        progress(f"{done.design.label.lower()}: weights of {bits} bits", at, len(LAST_BITS))
        parts = packed_params(done.last.params, bits)
        called = nets.predict(model, unpacked(done.design, parts), state, done.held.x, batch=BATCH).argmax(axis=1)
        others = int((called != done.labels).sum())
        if not others:
            break
    return parts, others


@cache
def proof() -> dict[str, Any]:
    """How far PyTorch and Keras were from the same network here: "date", "versions", and "rows" by column."""
    read: dict[str, Any] = json.loads(files("cutaway").joinpath("data", "convnet.json").read_text("utf-8"))
    return read
