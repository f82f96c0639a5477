"""Black or white: Otsu's, an adaptive and a hysteresis threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cutaway.core.errors import InputError
from cutaway.science.images.step import Step, number, whole


@dataclass(frozen=True)
class Otsu(Step):
    """Makes white what lies above the level that parts the histogram best (largest variance between the two sides).

    An image of one level becomes black. Float images are rounded to 256 levels first.

    Source: Otsu 1979.
    """

    name: ClassVar = "otsu"
    group: ClassVar = "thresholds"
    needs: ClassVar = "grey"
    levels: ClassVar = 0.0
    histogram: ClassVar = "two levels are left, with the pixels of either side of the best cut"
    spectrum: ClassVar = "straight edges add high frequencies; slow shading goes, where the cut does not fall into it"


@dataclass(frozen=True)
class Adaptive(Step):
    """Makes white what lies above the mean of the square around it, less an offset.

    Float images are rounded to 256 levels first.
    """

    name: ClassVar = "adaptive"
    group: ClassVar = "thresholds"
    needs: ClassVar = "grey"
    levels: ClassVar = 0.0
    share: ClassVar = 0.001
    histogram: ClassVar = "two levels are left, about half of the pixels each where the offset is 0"
    spectrum: ClassVar = "frequencies slower than the square go (uneven light); noise in even parts becomes strong"

    radius: int = whole("Half the side of the square.", 1, 200, 10)
    offset: float = number("How far below the mean is still white.", -1, 1, 0.02)


@dataclass(frozen=True)
class Hysteresis(Step):
    """Makes white what lies above low and is joined, by its four neighbours, to something above high."""

    name: ClassVar = "hysteresis"
    group: ClassVar = "thresholds"
    needs: ClassVar = "grey"
    levels: ClassVar = 0.0
    histogram: ClassVar = "two levels are left; weak pixels count only beside strong ones"
    spectrum: ClassVar = "straight edges add high frequencies; lone specks, and theirs, go"

    low: float = number("Level that continues a white part.", 0, 1)
    high: float = number("Level that begins one.", 0, 1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.low > self.high:
            raise InputError(f"hysteresis: expected low ≤ high, got {self.low:g} and {self.high:g}")
