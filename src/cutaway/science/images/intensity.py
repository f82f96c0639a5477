"""How levels are spread: gamma, contrast stretch, histogram equalisation, CLAHE, standardisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cutaway.core.errors import InputError
from cutaway.science.images.step import Step, number, numbers, whole


@dataclass(frozen=True)
class Gamma(Step):
    """Raises each level, as a share of white, to a power: below 1 the dark parts open up, above 1 they close."""

    name: ClassVar = "gamma"
    group: ClassVar = "intensity"
    levels: ClassVar = 0.0
    histogram: ClassVar = "moves right and spreads in the dark for a power below 1, left for one above; ends stay"
    spectrum: ClassVar = "detail in the dark parts gains energy for a power below 1, in the bright parts for one above"

    power: float = number("The exponent.", 0.01, 100, unit="")


@dataclass(frozen=True)
class Stretch(Step):
    """Spreads the levels between two percentiles over black … white; what lies outside is cut off.

    Percentiles are of all channels together, between two levels by the share of the way. An image of one level stays
    as it is.
    """

    name: ClassVar = "stretch"
    group: ClassVar = "intensity"
    histogram: ClassVar = "keeps its shape, spread to both ends, with gaps for whole levels and a peak at each end"
    spectrum: ClassVar = "all frequencies gain by the same factor, but where levels are cut off"

    low: float = number("This percentile becomes black.", 0, 100, 2.0, unit="percent")
    high: float = number("This percentile becomes white.", 0, 100, 98.0, unit="percent")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.low >= self.high:
            raise InputError(f"stretch: expected low < high, got {self.low:g} and {self.high:g}")


@dataclass(frozen=True)
class Equalise(Step):
    """Gives each level the share of pixels at or below it, so that all levels become about equally common.

    (C(v) − C_min) / (n − C_min) with 256 levels. Of a colour image the brightest channel V of each pixel is changed so,
    and the others in proportion: hue and saturation stay.

    Source: OpenCV's `equalizeHist`; Gonzalez & Woods 2018, section 3.3.
    """

    name: ClassVar = "equalise"
    group: ClassVar = "intensity"
    histogram: ClassVar = "becomes as flat as whole levels allow: common levels move apart, rare ones together"
    spectrum: ClassVar = "noise in even parts gains most, since their levels are common; the gain differs by image"


@dataclass(frozen=True)
class Clahe(Step):
    """Equalises the histogram of each tile with a limit on its peaks, and blends neighbouring tiles.

    The histogram of a tile is cut at `limit` times its mean height and what is cut off is spread over all levels, so
    that noise in even parts is not blown up. Colour as in equalise.

    Source: Zuiderveld 1994, Graphics Gems IV; OpenCV's `createCLAHE`.
    """

    name: ClassVar = "clahe"
    group: ClassVar = "intensity"
    histogram: ClassVar = "spreads within each part of the image; flat only where the limit lets it be"
    spectrum: ClassVar = "low frequencies (uneven light) lose, those finer than a tile gain, at most by the limit"

    limit: float = number("Highest bar, over the mean bar of a tile.", 1, 256, 2.0, unit="times")
    tiles: int = whole("Tiles along each side.", 1, 64, 8, unit="tiles")


@dataclass(frozen=True)
class Standardise(Step):
    """Subtracts a mean and divides by a standard deviation: by default the image's own, else those given a channel.

    The result is float32 and no longer between 0 and 1. An image of one level becomes 0. A grey image uses the first
    of the three numbers.
    """

    name: ClassVar = "standardise"
    group: ClassVar = "intensity"
    histogram: ClassVar = "keeps its shape; moved to mean 0 and scaled to standard deviation 1"
    spectrum: ClassVar = "all frequencies scaled alike; the one at 0 (the mean) goes"

    mean: tuple[float, float, float] | None = numbers("Mean of each channel, as shares of white.", 0, 1)
    deviation: tuple[float, float, float] | None = numbers("Standard deviation of each channel.", 1e-6, 1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.mean is None) != (self.deviation is None):
            raise InputError("standardise: expected mean and deviation together, or neither for the image's own")
