"""A folder of images under audit: what was measured on each, and what they are for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cutaway.core.figures import Image
from cutaway.core.findings import NotApplicableError
from cutaway.engines.readers.inspection import Picture
from cutaway.engines.readers.pictures import Folder

NEEDS = {
    "readable": "no image of the folder can be read; IMG001 says why",
    "labels": "there are no labels of two classes or more; add --labels folder, or --labels FILE.csv",
    "serving": "nothing says how images are prepared; add --training and --serving (and --resize HEIGHTxWIDTH)",
}
SHOWN = 8  # images in a figure
SIDE = 96  # pixels of each


@dataclass(frozen=True)
class Preparation:
    """How an image becomes a network's input: its name, the call or file it stands for, and the function itself."""

    name: str
    call: str
    of: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class ImagesSubject:
    """What a check of images is asked about. `pictures` stand in the order of `folder.places`.

    `resize`: height and width that training gives every image. `pixels`: reads one again, (h, w, 3) uint8.
    """

    folder: Folder
    pictures: tuple[Picture, ...]
    pixels: Callable[[int], np.ndarray]
    resize: tuple[int, int] | None = None
    training: Preparation | None = None
    serving: Preparation | None = None
    seed: int = 0

    def require(self, need: str) -> None:
        """Raises: NotApplicableError where that is not there."""
        there = {
            "readable": bool(self.readable.size),
            "labels": len(self.classes) > 1,
            "serving": self.training is not None and self.serving is not None,
        }
        if not there[need]:
            raise NotApplicableError(NEEDS[need])

    @cached_property
    def readable(self) -> np.ndarray:
        """Numbers of the pictures that can be read."""
        return np.array([i for i, one in enumerate(self.pictures) if not one.fault], np.int64)

    @cached_property
    def labelled(self) -> np.ndarray:
        """Numbers of those that have a label, too."""
        return np.array([i for i in self.readable if self.pictures[i].label], np.int64)

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The labels of readable images, in order; numbers by size."""
        names = {self.pictures[i].label for i in self.labelled}
        return tuple(sorted(names, key=lambda name: (not name.isdecimal(), int(name) if name.isdecimal() else 0, name)))

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """Parts of the data that readable images belong to, train first; ("",) where nothing says so."""
        order = {"train": 0, "validation": 1, "test": 2, "": 4}
        return tuple(sorted({self.pictures[i].part for i in self.readable}, key=lambda one: (order.get(one, 3), one)))

    def codes(self, rows: np.ndarray) -> np.ndarray:
        """The classes of these pictures, as numbers."""
        code = {name: k for k, name in enumerate(self.classes)}
        return np.array([code[self.pictures[i].label] for i in rows], np.int64)

    def values(self, name: str, rows: np.ndarray | None = None) -> np.ndarray:
        """A measurement of these pictures (of all that can be read by default)."""
        return np.array([getattr(self.pictures[i], name) for i in (self.readable if rows is None else rows)])

    def sheet(self, rows: Sequence[int], alt: str) -> Image | None:
        """Small copies of the first of these pictures side by side, on mid grey; None where none can be read."""
        from cutaway.science.images.hashes import thumbnail

        tiles = []
        for i in list(rows)[:SHOWN]:
            if self.pictures[i].fault:
                continue
            image = self.pixels(i)
            height, width = image.shape[:2]
            factor = SIDE / max(height, width)
            h, w = max(1, round(height * factor)), max(1, round(width * factor))
            square = [_stretched(image[:, :, c], h, w, thumbnail) for c in range(3)]
            tile = np.full((SIDE, SIDE, 3), 128, np.uint8)
            top, left = (SIDE - h) // 2, (SIDE - w) // 2
            tile[top : top + h, left : left + w] = np.clip(np.rint(np.stack(square, 2)), 0, 255)
            tiles.append(np.pad(tile, ((2, 2), (2, 2), (0, 0)), constant_values=255))
        if not tiles:
            return None
        joined = np.concatenate(tiles, axis=1)
        return Image(alt=alt, width=joined.shape[1], height=joined.shape[0], channels=3, pixels=joined.tobytes())


def _stretched(channel: np.ndarray, h: int, w: int, thumbnail: Callable[[np.ndarray, int], np.ndarray]) -> np.ndarray:
    """One channel at h × w: by equal parts on the longer side's grid."""
    side = max(h, w)
    square = thumbnail(channel, side)
    rows = (np.arange(h) * side) // h
    columns = (np.arange(w) * side) // w
    return np.asarray(square[np.ix_(rows, columns)])


def named(names: Sequence[str], most: int = 3) -> str:
    """The first names, and how many more there are.

    >>> named(["a.png", "b.png", "c.png", "d.png", "e.png"])
    'a.png, b.png, c.png and 2 more'
    """
    shown, rest = list(names[:most]), len(names) - most
    if rest > 0:
        return f"{', '.join(shown)} and {rest:,} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))
