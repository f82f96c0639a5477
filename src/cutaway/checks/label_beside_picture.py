"""IMG005: a label that can be read without looking at the picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.images import ImagesSubject
from cutaway.core.figures import Axis, Distribution
from cutaway.core.findings import Finding, NotApplicableError, Remedy
from cutaway.core.wording import percent
from cutaway.science.images.readable import Readable, readable

LEAST = 10  # images of a class


@dataclass(frozen=True)
class Kind:
    """What a label might be read from. `picture`: pictures of different things may honestly differ in it."""

    what: str
    picture: bool
    advice: str
    code: dict[str, str]


SIZE = Kind(
    "size",
    False,
    "Bring all images to one size and shape before they are divided into classes; a resize leaves its marks (small "
    "images stay soft), so crop both classes alike, or photograph them alike.",
    {"Pillow": "image = ImageOps.fit(image, (224, 224))  # crops to the shape, the same for all"},
)
STORED = Kind(
    "how the file is stored",
    False,
    "Decode all images and store them again in one way, then look whether the label can still be read from their "
    "compression marks.",
    {"Pillow": 'Image.open(path).convert("RGB").save(to.with_suffix(".png"))  # every image, without its metadata'},
)
PACKED = Kind(
    "bytes per pixel",
    True,
    "Compare how the classes were compressed: save all from their originals with one quality.",
    {"Pillow": 'image.save(path, "JPEG", quality=90)  # from the original'},
)
LIGHT = Kind(
    "brightness",
    True,
    "Ask whether the classes were photographed in one light; balance exposure in the data, or vary brightness in "
    "training so that it tells nothing.",
    {
        "PyTorch": "v2.ColorJitter(brightness=0.5, contrast=0.5)",
        "Keras": "keras.layers.RandomBrightness(0.3)",
    },
)
MEASUREMENTS = {
    "width": SIZE,
    "height": SIZE,
    "aspect ratio": SIZE,
    "format": STORED,
    "mode": STORED,
    "camera": STORED,
    "metadata": STORED,
    "bytes per pixel": PACKED,
    "mean grey": LIGHT,
    "contrast": LIGHT,
}


@check("IMG005", name="label beside the picture", asks="images", needs=("readable", "labels"))
def label_beside_picture(
    subject: ImagesSubject,
    *,
    min_gain: float = 0.3,
    min_gain_of_picture: float = 0.8,
    alpha: float = 0.01,
    shuffles: int = 1999,
) -> Iterator[Finding]:
    """The label can be read from an image's size, format, metadata, compression or brightness alone.

    Why it matters: a network takes the easiest way. If one hospital's scans are wider, or one class was saved as PNG,
    it learns the hospital or the format, is excellent on a test set from the same source, and worthless elsewhere.

    What to do: make the classes alike in it, or collect them alike; then ask again.

    Null: labels shuffled over the images; `shuffles` times, and p must be below `alpha`, Bonferroni over what is asked.
    Balanced accuracy is measured on images that the reading was not learned from. It must also gain `min_gain` of what
    there is to gain over guessing. Brightness, contrast and bytes per pixel belong to the picture too (a night
    sky is dark), so `min_gain_of_picture` is asked of them: hardly any honest difference is so clean. Images
    of one series count as independent here, which they are not: a small p is no proof. False alarms measured: in none
    of 400 clean folders.

    Passed: Neither size nor format, metadata, compression or brightness alone tells the label.

    Source: Zech et al. 2018, "Variable generalization performance of a deep learning model to detect pneumonia in chest
    radiographs"; the permutation test of Ojala & Garriga 2010.

    Example: wider images of one class fire; equal sizes stay silent.

    >>> from cutaway.checks.run.images_example import folder_of, scenes
    >>> labels = ["cat", "dog"] * 20
    >>> [f.title for f in label_beside_picture(folder_of(scenes(40), labels))]
    []
    >>> wide = [scenes(1, (48, 48 + 8 * (name == "dog")), seed=i)[0] for i, name in enumerate(labels)]
    >>> [f.columns for f in label_beside_picture(folder_of(wide, labels))]
    [('width',)]
    """
    rows = subject.labelled
    y = subject.codes(rows)
    counts = np.bincount(y)
    known = counts >= LEAST
    if known.sum() < 2:
        raise NotApplicableError(
            f"fewer than two classes have {LEAST} images or more, too few to tell chance from a leak"
        )
    rows = rows[known[y]]
    y = np.unique(y[known[y]], return_inverse=True)[1]
    measured = {name: values for name, values in _measurements(subject, rows).items() if np.unique(values).size > 1}
    best: dict[str, tuple[str, Readable]] = {}
    for name, values in measured.items():
        kind = MEASUREMENTS[name]
        least = min_gain_of_picture if kind.picture else min_gain
        if readable(values, y, shuffles=0, seed=subject.seed).gain < least:
            continue
        read = readable(values, y, shuffles=shuffles, seed=subject.seed)
        before = best.get(kind.what)
        if read.p < alpha / len(measured) and (before is None or read.gain > before[1].gain):
            best[kind.what] = (name, read)
    for name, read in best.values():
        yield _finding(MEASUREMENTS[name], name, read, rows.size)


def _measurements(subject: ImagesSubject, rows: np.ndarray) -> dict[str, np.ndarray]:
    width, height = subject.values("width", rows).astype(float), subject.values("height", rows).astype(float)
    return {
        "width": width,
        "height": height,
        "aspect ratio": np.round(width / height, 4),
        "format": subject.values("format", rows),
        "mode": subject.values("mode", rows),
        "camera": subject.values("camera", rows),
        "metadata": np.array([", ".join(subject.pictures[i].metadata) for i in rows]),
        "bytes per pixel": subject.values("bytes", rows) / (width * height),
        "mean grey": subject.values("brightness", rows),
        "contrast": subject.values("contrast", rows),
    }


def _finding(kind: Kind, name: str, read: Readable, images: int) -> Finding:
    low, high = min(float(read.null.min()), read.accuracy), max(float(read.null.max()), read.accuracy)
    room = 0.04 * (high - low) or 0.01
    counts, edges = np.histogram(read.null, bins=30, range=(low - room, min(high + room, 1.0 + room)))
    return Finding(
        title=(
            f"The label can be read from {kind.what} alone: {name} tells the class of {percent(read.accuracy)} of the "
            f"images, where guessing gets {percent(1 / read.classes)}"
        ),
        severity="high" if read.gain > 0.6 and not kind.picture else "medium",
        columns=(name,),
        evidence={
            "balanced_accuracy": read.accuracy,
            "accuracy_by_guessing": 1 / read.classes,
            "largest_by_chance": float(read.null.max()),
            "p_value": read.p,
            "images": float(images),
        },
        detail="Shares are means over the classes, of images that the reading was not learned from. "
        + ("Pictures of different things may differ in it honestly; that so clean is rare." if kind.picture else ""),
        figure=Distribution(
            alt=f"From {name} alone {percent(read.accuracy)} of the labels are read; of {read.null.size:,} shuffles "
            f"none gave more than {percent(float(read.null.max()))}.",
            x=Axis(label="balanced accuracy", unit="share of images, mean over the classes"),
            edges=tuple(float(e) for e in edges),
            counts=tuple(float(c) for c in counts),
            observed=read.accuracy,
            observed_label=f"from {name}",
        ),
        remedy=Remedy(kind.advice, kind.code),
    )
