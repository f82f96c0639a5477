"""The shape of bright parts: erosion, dilation, opening, closing, top-hat.

What lies outside the image counts for nothing. Each channel of a colour image is for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from cutaway.science.images.step import Step, choice, whole

RADIUS = "Of the shape."


@dataclass(frozen=True)
class _Shaped(Step):
    """A step that looks at a shape around each pixel."""

    group: ClassVar = "morphology"
    levels: ClassVar = 0.0

    radius: int = whole(RADIUS, 1, 50, 1)
    shape: Literal["square", "cross", "disk"] = choice("Whose lowest or highest level counts.", "square")


@dataclass(frozen=True)
class Erosion(_Shaped):
    """Takes the darkest level in a shape around each pixel: bright parts shrink."""

    name: ClassVar = "erosion"
    histogram: ClassVar = "moves left"
    spectrum: ClassVar = "bright detail finer than the shape goes; edges stay sharp"


@dataclass(frozen=True)
class Dilation(_Shaped):
    """Takes the brightest level in a shape around each pixel: bright parts grow."""

    name: ClassVar = "dilation"
    histogram: ClassVar = "moves right"
    spectrum: ClassVar = "dark detail finer than the shape goes; edges stay sharp"


@dataclass(frozen=True)
class Opening(_Shaped):
    """Erodes, then dilates: bright parts into which the shape does not fit go, the others keep their place.

    Once more changes nothing.
    """

    name: ClassVar = "opening"
    histogram: ClassVar = "its bright side moves left, no level rises"
    spectrum: ClassVar = "bright detail finer than the shape goes, dark detail stays"


@dataclass(frozen=True)
class Closing(_Shaped):
    """Dilates, then erodes: dark parts into which the shape does not fit go (holes, gaps), the others keep their place.

    Once more changes nothing.
    """

    name: ClassVar = "closing"
    histogram: ClassVar = "its dark side moves right, no level falls"
    spectrum: ClassVar = "dark detail finer than the shape goes, bright detail stays"


@dataclass(frozen=True)
class TopHat(_Shaped):
    """Subtracts the opening: only the bright parts into which the shape does not fit are left."""

    name: ClassVar = "tophat"
    histogram: ClassVar = "most pixels move to black; what is left is small and bright"
    spectrum: ClassVar = "frequencies slower than the shape go, uneven light among them"

    radius: int = whole(RADIUS, 1, 50, 5)
