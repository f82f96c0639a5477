"""What is measured on each image of a folder, file by file and several at once."""

from __future__ import annotations

import hashlib
import os
import struct
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cutaway.core.errors import InputError, MissingExtraError
from cutaway.core.progress import Progress, silent
from cutaway.engines.readers.pictures import Folder, Place
from cutaway.engines.readers.wording import shown
from cutaway.science.images.hashes import thumbnail
from cutaway.science.images.quality import LUMA, blur, exposure, grey_of

LONGEST = 512
"""Blur and exposure are measured at this length of the longer side at most: what a network is usually shown."""
MOST_PIXELS = 100_000_000
"""An image that says it has more is not decoded: 300 MB of pixels, of a few kB that may be crafted."""


DAMAGES = (
    *(OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, EOFError, OverflowError, MemoryError),
    *(ArithmeticError, AttributeError, struct.error, zlib.error),
)
"""What Pillow raises on damaged files of one format or another."""


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
    _pillow()  # its error comes before any thread
    threads = workers or min(os.cpu_count() or 1, 8)
    out: list[Picture] = []
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(folder.places), 4 * threads):
            out += pool.map(measured, folder.places[start : start + 4 * threads])
            progress("measuring the images", len(out), len(folder.places))
    return tuple(out)


def measured(place: Place) -> Picture:
    """One file, measured."""
    own: dict[str, Any] = {"name": place.name, "label": place.label, "part": place.part}
    try:
        own["bytes"] = place.path.stat().st_size
        if not own["bytes"]:
            return Picture(**own, fault="the file is empty")
        header, image, fault = _decoded(place)
    except DAMAGES as error:
        return Picture(**{"bytes": 0, **own}, fault=_said(error))
    if image is None:
        return Picture(**own, **header, fault=fault)
    return Picture(**own, **header, **numbers(image))


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtraError("reading images", "images") from None
    return Image


def _decoded(place: Place) -> tuple[dict[str, Any], np.ndarray | None, str]:
    """What the file says of itself, its pixels (h, w, 3) uint8 as shown, and why there are none."""
    from PIL import ExifTags, ImageOps

    with warnings.catch_warnings(), place.path.open("rb") as file:
        warnings.simplefilter("ignore")  # Pillow's of large images, which are refused here by their number of pixels
        with _pillow().open(file) as stored:
            exif = stored.getexif()
            turned = exif.get(ExifTags.Base.Orientation, 1) in range(2, 9)
            sideways = exif.get(ExifTags.Base.Orientation, 1) in range(5, 9)
            width, height = stored.size[::-1] if sideways else stored.size
            header = {
                "format": stored.format or "",
                "mode": stored.mode,
                "width": width,
                "height": height,
                "turned": turned,
                "metadata": tuple(sorted({str(key) for key in stored.info if key not in PLAIN} | _tags(exif))),
                "camera": " ".join(
                    str(exif.get(tag, "")).strip(" \0") for tag in (ExifTags.Base.Make, ExifTags.Base.Model)
                ).strip(),
            }
            if width * height > MOST_PIXELS:
                return (
                    header,
                    None,
                    (f"it says it has {width:,} × {height:,} pixels, more than {MOST_PIXELS:,}; not decoded"),
                )
            stored.load()
            return header, _eight_bits(ImageOps.exif_transpose(stored)), ""


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


def _eight_bits(image: Any) -> np.ndarray:
    """Pixels (h, w, 3) uint8; more than 8 bits are scaled by their range, and what is transparent lies on white."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        values = np.asarray(image, np.float64)
        top = 255.0 if values.max(initial=0) <= 255 else 65535.0
        grey = np.clip(np.nan_to_num(values) * (255 / top), 0, 255).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        laid = image.convert("RGBA")
        ground = _pillow().new("RGBA", laid.size, "white")
        ground.alpha_composite(laid)
        image = ground
    return np.asarray(image.convert("RGB"))


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


def _said(error: Exception) -> str:
    """Pillow's reason in words, without the path or an object's address."""
    said = " ".join(str(error).split())
    if "truncated" in said or isinstance(error, EOFError):
        return "the file is truncated: it ends before its last pixel"
    if "cannot identify" in said:
        return "the file does not begin as an image of a known format"
    if isinstance(error, PermissionError):
        return "the file may not be read"
    return f"the file is damaged ({said[:120] or type(error).__name__})"


def pixels(path: Path) -> np.ndarray:
    """The pixels (h, w, 3) uint8 of an image that could be read before, as shown.

    Raises: InputError where that is so no more.
    """
    one = Place(path, path.name)
    try:
        _, image, fault = _decoded(one)
    except DAMAGES as error:
        image, fault = None, _said(error)
    if image is None:
        raise InputError(f"{shown(path)}: expected an image that can be read, but {fault}; audit the folder again")
    return image
