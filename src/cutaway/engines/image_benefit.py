"""Does preparing the images help? Asked of a folder of the user's."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.progress import Progress, silent
from cutaway.engines.images import open_image
from cutaway.engines.readers.pictures import read_folder
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
    places = [place for place in read.places if place.label]
    if not places:
        raise InputError(f"{os.fspath(folder)!r}: expected images with labels, got none; add --labels")
    if len(places) > most:
        places = [places[i] for i in np.linspace(0, len(places) - 1, most).astype(int)]
    names = sorted({place.label for place in places})
    images, y = [], []
    for at, place in enumerate(places):
        progress("reading the images", at, len(places))
        try:
            images.append(_smaller(open_image(place.path), LARGEST * side))
        except InputError:
            continue
        y.append(names.index(place.label))
    found = benefit(
        images, np.array(y), pipelines, models=models, side=side, folds=folds, repeats=repeats, epochs=epochs,
        seed=seed, progress=progress,
    )  # fmt: skip
    return found, len(read.places) - len(y)


def _smaller(image: np.ndarray, longest: int) -> np.ndarray:
    """The image with that longer side at most."""
    height, width = image.shape[:2]
    factor = longest / max(height, width)
    if factor >= 1:
        return image
    way: Way = WAYS["pillow"]
    made = way(image, max(1, round(height * factor)), max(1, round(width * factor)))
    return np.asarray(np.clip(made, 0, 255), np.uint8)
