"""What does preparing an image do to it, and does a model become better by it?

Answer: Smoothing takes away the fine part of the spectrum, edges keep nothing else, and what moves levels alone can
spread a histogram but never tell more levels apart. Measured on clothes, blood cells and faces, none of ten habits such
as equalising, blurring or CLAHE makes a small network or a linear model better beyond what other folds and seeds do.

Source: Gonzalez & Woods 2018, Digital Image Processing (operations); Nadeau & Bengio 2003 (intervals). Photographs:
BCCD, shenggan 2017, and Fashion-MNIST, Xiao, Rasul & Vollgraf 2017, MIT licence.

Seconds: 2
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.figures import Axis, Intervals, Line, Lines
from cutaway.core.progress import Progress, silent
from cutaway.science.images import Effect, Pipeline, effect
from cutaway.studies.run import image_views as views
from cutaway.studies.run import own_images as own
from cutaway.studies.run.data import Images
from cutaway.studies.run.image_views import Walk
from cutaway.studies.run.parameter import choice, text, whole
from cutaway.studies.run.result import Result, Table, claim

TITLE = "An image before and after"
GROUP = "data"
USES = "images"
STORED_BYTES = 420_000  # the image before, between and after each step
SOURCES = {"film": "Blood film", "cell": "One blood cell", "garment": "Garment"}
SETS = {"film": "cells", "cell": "cells", "garment": "clothes"}
MODELS = {"cnn": "small network", "hog": "linear model on HOG"}
EMBED = {"pipeline": ("grey | equalise | gaussian sigma=1.5 | sobel", "", "grey | equalise", "median radius=2")}
LEVEL_ONLY = ("gamma", "stretch", "equalise", "otsu")
SMOOTH = ("gaussian", "median")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The image, and what is done to it."""

    source: str = choice("film", "Image", SOURCES)
    image: int = whole(1, "Which one", low=1, high=20)
    pipeline: str = text(
        "grey | equalise | gaussian sigma=1.5 | sobel", "Steps", most=300,
        help="One after the other, with | between them; parameters as name=value.",
    )  # fmt: skip
    images: int = whole(
        600, "Images of your folder", low=50, high=3_000, scale="log",
        help="At most; so many are compared on, spread over the folder.",
    )  # fmt: skip
    divider: int = whole(50, "Divider", low=0, high=100, unit="% of the width", where="browser")
    row: int = whole(60, "Row", low=1, high=640, where="browser", help="Of the pixel that is looked at.")
    column: int = whole(80, "Column", low=1, high=640, where="browser")


