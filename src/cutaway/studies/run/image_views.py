"""What is seen of an image on its way through a pipeline: pixels, windows, and a network's first layer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.images import WAYS, Pipeline, Step, Way
from cutaway.studies.run.image_data import cells, clothes, pipeline_of

FILM = (4, 3)  # a film is shown at a quarter of its size: 160 × 120
MOST_STEPS = 6
MAP_SIDE = 40  # pixels of a map of the first layer, on its longer side


@cache
def films() -> tuple[np.ndarray, ...]:
    """The photographs of blood films that come with cutaway, 120 × 160 × 3 uint8.

    Raises: MissingExtraError without Pillow.
    """
    import io

    import pyarrow.parquet as pq

    from cutaway.core.errors import MissingExtraError

    try:
        from PIL import Image
    except ModuleNotFoundError as error:
        raise MissingExtraError("the photographs of blood films", "images") from error
    with resources.as_file(resources.files("cutaway") / "data" / "bccd_photographs.parquet") as path:
        files = pq.read_table(path)["jpeg"].to_pylist()
    return tuple(np.asarray(Image.open(io.BytesIO(one)).convert("RGB").reduce(3)) for one in files)


def image_of(source: str, number: int) -> np.ndarray:
    """An image to begin with: of "film", "cell" or "garment"; numbers go round."""
    if source == "film":
        return films()[(number - 1) % len(films())]
    data = cells() if source == "cell" else clothes()
    return data.images[(number - 1) * (239 if source == "cell" else 1) % len(data.images)]


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """The steps of a line that can be taken, the images between them, and what was left out, in sentences."""

    steps: tuple[Step, ...]
    lines: tuple[str, ...]
    images: tuple[np.ndarray, ...]
    left_out: tuple[str, ...]


def along(image: np.ndarray, line: str) -> Walk:
    """The image before the first step and after each; a step that cannot be read or applied is left out and named."""
    steps: list[Step] = []
    lines, images, left_out = [], [image], []
    for part in [each.strip() for each in line.split("|") if each.strip()]:
        if len(steps) == MOST_STEPS:
            left_out.append(f"“{part}” is left out: {MOST_STEPS} steps are shown at most.")
            continue
        try:
            pipeline = pipeline_of(part)
            after = pipeline(images[-1])
            if not (min(after.shape[:2]) >= 4 and max(after.shape[:2]) <= 640):
                raise InputError(f"it makes {after.shape[0]} × {after.shape[1]} pixels, and 4 to 640 a side are shown")
        except InputError as error:
            said = " ".join(str(error).split()).removeprefix("pipeline, step 1: ").partition("; ")[0].rstrip(".")
            left_out.append(f"“{part}” is left out: {said}.")
            continue
        steps += pipeline.steps
        lines.append(part)
        images.append(after)
    return Walk(tuple(steps), tuple(lines), tuple(images), tuple(left_out))


def levels(image: np.ndarray) -> np.ndarray:
    """The image as bytes: floats from 0 to 1 by 255, what lies outside cut off."""
    if image.dtype == np.uint8:
        return image
    return np.asarray(np.clip(np.rint(image * 255), 0, 255), np.uint8)


def window(step: Step | None) -> tuple[str, np.ndarray]:
    """Which pixels around a place the step looks at, and what it does with them: a word, and weights (k, k).

    "sum": their sum with these weights. "slopes": weights (2, k, k) of two sums, of which the length counts.
    "median", "least", "most": of those with weight 1. "level": of the pixel alone. "": not a window.
    """
    none = np.ones((1, 1))
    if step is None:
        return "", none
    settings = step.values()
    if step.name == "gaussian" and settings["sigma"] <= 2:
        return "sum", _impulse(step, int(4 * settings["sigma"] + 0.5))
    if step.name == "laplacian":
        return "sum", np.array([[0.0, -1, 0], [-1, 4, -1], [0, -1, 0]])
    if step.name in ("sobel", "scharr"):
        across = np.array([1.0, 2, 1]) / 4 if step.name == "sobel" else np.array([3.0, 10, 3]) / 16
        down = np.array([-1.0, 0, 1])
        return "slopes", np.stack([np.outer(down, across), np.outer(across, down)])
    if step.name in ("median", "erosion", "dilation") and settings["radius"] <= 4:
        side = 2 * settings["radius"] + 1
        shape = np.ones((side, side))
        if settings.get("shape", "square") != "square":
            away = np.abs(np.mgrid[:side, :side] - settings["radius"])
            far = away.sum(0) if settings["shape"] == "cross" else np.hypot(*away)
            shape = ((away.min(0) == 0) if settings["shape"] == "cross" else (far <= settings["radius"])).astype(float)
        return {"median": "median", "erosion": "least", "dilation": "most"}[step.name], shape
    if step.name in ("gamma", "stretch", "equalise", "otsu", "grey", "standardise"):
        return "level", none
    return "", none


def _impulse(step: Step, radius: int) -> np.ndarray:
    """What the step makes of one white pixel: the weights of a sum, turned by half a circle."""
    side = 2 * radius + 1
    image = np.zeros((3 * side, 3 * side), np.float32)
    middle = 3 * side // 2
    image[middle, middle] = 1
    inside = slice(middle - radius, middle + radius + 1)
    return np.asarray(Pipeline((step,))(image)[inside, inside][::-1, ::-1], float)


@cache
def _filters() -> Any:
    return json.loads((resources.files("cutaway") / "data" / "image_filters.json").read_text("utf-8"))


def first_layer(image: np.ndarray, source: str) -> tuple[np.ndarray, np.ndarray]:
    """Filters (8, 3, 3, c) of a network trained on such images as they are, and its maps (8, h, w) uint8 of this one.

    Maps are after ReLU, made smaller by averaging; white is the largest value of each.
    """
    return layer(image, _filters()["clothes" if source == "garment" else "cells"])


def layer(image: np.ndarray, known: Any) -> tuple[np.ndarray, np.ndarray]:
    """The same of known filters: "kernel", "bias", and what their input is scaled by, "mean" and "deviation"."""
    kernel, mean = np.array(known["kernel"], np.float32), np.array(known["mean"], np.float32)
    channels = kernel.shape[3]
    x = levels(image).astype(np.float32) / 255
    x = x[..., None] if x.ndim == 2 else x
    if x.shape[2] != channels:
        x = np.repeat(x, 3, 2) if channels == 3 else (x @ np.array([0.299, 0.587, 0.114], np.float32))[..., None]
    x = (x - mean) / np.array(known["deviation"], np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(0, 1))  # h, w, c, 3, 3
    maps = np.einsum("hwcab,oabc->ohw", windows, kernel) + np.array(known["bias"], np.float32)[:, None, None]
    maps = np.maximum(maps, 0)
    factor = min(1.0, MAP_SIDE / max(maps.shape[1:]))
    height, width = (max(1, round(side * factor)) for side in maps.shape[1:])
    way: Way = WAYS["jax"]
    small = np.stack([way(one, height, width) for one in maps])
    return kernel, np.clip(np.rint(small * (255 / np.maximum(small.max((1, 2), keepdims=True), 1e-6))), 0, 255).astype(
        np.uint8
    )


@cache
def verdicts() -> Any:
    """The stored comparison of preparations (benchmarks/image_benefit.py): by set, its gains."""
    return json.loads((resources.files("cutaway") / "data" / "image_benefit.json").read_text("utf-8"))
