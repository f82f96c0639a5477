"""The shape of bright parts: erosion, dilation, opening, closing, top-hat.

What lies outside the image counts for nothing. Each channel of a colour image is for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from cutaway.science.images.step import Step, choice, whole

RADIUS, SHAPE = "Of the shape.", "Whose lowest or highest level counts."


@dataclass(frozen=True)
class Erosion(Step):
    """Takes the darkest level in a shape around each pixel: bright parts shrink."""

    name: ClassVar = "erosion"
    group: ClassVar = "morphology"
    levels: ClassVar = 0.0
    histogram: ClassVar = "moves left"
    spectrum: ClassVar = "bright detail finer than the shape goes; edges stay sharp"

    radius: int = whole(RADIUS, 1, 50, 1)
    shape: Literal["square", "cross", "disk"] = choice(SHAPE, "square")


@dataclass(frozen=True)
class Dilation(Step):
    """Takes the brightest level in a shape around each pixel: bright parts grow."""

    name: ClassVar = "dilation"
    group: ClassVar = "morphology"
    levels: ClassVar = 0.0
    histogram: ClassVar = "moves right"
    spectrum: ClassVar = "dark detail finer than the shape goes; edges stay sharp"

    radius: int = whole(RADIUS, 1, 50, 1)
    shape: Literal["square", "cross", "disk"] = choice(SHAPE, "square")


@dataclass(frozen=True)
class Opening(Step):
    """Erodes, then dilates: bright parts into which the shape does not fit go, the others keep their place.

    Once more changes nothing.
    """

    name: ClassVar = "opening"
    group: ClassVar = "morphology"
    levels: ClassVar = 0.0
    histogram: ClassVar = "its bright side moves left, no level rises"
    spectrum: ClassVar = "bright detail finer than the shape goes, dark detail stays"

    radius: int = whole(RADIUS, 1, 50, 1)
    shape: Literal["square", "cross", "disk"] = choice(SHAPE, "square")


@dataclass(frozen=True)
class Closing(Step):
    """Dilates, then erodes: dark parts into which the shape does not fit go (holes, gaps), the others keep their place.

    Once more changes nothing.
    """

    name: ClassVar = "closing"
    group: ClassVar = "morphology"
    levels: ClassVar = 0.0
    histogram: ClassVar = "its dark side moves right, no level falls"
    spectrum: ClassVar = "dark detail finer than the shape goes, bright detail stays"

    radius: int = whole(RADIUS, 1, 50, 1)
    shape: Literal["square", "cross", "disk"] = choice(SHAPE, "square")


@dataclass(frozen=True)
class TopHat(Step):
    """Subtracts the opening: only the bright parts into which the shape does not fit are left."""

    name: ClassVar = "tophat"
    group: ClassVar = "morphology"
    levels: ClassVar = 0.0
    histogram: ClassVar = "most pixels move to black; what is left is small and bright"
    spectrum: ClassVar = "frequencies slower than the shape go, uneven light among them"

    radius: int = whole(RADIUS, 1, 50, 5)
    shape: Literal["square", "cross", "disk"] = choice(SHAPE, "square")
