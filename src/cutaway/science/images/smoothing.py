"""Noise away: Gaussian, median, bilateral, non-local means; and filters of frequencies.

At the border the edge's pixels continue outwards, in every operation, for every library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from cutaway.science.images.step import Step, choice, number, whole


@dataclass(frozen=True)
class Gaussian(Step):
    """Takes the mean of a pixel's surroundings, weighted by a Gaussian that ends at four standard deviations."""

    name: ClassVar = "gaussian"
    group: ClassVar = "smoothing"
    histogram: ClassVar = "narrows: extremes move towards the level around them"
    spectrum: ClassVar = "each frequency f is multiplied by exp(−2 (π σ f)²): half is left at f = 0.187 / σ"

    sigma: float = number("Standard deviation.", 0.1, 50, unit="pixels")


@dataclass(frozen=True)
class Median(Step):
    """Takes the median of the square of 2 radius + 1 pixels around each: single outliers go, edges stay.

    Of a float image with a radius above 2, levels are rounded to 256 first.
    """

    name: ClassVar = "median"
    group: ClassVar = "smoothing"
    histogram: ClassVar = "loses its lonely extremes (salt and pepper); the rest hardly moves"
    spectrum: ClassVar = "no fixed factor, since it is not linear: fine texture goes, edges keep their high frequencies"

    radius: int = whole("Half the side of the square.", 1, 50, 1)


@dataclass(frozen=True)
class Bilateral(Step):
    """Averages neighbours that are near in place and in level, so that it smooths within edges and not across.

    Weights exp(−d² / 2 σ_space² − c² / 2 σ_level²) in a disk of the radius; c adds up the channels' differences.

    Source: Tomasi & Manduchi 1998; OpenCV's `bilateralFilter`.
    """

    name: ClassVar = "bilateral"
    group: ClassVar = "smoothing"
    share: ClassVar = 0.01
    histogram: ClassVar = "peaks sharpen: each region draws together around its own level"
    spectrum: ClassVar = "the faint high frequencies of noise go, the strong ones of edges stay"

    radius: int = whole("Of the disk.", 1, 20, 4)
    level: float = number("Standard deviation in level.", 0.001, 4, 0.1)
    space: float = number("Standard deviation in place.", 0.1, 50, 2.0, unit="pixels")


@dataclass(frozen=True)
class NonLocalMeans(Step):
    """Averages pixels whose surroundings look alike, wherever they are in the search window.

    Weights exp(−d² / strength²), where d² is the mean squared difference of the two patches, over all channels.

    Source: Buades, Coll & Morel 2005, equation 2, with a flat patch.
    """

    name: ClassVar = "non_local_means"
    group: ClassVar = "smoothing"
    share: ClassVar = 0.001
    histogram: ClassVar = "peaks sharpen, as with bilateral, but repeated texture keeps its levels"
    spectrum: ClassVar = "noise goes at every frequency, and texture that repeats keeps its peaks"

    strength: float = number("Difference of patches that still counts; about the noise's deviation.", 0.001, 2, 0.1)
    patch: int = whole("Half the side of a patch.", 1, 5, 2)
    search: int = whole("Half the side of the search window.", 1, 15, 5)

    def run(self, image: np.ndarray) -> np.ndarray:
        """A compiled loop: a patch's size costs nothing, and no array is made for each of the shifts."""
        from cutaway.science.images.alike import mean_of_alike

        white = 255 if image.dtype == np.uint8 else 1
        frame = [(self.patch + self.search,) * 2] * 2 + [(0, 0)]
        shares = (image.astype(np.float32) / np.float32(white)).reshape(*image.shape[:2], -1)
        out: np.ndarray = mean_of_alike(np.pad(shares, frame, mode="edge"), self.patch, self.search, self.strength)
        out = out.reshape(image.shape)
        return np.rint(out * 255).astype(np.uint8) if image.dtype == np.uint8 else out


@dataclass(frozen=True)
class Fourier(Step):
    """Keeps the frequencies below (or above) a cutoff, by a Butterworth filter on the Fourier transform.

    1 / (1 + (f / cutoff)^(2 order)), and 1 minus it for high; the image is taken to repeat at its borders. What high
    leaves is drawn around the middle grey.

    Source: Butterworth 1930; scikit-image's `butterworth` with its squared response.
    """

    name: ClassVar = "fourier"
    group: ClassVar = "frequency"
    histogram: ClassVar = "narrows for low; for high it becomes one peak around the middle grey"
    spectrum: ClassVar = "is multiplied by the squared filter: a half of each amplitude is left at the cutoff"

    cutoff: float = number("Where half of an amplitude is left; 0.5 is the finest pattern.", 0.001, 0.5, unit="a pixel")
    keep: Literal["low", "high"] = choice("Which frequencies stay.", "low")
    order: int = whole("Steepness.", 1, 10, 2, unit="")

    def run(self, image: np.ndarray) -> np.ndarray:
        """SciPy's transform of real numbers, in float32: OpenCV's is slow where a side is a large prime."""
        from scipy import fft

        h, w = image.shape[:2]
        f2 = fft.fftfreq(h)[:, None] ** 2 + fft.rfftfreq(w) ** 2
        passed = 1 / (1 + (f2 / self.cutoff**2) ** self.order)
        passed = (passed if self.keep == "low" else 1 - passed).astype(np.float32)
        channels = np.ascontiguousarray(np.moveaxis(image, -1, 0) if image.ndim == 3 else image, np.float32)
        out: np.ndarray = fft.irfft2(fft.rfft2(channels) * passed, (h, w))
        out = np.moveaxis(out, 0, -1) if image.ndim == 3 else out
        middle = 0.0 if self.keep == "low" else 128.0
        if image.dtype == np.uint8:
            return np.clip(np.rint(out + middle), 0, 255).astype(np.uint8)
        return out + np.float32(middle / 255)
