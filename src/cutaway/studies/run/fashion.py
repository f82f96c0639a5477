"""Fashion-MNIST: photographs of clothes from an online shop, 28 × 28 pixels, in ten classes of equal size.

All 70,000 are read where Debian's package dataset-fashion-mnist is installed; else the 10,000 that come with cutaway.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np

from cutaway.core.errors import InputError

CLASSES = ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "trainer", "bag", "ankle boot")
"""What a label 0 … 9 stands for."""

SYSTEM = Path("/usr/share/datasets/fashion-mnist")
"""Where Debian's package puts the files."""

VARIABLE = "CUTAWAY_FASHION_MNIST"
"""The environment variable that names another folder with the four files, or "kept" for the subset in the package."""

SIDE = 28


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Images (n, 28, 28) uint8, 0 black (the background) to 255 white, and their labels (n,) uint8."""

    images: np.ndarray
    y: np.ndarray

    def __len__(self) -> int:
        return len(self.y)

    @property
    def x(self) -> np.ndarray:
        """The images as a network takes them: (n, 28, 28, 1) float32 from 0 to 1."""
        return self.images[..., None] * np.float32(1 / 255)

    def of(self, classes: Sequence[int]) -> Part:
        """The images of these classes only, in their order here, labelled 0, 1, … in the order given."""
        if not classes or len(set(classes)) != len(classes) or not set(classes) <= set(range(len(CLASSES))):
            raise InputError(f"classes: of expected different numbers from 0 to 9, got {tuple(classes)}")
        new = np.full(len(CLASSES), 255, np.uint8)
        new[list(classes)] = np.arange(len(classes))
        labels = new[self.y]
        kept = labels != 255
        return Part(self.images[kept], labels[kept])

    def first(self, n: int) -> Part:
        """The first n images; all of them if there are fewer."""
        return Part(self.images[:n], self.y[:n])


@dataclass(frozen=True, slots=True, eq=False)
class Fashion:
    """The images to train with and those to test with, as their authors divided them. `source` says which they are."""

    train: Part
    test: Part
    source: str

    @property
    def complete(self) -> bool:
        """Whether all 70,000 are here."""
        return len(self.train) + len(self.test) == 70_000


def fashion(folder: str | Path | None = None) -> Fashion:
    """Fashion-MNIST: from `folder`, else from where the environment variable says, else Debian's, else the subset.

    Raises:
        InputError: a folder was named and lacks one of the four files, or a file is damaged.

    Source:
        H. Xiao, K. Rasul, R. Vollgraf (2017). Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning
        Algorithms. arXiv:1708.07747.

    >>> clothes = fashion("kept")
    >>> clothes.train.x.shape, clothes.test.x.shape
    ((8000, 28, 28, 1), (2000, 28, 28, 1))
    """
    named = str(folder or os.environ.get(VARIABLE) or "")
    if named == "kept":
        return kept()
    if named:
        return whole(Path(named))
    return whole(SYSTEM) if (SYSTEM / "train-images-idx3-ubyte.gz").exists() else kept()


@cache
def whole(folder: Path) -> Fashion:
    """All images, from the four files that their authors published."""
    parts = []
    for name in ("train", "t10k"):
        images = _idx(folder / f"{name}-images-idx3-ubyte.gz", (SIDE, SIDE))
        y = _idx(folder / f"{name}-labels-idx1-ubyte.gz", ())
        if len(images) != len(y) or (y.size and y.max() >= len(CLASSES)):
            raise InputError(f"{folder}: expected a label from 0 to 9 for each image, got {len(images)} and {len(y)}")
        parts.append(Part(images, y))
    n = sum(len(part) for part in parts)
    return Fashion(parts[0], parts[1], f"Fashion-MNIST, {'all ' if n == 70_000 else ''}{n:,} images")


@cache
def kept() -> Fashion:
    """The 10,000 images that come with cutaway: 800 of each class from the training part, 200 from the test part."""
    import pyarrow.parquet as pq

    with resources.as_file(resources.files("cutaway") / "data" / "fashion_mnist.parquet") as path:
        table = pq.read_table(path).combine_chunks()
    pixels = table["image"].combine_chunks().buffers()[1]
    images = np.frombuffer(pixels, np.uint8, count=table.num_rows * SIDE * SIDE).reshape(-1, SIDE, SIDE)
    y = table["label"].to_numpy()
    test = np.asarray(table["part"].to_pylist()) == "test"
    train, held_out = (Part(images[which], y[which]) for which in (~test, test))
    return Fashion(train, held_out, f"Fashion-MNIST, {len(y):,} of its 70,000 images")


def _idx(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """The array of unsigned bytes (n, *shape) in a gzipped file of the format idx."""
    try:
        data = gzip.decompress(path.read_bytes())
    except FileNotFoundError:
        raise InputError(
            f"{path}: expected one of the four files of Fashion-MNIST, got none; "
            f"install dataset-fashion-mnist, or unset {VARIABLE} to use the images that come with cutaway"
        ) from None
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: expected a gzipped idx file, got one that cannot be read ({error})") from None
    axes = 1 + len(shape)
    head = np.frombuffer(data, ">u4", count=1 + axes) if len(data) >= 4 + 4 * axes else np.zeros(1 + axes, ">u4")
    expected = (0x0800 + axes, *shape)
    found = (int(head[0]), *(int(length) for length in head[2:]))
    n = int(head[1])
    size = n * int(np.prod(shape, dtype=int))
    if found != expected or len(data) != 4 + 4 * axes + size:
        raise InputError(
            f"{path}: expected unsigned bytes of shape (n, {', '.join(map(str, shape))}) in the format idx, got a head "
            f"of {head.tolist()} and {len(data):,} bytes; get the file again"
        )
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(n, *shape)
