"""Where levels change: Sobel, Scharr, Laplacian, Canny."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cutaway.core.errors import InputError
from cutaway.science.images.step import Step, number


@dataclass(frozen=True)
class Sobel(Step):
    """Shows how steep the levels are: √((g_x² + g_y²) / 2) of slopes smoothed by 1 2 1, each channel for itself.

    Source: Sobel & Feldman 1968, scaled so that the steepest possible edge is white, as scikit-image does.
    """

    name: ClassVar = "sobel"
    group: ClassVar = "edges"
    histogram: ClassVar = "most pixels move to black, edges make a long tail to the right"
    spectrum: ClassVar = "the mean goes, middle frequencies gain; the finest go, as each slope spans two pixels"


@dataclass(frozen=True)
class Scharr(Step):
    """Shows how steep the levels are, as sobel does, smoothed by 3 10 3 so that all directions count alike.

    Source: Scharr 2000, Optimale Operatoren in der Digitalen Bildverarbeitung.
    """

    name: ClassVar = "scharr"
    group: ClassVar = "edges"
    histogram: ClassVar = "most pixels move to black, edges make a long tail to the right"
    spectrum: ClassVar = "as sobel, more even over the directions"


@dataclass(frozen=True)
class Laplacian(Step):
    """Shows how much a pixel differs from its four neighbours: |4 x − up − down − left − right|, cut off at white."""

    name: ClassVar = "laplacian"
    group: ClassVar = "edges"
    histogram: ClassVar = "most pixels move to black; noise, which it shows best, sets the width"
    spectrum: ClassVar = (
        "each frequency is multiplied by 4 − 2 cos 2πf_x − 2 cos 2πf_y before the sign goes: high gains"
    )


@dataclass(frozen=True)
class Canny(Step):
    """Draws edges as white lines of one pixel: the ridges of the slope above high, and those above low joined to them.

    The slope is √(g_x² + g_y²) as in sobel, without the ½, of 256 levels. It smooths nothing: put gaussian before it.

    Source: Canny 1986; OpenCV's `Canny` with L2gradient.
    """

    name: ClassVar = "canny"
    group: ClassVar = "edges"
    needs: ClassVar = "grey"
    levels: ClassVar = 0.0
    share: ClassVar = 0.001
    histogram: ClassVar = "two levels are left, black and white"
    spectrum: ClassVar = "flat out to the finest frequencies, as of any thin line"

    low: float = number("Slope of an edge that continues another.", 0, 1.4, 0.1)
    high: float = number("Slope that begins an edge.", 0, 1.4, 0.2)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.low > self.high:
            raise InputError(f"canny: expected low ≤ high, got {self.low:g} and {self.high:g}")
