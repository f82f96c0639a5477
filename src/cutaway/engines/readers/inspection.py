"""What is measured on each image of a folder, file by file and several at once."""

from __future__ import annotations

import hashlib
import io
import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cutaway.core.errors import InputError, MissingExtraError
from cutaway.core.progress import Progress, silent
from cutaway.engines.images import FORMATS, MOST_BYTES, decoded, open_image
from cutaway.engines.readers.pictures import Folder, Place
from cutaway.science.images.hashes import thumbnail
from cutaway.science.images.quality import LUMA, blur, exposure, grey_of

LONGEST = 512
"""Blur and exposure are measured at this length of the longer side at most: what a network is usually shown."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One image, measured. Where `fault` says why it cannot be read, what stands after it has no meaning."""

    name: str
    label: str
    part: str
    bytes: int
    fault: str = ""
    digest: str = ""  # of the pixels as they are shown: the same in whatever format they are kept
    format: str = ""  # as the file begins, whatever its name ends in
    mode: str = ""  # as stored: "RGB", "L", "RGBA", "P", "I;16", …
    width: int = 0  # as shown, EXIF's orientation honoured
    height: int = 0
    turned: bool = False  # EXIF says that the stored pixels are to be turned
    metadata: tuple[str, ...] = ()  # names of what is kept beside the pixels
    camera: str = ""
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)  # of red, green and blue, 0 to 255
    black: float = 0.0
    white: float = 0.0
    contrast: float = 0.0
    blur: float = float("nan")
    thumbnail: np.ndarray = field(default_factory=lambda: np.zeros((32, 32), np.float32), repr=False)

    @property
    def brightness(self) -> float:
        """Mean grey, 0 to 255."""
        return float(np.dot(self.mean, LUMA))


def inspect(folder: Folder, progress: Progress = silent, workers: int | None = None) -> tuple[Picture, ...]:
    """Every image of the folder, measured, in the folder's order; one that cannot be read has a `fault`.

    `workers`: threads (by default one a core, 8 at most); no more than four files for each are in memory.

    Raises: MissingExtraError where Pillow is not installed.
    """
    try:
        import PIL  # noqa: F401  # the error for a missing one comes before any thread
    except ModuleNotFoundError as error:
        raise MissingExtraError("reading images", "images") from error
    threads = workers or min(os.cpu_count() or 1, 8)
    out: list[Picture] = []
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(folder.places), 4 * threads):
            out += pool.map(measured, folder.places[start : start + 4 * threads])
            progress("measuring the images", len(out), len(folder.places))
    return tuple(out)


def measured(place: Place) -> Picture:
    """One file, measured."""
    own: dict[str, Any] = {"name": place.name, "label": place.label, "part": place.part, "bytes": 0}
    try:
        own["bytes"] = place.path.stat().st_size
        if own["bytes"] > MOST_BYTES:
            return Picture(**own, fault=f"the file has more than {MOST_BYTES:,} bytes; not read")
        data = place.path.read_bytes()
    except OSError as error:
        return Picture(**own, fault=f"the file cannot be read ({error.strerror})")
    header = _header(data)
    try:
        image = in_colour(decoded(data, ""))
    except InputError as error:
        return Picture(**own, **header, fault=str(error).removeprefix("'': ").partition("; ")[0])
    return Picture(**own, **header, **numbers(image))


def pixels(path: Path) -> np.ndarray:
    """The pixels (h, w, 3) uint8 of an image, as shown.

    Raises: InputError, with the file's name, where it cannot be read.
    """
    return in_colour(open_image(path))


def in_colour(image: np.ndarray) -> np.ndarray:
    """Grey pixels (h, w) as (h, w, 3); those in colour as they are."""
    return np.repeat(image[:, :, None], 3, axis=2) if image.ndim == 2 else image


def _header(data: bytes) -> dict[str, Any]:
    """What the file says of itself, as far as it can be read."""
    from PIL import ExifTags, Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large images and odd metadata; the former are refused when decoded
            with Image.open(io.BytesIO(data), formats=FORMATS) as stored:
                exif = stored.getexif()
                orientation = exif.get(ExifTags.Base.Orientation, 1)
                width, height = stored.size[::-1] if orientation in range(5, 9) else stored.size
                maker = (str(exif.get(tag, "")).strip(" \0") for tag in (ExifTags.Base.Make, ExifTags.Base.Model))
                return {
                    "format": stored.format or "",
                    "mode": stored.mode,
                    "width": width,
                    "height": height,
                    "turned": orientation in range(2, 9),
                    "metadata": tuple(sorted({str(key) for key in stored.info if key not in PLAIN} | _tags(exif))),
                    "camera": " ".join(maker).strip(),
                }
    except Exception:  # decoders raise many kinds for damaged data; `decoded` says what is wrong
        return {}


PLAIN = frozenset(
    (
        "jfif",
        "jfif_version",
        "jfif_unit",
        "jfif_density",
        "dpi",
        "interlace",
        "gamma",
        "progressive",
        "progression",
        "transparency",
        "background",
        "compression",
        "exif",
        "icc_profile",
        "aspect",
    )
)
"""What says how the pixels are kept, and nothing of where they are from."""


def _tags(exif: Any) -> set[str]:
    from PIL import ExifTags

    return {f"EXIF {ExifTags.TAGS.get(tag, tag)}" for tag in exif if tag != ExifTags.Base.Orientation}


def numbers(image: np.ndarray) -> dict[str, Any]:
    """What is measured on the pixels (h, w, 3)."""
    grey = grey_of(image)
    light = exposure(grey)
    height, width = grey.shape
    small = grey
    if (step := max(height, width) // LONGEST) > 1:  # whole steps: a mean over equal blocks
        inside = grey[: height // step * step, : width // step * step]
        small = inside.reshape(height // step, step, width // step, step).mean((1, 3))
    return {
        "digest": hashlib.blake2b(image.tobytes(), digest_size=16, key=f"{height}x{width}".encode()).hexdigest(),
        "mean": tuple(float(c) for c in image.mean((0, 1), dtype=np.float64)),
        "black": light.black,
        "white": light.white,
        "contrast": light.contrast,
        "blur": blur(small),
        "thumbnail": thumbnail(grey),
    }
