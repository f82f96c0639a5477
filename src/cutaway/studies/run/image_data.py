"""Labelled images to try preparations on: clothes, blood cells, faces, or a folder of the reader's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from cutaway.core.errors import InputError, MissingExtraError
from cutaway.science.images import Pipeline

CELL = 32
"""Pixels a side of a blood cell's window."""


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Images uint8, (h, w) or (h, w, 3), with classes y (n,); `groups` (n,) says which belong together."""

    name: str
    title: str
    images: list[np.ndarray]
    y: np.ndarray
    classes: tuple[str, ...]
    side: int
    groups: np.ndarray | None = None

    @property
    def in_colour(self) -> bool:
        """Whether any has three channels."""
        return any(image.ndim == 3 for image in self.images)

    def first(self, n: int) -> Labelled:
        """The first n images, spread over all; all if there are fewer."""
        rows = np.arange(len(self.y)) if n >= len(self.y) else np.linspace(0, len(self.y) - 1, n).astype(int)
        groups = None if self.groups is None else self.groups[rows]
        return Labelled(
            self.name, self.title, [self.images[i] for i in rows], self.y[rows], self.classes, self.side, groups
        )


@cache
def clothes() -> Labelled:
    """The training part of Fashion-MNIST that comes with cutaway."""
    from cutaway.studies.run.fashion import CLASSES, kept

    part = kept().train
    return Labelled(
        "clothes", "Clothes (Fashion-MNIST)", list(part.images), part.y.astype(np.int64), tuple(CLASSES), 28
    )


@cache
def cells() -> Labelled:
    """Red cells, white cells and platelets, by photograph.

    >>> cells().images[0].shape, np.bincount(cells().y).tolist()
    ((32, 32, 3), [240, 240, 240])
    """
    import pyarrow.parquet as pq

    with resources.as_file(resources.files("cutaway") / "data" / "bccd_crops.parquet") as path:
        table = pq.read_table(path).combine_chunks()
    images = [np.frombuffer(one, np.uint8).reshape(CELL, CELL, 3) for one in table["image"].to_pylist()]
    return Labelled(
        "cells",
        "Blood cells (BCCD)",
        images,
        table["kind"].to_numpy().astype(np.int64),
        ("red cell", "white cell", "platelet"),
        CELL,
        table["photograph"].to_numpy().astype(np.int64),
    )


@cache
def faces() -> Labelled:
    """A hundred faces and a hundred other windows of photographs, from scikit-image's own data.

    Raises: MissingExtraError without scikit-image.
    """
    try:
        from skimage.data import lfw_subset
    except ModuleNotFoundError as error:
        raise MissingExtraError("the faces of scikit-image", "images") from error
    images = np.clip(np.rint(np.asarray(lfw_subset()) * 255), 0, 255).astype(np.uint8)
    y = (np.arange(len(images)) >= len(images) // 2).astype(np.int64)
    return Labelled("faces", "Faces (Labeled Faces in the Wild)", list(images), y, ("face", "no face"), 25)


SETS: Mapping[str, Callable[[], Labelled]] = {"clothes": clothes, "cells": cells, "faces": faces}
"""Those that need nothing of the reader's own, by name."""

PIPELINE_TEXTS: Mapping[str, str] = {
    "grey": "grey",
    "equalise": "equalise",
    "CLAHE": "clahe tiles=4",
    "gamma 0.5": "gamma power=0.5",
    "stretch": "stretch",
    "Gaussian blur": "gaussian sigma=1",
    "median": "median",
    "non-local means": "non_local_means strength=0.05",
    "Sobel": "sobel",
    "top-hat": "tophat radius=3",
}
"""Preparations that people choose by habit, as a line of steps."""


def pipelines(*, in_colour: bool) -> dict[str, Pipeline]:
    """Those preparations; grey only of images in colour."""
    return {name: pipeline_of(text) for name, text in PIPELINE_TEXTS.items() if in_colour or name != "grey"}


def pipeline_of(line: str) -> Pipeline:
    """A pipeline written on one line: steps separated by |, each an operation and its parameters as name=value.

    Raises: InputError for a step that cannot be read, with its number.

    >>> pipeline_of("grey | gaussian sigma=1.5")
    Pipeline(steps=(Grey(weights='601'), Gaussian(sigma=1.5)))
    """
    steps = []
    for number, step in enumerate(filter(None, (part.strip() for part in line.split("|"))), 1):
        operation, *settings = step.split()
        rows = [f'operation = "{_name(operation, number)}"']
        for each in settings:
            name, equals, value = each.partition("=")
            if not (equals and name.isidentifier() and value):
                raise InputError(f"pipeline, step {number}: expected name=value after {operation}, got {each!r}")
            rows.append(f"{name} = {_value(value, number)}")
        steps.append("\n".join(["[[step]]", *rows]))
    return Pipeline.of_toml("\n\n".join(steps)) if steps else Pipeline()


def _name(word: str, number: int) -> str:
    if not word.isidentifier():
        raise InputError(f"pipeline, step {number}: expected an operation such as gaussian, got {word!r}")
    return word


def _value(text: str, number: int) -> str:
    """A number or a word as TOML has it."""
    try:
        value = float(text)
    except ValueError:
        if not text.replace("_", "").isalnum():
            raise InputError(f"pipeline, step {number}: expected a number or a word, got {text!r}") from None
        return f'"{text}"'
    if not np.isfinite(value):
        raise InputError(f"pipeline, step {number}: expected a finite number, got {text!r}")
    return str(int(value)) if value == int(value) and abs(value) < 2**31 and "." not in text else repr(value)
