"""What of an input reaches the centre of an output, and how much of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.figures import Axis, Image, Line, Lines

SHARE = 1 - 0.9545
"""A place counts as effective from this share of the largest gradient on, where a Gaussian is two standard deviations
from its middle.
"""


@dataclass(frozen=True, slots=True, eq=False)
class ReceptiveField:
    """The gradient of a layer's centre output, all channels summed, by the input.

    `gradient`: its absolute value (height, width) or (steps,), mean over rows and the input's channels. `centre`: the
    place in the output, `extent`: the smallest window that holds every gradient that is not 0, in input places.
    Source: Luo, Li, Urtasun & Zemel 2016, Understanding the effective receptive field in deep convolutional networks.
    """

    layer: str
    centre: tuple[int, ...]
    gradient: np.ndarray

    @property
    def extent(self) -> tuple[int, ...]:
        """Length of the window along each axis; 0 where nothing arrives."""
        there = self.gradient > 0
        sizes = []
        for axis in range(there.ndim):
            others = tuple(i for i in range(there.ndim) if i != axis)
            places = np.flatnonzero(there.any(axis=others))
            sizes.append(int(places[-1] - places[0] + 1) if places.size else 0)
        return tuple(sizes)

    @property
    def effective(self) -> float:
        """Side of the square (length, in one dimension) that has as many places as reach 4.55 % of the largest."""
        if not self.gradient.any():
            return 0.0
        count = int((self.gradient >= SHARE * self.gradient.max()).sum())
        return float(count ** (1 / self.gradient.ndim))

    @property
    def share(self) -> float:
        """Of the extent that is effective; small where a deep network looks at little of what it could."""
        size = math.prod(self.extent)
        return self.effective**self.gradient.ndim / size if size else math.nan

    @property
    def figure(self) -> Image | Lines:
        """An image of the gradient, its largest white; a curve over the steps in one dimension."""
        size = " × ".join(map(str, self.extent))
        alt = (
            f"The centre of {self.layer} sees {size} places of the input, {self.effective:.3g}"
            f"{' a side' if self.gradient.ndim > 1 else ''} of them with 4.55 % of the largest gradient or more."
        )
        largest = self.gradient.max() if self.gradient.any() else 1.0
        if self.gradient.ndim == 1:
            x = tuple(float(i) for i in range(len(self.gradient)))
            line = Line(name=self.layer, x=x, y=tuple(float(value) for value in self.gradient / largest))
            return Lines(
                alt=alt, x=Axis(label="step"), y=Axis(label="gradient", unit="share of the largest"), lines=(line,)
            )
        grey = np.round(self.gradient / largest * 255).astype(np.uint8)
        height, width = grey.shape
        return Image(alt=alt, width=width, height=height, channels=1, pixels=grey.tobytes())


def place_of(
    names: Sequence[str], shapes: Sequence[tuple[int, ...]], layer: str | None, many: int, channels: int
) -> int:
    """Which call is meant: that of the name, or the last whose output has several places, as the input (`many` axes).

    Raises: InputError where there is none; a layer whose output has no places; an input that is no image or sequence.
    """
    if many not in (3, 4):
        raise InputError(
            f"x: receptive_field expected images (4 axes) or sequences of features (3), got {many} axes; "
            "of tokens, give the rest of the network its embedded steps"
        )
    several = [len(shape) == many and math.prod(shape[1:]) > shape[channels % many] for shape in shapes]
    if layer is None:
        if not any(several):
            raise InputError("model: receptive_field expected a layer whose output has places, found none; name one")
        return max(i for i, there in enumerate(several) if there)
    if layer not in names:
        raise InputError(f"layer: receptive_field expected one of {', '.join(names)}, got {layer!r}")
    found = list(names).index(layer)
    if len(shapes[found]) != many:
        raise InputError(f"layer: receptive_field expected an output with places, got {layer!r} with {shapes[found]}")
    return found


def centre_of(shape: tuple[int, ...], channels: int) -> tuple[tuple[int, ...], tuple[int | slice, ...]]:
    """The middle place of an output of that shape, and the index of all rows and channels there.

    >>> centre_of((8, 5, 7, 3), -1)
    ((2, 3), (slice(None, None, None), 2, 3, slice(None, None, None)))
    """
    whole = {0, channels % len(shape)}
    index = tuple(slice(None) if axis in whole else length // 2 for axis, length in enumerate(shape))
    return tuple(i for i in index if isinstance(i, int)), index


def field_of(name: str, centre: tuple[int, ...], gradient: np.ndarray, channels: int) -> ReceptiveField:
    """From the gradient by the whole batch, with its axis of channels."""
    absolute = np.abs(np.asarray(gradient, dtype=np.float64))
    return ReceptiveField(name, centre, absolute.mean(axis=(0, channels % absolute.ndim)))
