"""Where pixels go: resize, crop, rotate, flip, pad."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.images.step import Step, choice, number, whole

LARGEST = 16_384  # pixels a side that a step may make
MOST = 100_000_000  # pixels of the whole


@dataclass(frozen=True)
class Resize(Step):
    """Resizes to `height` × `width`, whatever the shape was.

    "triangle" and "cubic" look at every pixel when the image shrinks, as Pillow and PyTorch's antialias do; "area"
    takes the mean over the cell; "linear" takes two pixels a side and "nearest" one, both at (i + ½) s − ½, and
    neither sees what lies between: fine patterns turn into others (aliasing).

    Source: Parmar, Zhang & Zhu 2022, On aliased resizing; `cutaway compare resize_bilinear`.
    """

    name: ClassVar = "resize"
    group: ClassVar = "geometry"
    share: ClassVar = 0.005  # Pillow rounds to levels between rows and columns
    histogram: ClassVar = (
        "narrows when the image shrinks, since levels are averaged; unchanged but for noise by nearest"
    )
    spectrum: ClassVar = (
        "shrinking cuts off the frequencies that no longer fit; nearest and linear fold them down instead (aliasing)"
    )

    height: int = whole("Rows of the result.", 1, LARGEST)
    width: int = whole("Columns of the result.", 1, LARGEST)
    method: Literal["triangle", "linear", "area", "cubic", "nearest"] = choice("Which pixels are averaged.", "triangle")

    def __post_init__(self) -> None:
        super().__post_init__()
        _refuse_large("resize", self.height, self.width)

    def run(self, image: np.ndarray) -> np.ndarray:
        """Pillow where every pixel counts, OpenCV else."""
        if self.method not in ("triangle", "cubic") or image.shape[:2] == (self.height, self.width):
            return super().run(image)
        from PIL import Image

        how = Image.Resampling.BILINEAR if self.method == "triangle" else Image.Resampling.BICUBIC
        size = (self.width, self.height)
        if image.dtype == np.uint8 or image.ndim == 2:
            return np.asarray(Image.fromarray(image).resize(size, how))
        channels = [Image.fromarray(np.ascontiguousarray(one)) for one in np.moveaxis(image, 2, 0)]
        return np.stack([np.asarray(one.resize(size, how)) for one in channels], axis=2)


@dataclass(frozen=True)
class Crop(Step):
    """Cuts `height` × `width` out of the middle, or from `top` and `left`."""

    name: ClassVar = "crop"
    group: ClassVar = "geometry"
    levels: ClassVar = 0.0
    histogram: ClassVar = "becomes that of the part that is kept"
    spectrum: ClassVar = "the same frequencies, told apart less finely; the new border adds energy along the axes"

    height: int = whole("Rows that are kept.", 1, LARGEST)
    width: int = whole("Columns that are kept.", 1, LARGEST)
    top: int | None = whole("First row; the middle part by default.", 0, LARGEST, None)
    left: int | None = whole("First column; the middle part by default.", 0, LARGEST, None)

    def check(self, image: np.ndarray) -> None:
        """The part must lie inside the image."""
        h, w = (self.top or 0) + self.height, (self.left or 0) + self.width
        if h > image.shape[0] or w > image.shape[1]:
            raise InputError(
                f"crop: expected an image of at least {h} × {w} pixels, got {image.shape[0]} × {image.shape[1]}; put "
                "pad or resize before it"
            )


@dataclass(frozen=True)
class Rotate(Step):
    """Turns the image counter-clockwise about its middle.

    Multiples of 90° move pixels and change none (90° swaps height and width). Any other angle keeps the size, takes
    the mean of four neighbours weighted by distance, and fills what came from outside.
    """

    name: ClassVar = "rotate"
    group: ClassVar = "geometry"
    histogram: ClassVar = "unchanged by multiples of 90°; else gains a peak at the fill, and is smoothed"
    spectrum: ClassVar = "turns by the same angle; averaging neighbours dims the highest frequencies"

    degrees: float = number("Angle, counter-clockwise.", -360, 360, unit="degrees")
    fill: float = number("What comes from outside.", 0, 1, 0.0)


@dataclass(frozen=True)
class Flip(Step):
    """Mirrors the image left to right (horizontal) or top to bottom (vertical)."""

    name: ClassVar = "flip"
    group: ClassVar = "geometry"
    levels: ClassVar = 0.0
    histogram: ClassVar = "unchanged"
    spectrum: ClassVar = "is mirrored in the same direction; the power at each distance from the middle is unchanged"

    direction: Literal["horizontal", "vertical"] = choice("Along which axis.", "horizontal")


@dataclass(frozen=True)
class Pad(Step):
    """Adds rows and columns around the image: of one level, of the edge's pixels, or of the image mirrored."""

    name: ClassVar = "pad"
    group: ClassVar = "geometry"
    levels: ClassVar = 0.0
    histogram: ClassVar = "gains a peak at the fill, or more of the levels near the edge"
    spectrum: ClassVar = "a filled frame adds a cross of energy along the axes; a mirrored one adds least"

    top: int = whole("Rows above.", 0, LARGEST, 0)
    bottom: int = whole("Rows below.", 0, LARGEST, 0)
    left: int = whole("Columns to the left.", 0, LARGEST, 0)
    right: int = whole("Columns to the right.", 0, LARGEST, 0)
    mode: Literal["constant", "edge", "mirror"] = choice("What is added.", "constant")
    fill: float = number("The level of constant.", 0, 1, 0.0)

    def check(self, image: np.ndarray) -> None:
        """A mirror shows no more than there is, and the whole must not be too large."""
        h, w = image.shape[:2]
        _refuse_large("pad", h + self.top + self.bottom, w + self.left + self.right)
        sides: Any = ((self.top, self.bottom, image.shape[0]), (self.left, self.right, image.shape[1]))
        if self.mode == "mirror" and any(max(one, other) >= n for one, other, n in sides if one or other):
            raise InputError(
                f"pad: expected a frame narrower than the image's {image.shape[0]} × {image.shape[1]} pixels to mirror "
                "it; choose mode edge"
            )


def _refuse_large(where: str, height: int, width: int) -> None:
    if height * width > MOST:
        raise InputError(f"{where}: expected a result of at most {MOST:,} pixels, got {height:,} × {width:,}")
