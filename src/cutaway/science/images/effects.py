"""What steps do to an image's histogram and to its spectrum, measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.images.pipeline import Pipeline
from cutaway.science.images.step import checked_image

LEVELS = 256


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """How much of an image's variance lies at which fineness.

    Args:
        frequency: (b,) middle of each ring, in cycles a pixel, up to the 0.5 of the finest pattern.
        power: (b,) share of white squared, added up over the ring; over all rings and `beyond`, the variance.
        beyond: power in the corners, above 0.5 along the diagonal.
    """

    frequency: np.ndarray
    power: np.ndarray
    beyond: float

    @property
    def centroid(self) -> float:
        """Mean frequency, weighted by power, in cycles a pixel; 0 for an image of one level."""
        total = float(self.power.sum())
        return float(self.frequency @ self.power) / total if total > 0 else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """An image on its way through a pipeline.

    Args:
        name: the operation that made it; "image" for the first.
        image: as it is there.
        histogram: (c, 256) the share of each channel's pixels in each level, black … white.
        outside: share of values below black or above white, which a standardised image has, and no histogram shows.
        mean, deviation: in shares of white.
        entropy: bits a pixel of the histogram, mean over the channels; 0 for one level, 8 at most.
        spectrum: of the mean over the channels.
    """

    name: str
    image: np.ndarray
    histogram: np.ndarray
    outside: float
    mean: float
    deviation: float
    entropy: float
    spectrum: Spectrum


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """What `effect` measures: the image before the first step and after each."""

    stages: tuple[Stage, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """For each step, what it did to contrast, entropy and fineness."""
        return tuple(
            f"{after.name}: contrast {before.deviation:.3f} → {after.deviation:.3f}, entropy {before.entropy:.2f} → "
            f"{after.entropy:.2f} bits, mean frequency {before.spectrum.centroid:.3f} → "
            f"{after.spectrum.centroid:.3f} a pixel"
            for before, after in zip(self.stages, self.stages[1:], strict=False)
        )


def effect(image: np.ndarray, pipeline: Pipeline, rings: int = 32) -> Effect:
    """Histogram and spectrum of the image before the pipeline's first step and after each.

    Raises: InputError as `Pipeline` and `spectrum` do.

    >>> from cutaway.science.images import Flip, Gaussian
    >>> noise = np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8)
    >>> for said in effect(noise, Pipeline((Flip(), Gaussian(1.0)))).sentences:
    ...     print(said)
    flip: contrast 0.293 → 0.293, entropy 7.96 → 7.96 bits, mean frequency 0.336 → 0.336 a pixel
    gaussian: contrast 0.293 → 0.085, entropy 7.96 → 6.46 bits, mean frequency 0.336 → 0.154 a pixel
    """
    stages = [_stage("image", image, rings)]
    for step in pipeline.steps:
        image = Pipeline((step,))(image)
        stages.append(_stage(step.name, image, rings))
    return Effect(tuple(stages))


def histogram(image: np.ndarray) -> np.ndarray:
    """The share of pixels (c, 256) in each of 256 levels of each channel; values outside black … white count nowhere.

    >>> histogram(np.array([[0, 255, 255, 255]], np.uint8))[0, [0, 255]].tolist()
    [0.25, 0.75]
    """
    checked_image(image, "histogram")
    channels = image.reshape(-1, 1 if image.ndim == 2 else 3).T
    if image.dtype == np.uint8:
        counted = [np.bincount(one, minlength=LEVELS) for one in channels]
    else:
        inside = [one[(one >= 0) & (one <= 1)] for one in channels]
        counted = [np.bincount(np.rint(one * 255).astype(np.int64), minlength=LEVELS) for one in inside]
    out: np.ndarray = np.stack(counted) / channels.shape[1]
    return out


def spectrum(image: np.ndarray, rings: int = 32) -> Spectrum:
    """Power by fineness: |F|² / n² of the mean over the channels, without the mean level, added up over rings.

    The image is taken to repeat at its borders, so that levels that differ there add energy along the axes.

    Raises: InputError for no image, or fewer than one ring.

    >>> wave = np.sin(2 * np.pi * np.arange(64) / 8).astype(np.float32) * np.ones((64, 1), np.float32)
    >>> found = spectrum(wave, rings=16)
    >>> found.frequency[found.power.argmax()].round(3), found.power.sum().round(3)
    (np.float64(0.141), np.float64(0.5))
    """
    checked_image(image, "spectrum")
    if rings < 1:
        raise InputError(f"spectrum: expected at least one ring, got {rings}")
    levels = image.astype(np.float64) / (255 if image.dtype == np.uint8 else 1)
    levels = levels if image.ndim == 2 else levels.mean(axis=2)
    h, w = levels.shape
    power = np.abs(np.fft.fft2(levels - levels.mean())) ** 2 / levels.size**2
    away = np.hypot(np.fft.fftfreq(h)[:, None], np.fft.fftfreq(w))
    ring = np.minimum((away * 2 * rings).astype(np.int64), rings)  # the last one holds what lies beyond
    ring[away == 0.5] = rings - 1
    total = np.bincount(ring.ravel(), power.ravel(), minlength=rings + 1)
    return Spectrum((np.arange(rings) + 0.5) / (2 * rings), total[:rings], float(total[rings]))


def _stage(name: str, image: np.ndarray, rings: int) -> Stage:
    shares = histogram(image)
    levels = image.astype(np.float64) / (255 if image.dtype == np.uint8 else 1)
    bits = -(shares * np.log2(np.where(shares > 0, shares, 1))).sum(axis=1)
    outside = max(0.0, 1 - float(shares.sum(axis=1).mean()))
    return Stage(
        name,
        image,
        shares,
        outside if image.dtype != np.uint8 else 0.0,
        float(levels.mean()),
        float(levels.std()),
        abs(float(bits.mean())),
        spectrum(image, rings),
    )
