"""What a pixel's numbers mean: grey, other colour spaces, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from cutaway.science.images.step import Step, choice


@dataclass(frozen=True)
class Grey(Step):
    """Makes one channel of three, by the weights of BT.601 (OpenCV, Pillow) or BT.709 (scikit-image).

    0.299 R + 0.587 G + 0.114 B or 0.2125 R + 0.7154 G + 0.0721 B. A grey image stays what it is.

    Source: ITU-R BT.601 and BT.709; `cutaway compare grey`.
    """

    name: ClassVar = "grey"
    group: ClassVar = "colour"
    histogram: ClassVar = "three histograms become one, of their weighted sum"
    spectrum: ClassVar = "the weighted mean of the channels' spectra; edges between colours of one brightness vanish"

    weights: Literal["601", "709"] = choice("Which standard's weights.", "601")


@dataclass(frozen=True)
class Colour(Step):
    """Writes the three channels of another colour space in place of R, G and B, each scaled to black … white.

    hsv: hue over 360°, saturation, value. lab: L* / 100, (a* + 128) / 255, (b* + 128) / 255, of sRGB under D65. ycbcr:
    luma of BT.601 and both differences around the middle, full range, as in JPEG.

    Source: Smith 1978 (HSV); CIE 1976 (L*a*b*); ITU-T T.871 (YCbCr of JPEG).
    """

    name: ClassVar = "colour"
    group: ClassVar = "colour"
    needs: ClassVar = "colour"
    levels: ClassVar = 1.0
    share: ClassVar = 0.01
    histogram: ClassVar = "one channel holds the brightness, the others what colours differ in, mostly narrow"
    spectrum: ClassVar = "detail gathers in the channel of brightness; hue jumps where it passes from 360° to 0°"

    to: Literal["hsv", "lab", "ycbcr"] = choice("The colour space.", "hsv")


@dataclass(frozen=True)
class Rgb(Step):
    """Writes R, G and B in place of the three channels of another colour space: the way back from `colour`.

    Colours that a screen cannot show are cut off at black and white, channel by channel. On 256 levels the way there
    and back is not lossless: each channel was rounded in between.

    Source: as for `colour`; sRGB by IEC 61966-2-1.
    """

    name: ClassVar = "rgb"
    group: ClassVar = "colour"
    needs: ClassVar = "colour"
    levels: ClassVar = 1.0
    share: ClassVar = 0.01
    histogram: ClassVar = "brightness is in all three channels again, so that they look alike"
    spectrum: ClassVar = "detail of the channel of brightness goes to all three"

    of: Literal["hsv", "lab", "ycbcr"] = choice("The colour space that the image is in.", "hsv")
