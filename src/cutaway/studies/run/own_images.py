"""A folder of the reader's own images: one to look at, a network's first layer, and what preparing them pays."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, NamedTuple, TypeVar

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.science.images import WAYS, Benefit, Pipeline, Way, benefit
from cutaway.science.images.benefit import resized, trained
from cutaway.studies.run.data import Images
from cutaway.studies.run.image_data import pipelines

LONGEST = 192  # pixels of the longer side of an image that is looked at
SIDE = 32  # of what the models are given
FOLDS, REPEATS, EPOCHS = 5, 2, 8
NUMBERED = 20  # images that can be chosen, spread over the folder
PIPELINE = "your pipeline"


def images(
    folder: str | os.PathLike[str], labels: str | os.PathLike[str] | None = None, progress: Progress = silent
) -> Images:
    """The images of a folder, with labels where it has such; `labels` as `read_folder` takes them.

    Raises: InputError for a folder or labels that cannot be used.
    """
    from cutaway.engines.readers.pictures import read_folder

    progress("listing the images", 0, None)
    read = read_folder(folder, labels)
    return Images(read.places, read.name)


def shown(data: Images, number: int) -> tuple[np.ndarray, list[str]]:
    """The image with this number of twenty that are spread over the folder, and what was done to it, in sentences.

    One that cannot be read is passed over for the next.

    Raises: InputError where none can be read.
    """
    from cutaway.engines.image_benefit import smaller
    from cutaway.engines.images import open_image

    count = len(data.places)
    start = int(np.linspace(0, count - 1, min(NUMBERED, count)).round()[(number - 1) % min(NUMBERED, count)])
    told, last = [], None
    for at in range(count):
        place = data.places[(start + at) % count]
        try:
            whole = open_image(place.path)
        except InputError as error:
            last = error
            continue
        if at:
            told.append(f"{at:,} image{'s' if at > 1 else ''} before it could not be read")
        image = smaller(whole, LONGEST)
        if image.shape != whole.shape:
            told.append(f"it is shown, and prepared, at {_size(image)} pixels of {_size(whole)}")
        rest = "; ".join(["", *told])
        return image, [f"This is {place.name}, one of {count:,} images of {data.name}{rest}."]
    raise InputError(f"{data.name}: none of its {count:,} images can be read; the first: {last}")


def _size(image: np.ndarray) -> str:
    return f"{image.shape[0]} × {image.shape[1]}"


class Labelled(NamedTuple):
    """Images with classes y (n,), and what was left out, in sentences."""

    images: list[np.ndarray]
    y: np.ndarray
    left_out: tuple[str, ...]


def labelled(data: Images, most: int, progress: Progress = silent) -> Labelled:
    """At most so many images, spread over the folder, of the classes that have enough for the folds.

    Raises: InputError where fewer than two classes have enough.
    """
    return _once(data, ("labelled", most), lambda: _labelled(data, most, progress))


def _labelled(data: Images, most: int, progress: Progress) -> Labelled:
    from cutaway.engines.image_benefit import labelled_images

    read, y, names = labelled_images(data.places, data.name, side=SIDE, most=most, progress=progress)
    counts = np.bincount(y, minlength=len(names))
    few = [name for name, n in zip(names, counts, strict=True) if n < FOLDS]
    if len(names) - len(few) < 2:
        raise InputError(
            f"{data.name}: expected two classes with {FOLDS} images each, one for each fold, got "
            f"{', '.join(f'{n} of {name}' for name, n in zip(names[:5], counts, strict=False)) or 'none'}"
        )
    kept = counts[y] >= FOLDS
    told = []
    if len(few):
        told.append(f"Left out of the comparison, with fewer than {FOLDS} images: {', '.join(few[:5])}.")
    beside = len(data.places) - int(kept.sum())
    if beside:
        told.append(
            f"{int(kept.sum()):,} of {len(data.places):,} images are compared on; the others have no label, cannot be "
            f"read, or are beyond those asked for."
        )
    images_of = [image for image, one in zip(read, kept, strict=True) if one]
    return Labelled(images_of, np.unique(y[kept], return_inverse=True)[1], tuple(told))


def verdicts(data: Images, steps: Pipeline, most: int, progress: Progress = silent) -> dict[str, Any]:
    """What the steps and ten habits do to two models on these images, as the stored comparison has it.

    The steps are one question; the habits are corrected for each other, and all for both models.

    Raises: InputError where the labels do not allow it, or the steps fail on an image.
    """
    some = labelled(data, most, progress)
    in_colour = any(image.ndim == 3 for image in some.images)
    gains: list[dict[str, Any]] = []
    said = []
    groups = {PIPELINE: {PIPELINE: steps} if steps.steps else {}, "habits": pipelines(in_colour=in_colour)}
    for name, asked in groups.items():
        if not asked:
            continue
        key = ("benefit", name, steps if name == PIPELINE else None, most)
        found = _once(data, key, lambda asked=asked: _compared(some, asked, progress))  # type: ignore[misc]
        gains += [{**asdict(one), "verdict": one.verdict} for one in found.gains]
        lower = f"{found.sentence[0].lower()}{found.sentence[1:]}"
        said.append(lower if name == PIPELINE else f"Of {len(asked)} habits: {lower}")
    return {"title": f"Your images, {data.name}", "gains": gains, "sentence": " ".join(said)}


def _compared(some: Labelled, asked: dict[str, Pipeline], progress: Progress) -> Benefit:
    return benefit(
        some.images, some.y, asked, side=SIDE, folds=FOLDS, repeats=REPEATS, epochs=EPOCHS, progress=progress
    )


def filters(data: Images, most: int, progress: Progress = silent) -> dict[str, Any]:
    """The first layer of a small network trained on the images as they are, as the stored ones have it.

    Raises: InputError where the labels do not allow it.
    """
    some = labelled(data, most, progress)

    def fitted() -> dict[str, Any]:
        progress("training a network on your images", 0, None)
        made = trained(resized(some.images, SIDE), some.y, int(some.y.max()) + 1, EPOCHS, seed=0)
        kernel, bias = made.filters
        return {"kernel": kernel, "bias": bias, "mean": made.mean, "deviation": made.deviation}

    return _once(data, ("filters", most), fitted)


def as_given(image: np.ndarray) -> np.ndarray:
    """The image at the size that the models are given, float32."""
    way: Way = WAYS["jax"]
    levels = image.astype(np.float32) / np.float32(255 if image.dtype == np.uint8 else 1)
    return np.asarray(way(levels, SIDE, SIDE), np.float32)


T = TypeVar("T")


def _once(data: Images, key: tuple[Any, ...], made: Callable[[], T]) -> T:
    """What was made of these images before, or is made now."""
    if key not in data.known:
        data.known[key] = made()
    found: T = data.known[key]
    return found
