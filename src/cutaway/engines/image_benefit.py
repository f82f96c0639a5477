"""Does preparing the images help? Asked of a folder of the user's."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.engines.images import open_image
from cutaway.engines.readers.pictures import Place, read_folder
from cutaway.science.images import WAYS, Benefit, Pipeline, Way, benefit
from cutaway.science.images.benefit import Model

MOST = 3_000
"""Images that are compared on at most; of more, as many spread over all."""
LARGEST = 4
"""An image is kept at no more than so many times the side that the models are given, by averaging."""


def benefit_of_folder(
    folder: str | os.PathLike[str],
    pipelines: Mapping[str, Pipeline],
    *,
    labels: str | os.PathLike[str] | None = None,
    models: Sequence[Model] = ("cnn", "hog"),
    side: int = 32,
    folds: int = 5,
    repeats: int = 2,
    epochs: int = 8,
    most: int = MOST,
    seed: int = 0,
    progress: Progress = silent,
) -> tuple[Benefit, int]:
    """What `cutaway.images.benefit` says of the labelled images of a folder, and how many were left out.

    `labels`: as `read_folder` takes them. Left out are images without a label, those that cannot be read, and those
    beyond `most`. Images far larger than `side` are first made 4 × `side` on their longer side, so that a pipeline
    does to them what it does to images of that size.

    Raises: InputError for a folder, labels or pipelines that cannot be used.
    """
    read = read_folder(folder, labels)
    images, y, _ = labelled_images(read.places, os.fspath(folder), side=side, most=most, progress=progress)
    found = benefit(
        images, y, pipelines, models=models, side=side, folds=folds, repeats=repeats, epochs=epochs,
        seed=seed, progress=progress,
    )  # fmt: skip
    return found, len(read.places) - len(y)


def labelled_images(
    places: Sequence[Place], name: str, *, side: int = 32, most: int = MOST, progress: Progress = silent
) -> tuple[list[np.ndarray], np.ndarray, list[str]]:
    """Images, none larger than four times `side`, with their classes y (n,) and the classes' names.

    Left out are those without a label, those that cannot be read, and those beyond `most`.

    Raises: InputError where no image has a label.
    """
    labelled = [place for place in places if place.label]
    if not labelled:
        raise InputError(f"{name!r}: expected images with labels, got none; add --labels")
    if len(labelled) > most:
        labelled = [labelled[i] for i in np.linspace(0, len(labelled) - 1, most).astype(int)]
    images, labels = [], []
    for at, place in enumerate(labelled):
        progress("reading the images", at, len(labelled))
        try:
            images.append(smaller(open_image(place.path), LARGEST * side))
        except InputError:
            continue
        labels.append(place.label)
    names, y = np.unique(np.array(labels, dtype=object).astype(str), return_inverse=True)
    return images, y, [str(one) for one in names]


def smaller(image: np.ndarray, longest: int) -> np.ndarray:
    """The image with that longer side at most."""
    height, width = image.shape[:2]
    factor = longest / max(height, width)
    if factor >= 1:
        return image
    way: Way = WAYS["pillow"]
    made = way(image, max(1, round(height * factor)), max(1, round(width * factor)))
    return np.asarray(np.clip(made, 0, 255), np.uint8)
