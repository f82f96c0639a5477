"""Parts of a mask: connected components, contours, watershed. A pixel belongs to the mask where it is not black."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from cutaway.science.images.step import Step, choice, number, whole


@dataclass(frozen=True)
class Components(Step):
    """Finds connected parts (by their eight neighbours) and keeps those of some size, as a mask or by number.

    With "numbers" the result is float32: 0 for none, then 1, 2, … in the order in which rows meet the parts.
    """

    name: ClassVar = "components"
    group: ClassVar = "regions"
    needs: ClassVar = "grey"
    levels: ClassVar = 0.0
    histogram: ClassVar = "two levels, or one for each part"
    spectrum: ClassVar = "specks below the size go, and their high frequencies"

    smallest: int = whole("Pixels that a part has at least.", 1, 2**31 - 1, 1)
    give: Literal["mask", "numbers"] = choice("What is returned.", "mask")


@dataclass(frozen=True)
class Contours(Step):
    """Leaves the outline of each part: the mask's pixels beside one (of four) that is not in it."""

    name: ClassVar = "contours"
    group: ClassVar = "regions"
    needs: ClassVar = "grey"
    levels: ClassVar = 0.0
    histogram: ClassVar = "two levels are left, and few white pixels"
    spectrum: ClassVar = "flat out to the finest frequencies, as of any thin line"


@dataclass(frozen=True)
class Watershed(Step):
    """Parts objects that touch: floods the distance to the background from its tops, and cuts where floods meet.

    Tops are the connected parts whose distance is at least `top` of the largest in their component. A cut is one pixel
    wide: a pixel goes whose right or lower neighbour belongs to another flood.

    Source: Vincent & Soille 1991; Beucher & Meyer 1993 for the flooding from markers.
    """

    name: ClassVar = "watershed"
    group: ClassVar = "regions"
    needs: ClassVar = "grey"
    levels: ClassVar = 0.0
    share: ClassVar = 0.01
    histogram: ClassVar = "two levels are left; the cuts turn black"
    spectrum: ClassVar = "cuts add high frequencies, little else changes"

    top: float = number("Share of a component's largest distance at which a flood begins.", 0.05, 1, 0.7, unit="")

    def run(self, image: np.ndarray) -> np.ndarray:
        """scikit-image's compiled flood."""
        from cutaway.science.images.printed import skimage_masks

        return skimage_masks.watershed(image, self.top)