def run(params: Parameters, progress: Progress = silent, data: Images | None = None) -> Result:
    """Take the steps, measure histogram and spectrum after each, and say what they do to models: looked up, or measured
    on the reader's images.
    """
    progress("steps", 0, 2)
    image, about = (views.image_of(params.source, params.image), []) if data is None else own.shown(data, params.image)
    walk = views.along(image, params.pipeline)
    seen = effect(walk.images[0], Pipeline(walk.steps))
    progress("first layer", 1, 2)
    (kernel, maps), gains, told, whose = _found(params, walk, data, progress)
    kind, weights = views.window(walk.steps[-1] if walk.steps else None)
    result = Result(
        figures={
            "Levels": _histogram(seen),
            "Fineness": _spectrum(seen),
            **{f"Does it pay for a {words}?": _gains(gains, model) for model, words in MODELS.items()},
        },
        tables={
            "stages": Table(
                {
                    "name": ["image", *walk.lines],
                    "height": [one.shape[0] for one in walk.images],
                    "width": [one.shape[1] for one in walk.images],
                    "channels": [1 if one.ndim == 2 else 3 for one in walk.images],
                    "pixels": [views.levels(one).tobytes() for one in walk.images],
                    "contrast": [one.deviation for one in seen.stages],
                    "entropy": [one.entropy for one in seen.stages],
                    "fineness": [one.spectrum.centroid for one in seen.stages],
                    "coarse": [float(one.spectrum.power[one.spectrum.frequency < 0.125].sum()) for one in seen.stages],
                    "fine": [float(one.spectrum.power[one.spectrum.frequency > 0.25].sum()) for one in seen.stages],
                },
                "one image: the first, and what each step made of it",
            ),
            "window": Table(
                {
                    "sum": [s for s, w in enumerate(_sums(weights)) for _ in w.flat],
                    "weight": [float(v) for w in _sums(weights) for v in w.flat],
                },
                f"a weight of the last step's window, row by row; {kind or 'no window'}",
            ),
            "filters": Table(
                {
                    "filter": [k for k in range(len(kernel)) for _ in range(kernel[0].size)],
                    "weight": [float(v) for v in kernel.ravel()],
                },
                f"a weight of a 3 × 3 filter, by row, column and channel; {whose}",
            ),
            "maps": Table(
                {
                    "height": [one.shape[0] for one in maps],
                    "width": [one.shape[1] for one in maps],
                    "pixels": [one.tobytes() for one in maps],
                },
                "what a filter of the first layer makes of the last image, after ReLU",
            ),
            **({"about": Table({"sentence": [*about, *told]}, "a word on the reader's folder")} if data else {}),
            "gains": Table(
                {
                    name: [one[name] for one in gains["gains"]]
                    for name in ("model", "pipeline", "accuracy", "difference", "low", "high", "p_corrected", "verdict")
                },
                f"a preparation before a model, against the images as they are; {whose}",
            ),
        },
        numbers={
            "steps": float(len(walk.steps)),
            "contrast_before": seen.stages[0].deviation,
            "contrast_after": seen.stages[-1].deviation,
            "entropy_before": seen.stages[0].entropy,
            "entropy_after": seen.stages[-1].entropy,
            "fineness_before": seen.stages[0].spectrum.centroid,
            "fineness_after": seen.stages[-1].spectrum.centroid,
        },
        sentences=(
            *about,
            *told,
            *_told(walk, seen),
            *walk.left_out,
            f"On {_plain(gains['title'])}: {gains['sentence']}",
        ),
    )
    progress("first layer", 2, 2)
    return result


Layer = tuple[np.ndarray, np.ndarray]


def _found(
    params: Parameters, walk: Walk, data: Images | None, progress: Progress
) -> tuple[Layer, dict[str, Any], tuple[str, ...], str]:
    """The first layer, the gains, what is to be said of them, and whose images they are of: "stored" or "yours"."""
    source, told = params.source, tuple[str, ...]()
    if data is not None:
        try:
            if not data.labelled:
                raise InputError("they have no labels; --labels folder takes those of the folders that they lie in")
            layer = views.layer(own.as_given(walk.images[-1]), own.filters(data, params.images, progress))
            gains = own.verdicts(data, Pipeline(walk.steps), params.images, progress)
            return layer, gains, own.labelled(data, params.images).left_out, "yours"
        except InputError as error:
            source = "garment" if walk.images[0].ndim == 2 else "film"
            told = (f"On your images nothing could be measured: {error}.",)
    return views.first_layer(walk.images[-1], source), views.verdicts()["sets"][SETS[source]], told, "stored"


def _plain(title: str) -> str:
    return title[0].lower() + title[1:]


def _sums(weights: np.ndarray) -> np.ndarray:
    return weights if weights.ndim == 3 else weights[None]


def _told(walk: Walk, seen: Effect) -> list[str]:
    """For each step, what it did to contrast, levels and fineness."""
    if not walk.steps:
        first = seen.stages[0]
        return [
            f"No step is taken: the image has a contrast of {100 * first.deviation:.0f} % of white, "
            f"{first.entropy:.1f} bits of levels a pixel and a mean frequency of {first.spectrum.centroid:.3f} a pixel."
        ]
    return [
        f"After {line} contrast goes from {100 * a.deviation:.1f} to {100 * b.deviation:.1f} % of white, levels from "
        f"{a.entropy:.1f} to {b.entropy:.1f} bits a pixel, and the mean frequency from {a.spectrum.centroid:.3f} to "
        f"{b.spectrum.centroid:.3f} a pixel."
        for line, a, b in zip(walk.lines, seen.stages, seen.stages[1:], strict=False)
    ]


def _histogram(seen: Effect) -> Lines:
    first, last = seen.stages[0], seen.stages[-1]
    places = tuple(float(v) for v in np.arange(2, 256, 4))
    shares = [100 * one.histogram.mean(0).reshape(64, 4).sum(1) for one in (first, last)]
    return Lines(
        alt=f"Levels hold {first.entropy:.1f} bits a pixel before and {last.entropy:.1f} after; the mean goes from "
        f"{255 * first.mean:.0f} to {255 * last.mean:.0f}.",
        x=Axis(label="level", unit="0 black, 255 white"),
        y=Axis(label="pixels", unit="% in four levels"),
        lines=(
            Line(name="before", x=places, y=tuple(shares[0].tolist()), role="other"),
            Line(name="after", x=places, y=tuple(shares[1].tolist())),
        ),
    )


def _spectrum(seen: Effect) -> Lines:
    first, last = seen.stages[0].spectrum, seen.stages[-1].spectrum
    places = [tuple(one.frequency.tolist()) for one in (first, last)]
    power = [tuple(np.maximum(one.power, 1e-9).tolist()) for one in (first, last)]
    return Lines(
        alt=f"The mean frequency goes from {first.centroid:.3f} to {last.centroid:.3f} a pixel.",
        x=Axis(label="frequency", unit="waves a pixel"),
        y=Axis(label="power", unit="of white squared", scale="log"),
        lines=(
            Line(name="before", x=places[0], y=power[0], role="other"),
            Line(name="after", x=places[1], y=power[1]),
        ),
    )


def _points(share: float) -> float:
    """Per cent, without what the sum of equal differences leaves in the last digits."""
    return round(100 * share, 9) + 0.0


def _gains(gains: dict[str, object], model: str) -> Intervals:
    rows = sorted(
        (one for one in gains["gains"] if one["model"] == model),  # type: ignore[attr-defined]
        key=lambda one: -one["difference"],
    )
    pays = [one["pipeline"] for one in rows if one["verdict"] == "pays"]
    costs = [one["pipeline"] for one in rows if one["verdict"] == "costs"]
    told = f"{', '.join(pays) or 'Nothing'} pays; {', '.join(costs) or 'nothing'} costs"
    return Intervals(
        alt=f"{told[0].upper()}{told[1:]}, of {len(rows)} preparations before a {MODELS[model]}.",
        axis=Axis(label="accuracy against the images as they are", unit="points"),
        labels=tuple(one["pipeline"] for one in rows),
        centre=tuple(_points(one["difference"]) for one in rows),
        low=tuple(_points(one["low"]) for one in rows),
        high=tuple(_points(one["high"]) for one in rows),
        null=0.0,
        notes=tuple("" if one["verdict"] == "not clear" else one["verdict"] for one in rows),
    )


def _stages(result: Result) -> list[tuple[str, dict[str, tuple[float, float]]]]:
    """Each step's operation, and what the table tells of the image before and after it."""
    stages = result.tables["stages"].columns
    return [
        (
            str(line).split()[0],
            {name: (values[at], values[at + 1]) for name, values in stages.items() if name not in ("name", "pixels")},
        )
        for at, line in enumerate(stages["name"][1:])
    ]


@claim("What moves levels alone never tells more levels apart: entropy does not rise")
def levels_only(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Of gamma, stretch, equalise and Otsu: a map of levels can only join them."""
    rises = [of["entropy"][1] - of["entropy"][0] for name, of in _stages(result) if name in LEVEL_ONLY]
    return (max(rises) <= 1e-9, max(rises)) if rises else (None, 0.0)


@claim("Smoothing lowers the contrast, and takes it from the fine part of the spectrum first")
def smoothing(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """Of Gaussians: what is left above a quarter of a wave a pixel, against what is left below an eighth."""
    shares = []
    for name, of in _stages(result):
        fine, coarse = of["fine"], of["coarse"]
        if name == "gaussian" and min(*of["height"], *of["width"]) >= 24 and fine[0] > 1e-5 and coarse[0] > 1e-5:
            shares.append((fine[1] / fine[0]) / (coarse[1] / coarse[0]))
    return (max(shares) < 1, max(shares)) if shares else (None, 0.0)


@claim("No preparation that was tried pays before both models on all three sets of images")
def nothing_always_pays(params: Parameters, result: Result) -> tuple[bool | None, float]:
    """How often the best one pays, of six times."""
    paid: dict[str, int] = {}
    for found in views.verdicts()["sets"].values():
        for one in found["gains"]:
            paid[one["pipeline"]] = paid.get(one["pipeline"], 0) + (one["verdict"] == "pays")
    most = max(paid.values())
    return most < 2 * len(views.verdicts()["sets"]), float(most)
