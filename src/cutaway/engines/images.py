"""Images on disk: opened safely, and a folder of them put through a pipeline."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.core.errors import InputError, MissingExtraError
from cutaway.science.images import Pipeline

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 100_000_000
"""Of one image. A header of 2.5 kB may promise 50,000 × 50,000; nothing is allocated for more than this."""
MOST_BYTES = 1_000_000_000  # of one file
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".ppm", ".pgm", ".pbm")
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF", "PPM")  # none that starts another program


def read_pipeline(path: str | os.PathLike[str]) -> Pipeline:
    """The pipeline in a file of TOML.

    Raises: InputError for a file that cannot be read or holds no pipeline, with the file's name.
    """
    place = Path(path)
    try:
        text = place.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"pipeline {str(place)!r}: is no text in UTF-8; write [[step]] tables in TOML") from error
    except OSError as error:
        raise InputError(f"pipeline {str(place)!r}: cannot be read ({error.strerror}); name a .toml file") from error
    try:
        return Pipeline.of_toml(text)
    except InputError as error:
        raise InputError(f"{str(place)!r}: {error}") from error


def open_image(path: str | os.PathLike[str], *, most_pixels: int = MOST_PIXELS) -> np.ndarray:
    """The image of a file as uint8, (h, w) if it is grey and (h, w, 3) in RGB else, turned as its EXIF says.

    Transparency is laid on black; of an animation the first frame is taken; 16-bit levels lose their lower byte.

    Raises: InputError, with the file's name, for what is no image, is truncated, or has more than `most_pixels`, which
    is refused by its header before anything is allocated; MissingExtraError without `cutaway[images]`.
    """
    place = Path(path)
    try:
        if place.stat().st_size > MOST_BYTES:
            raise InputError(f"{str(place)!r}: expected an image of at most {MOST_BYTES:,} bytes")
        data = place.read_bytes()
    except OSError as error:
        raise InputError(f"{str(place)!r}: cannot be read ({error.strerror})") from error
    return decoded(data, str(place), most_pixels=most_pixels)


def decoded(data: bytes, name: str, *, most_pixels: int = MOST_PIXELS) -> np.ndarray:
    """The image in these bytes, as `open_image` returns it; `name` is for the errors."""
    try:
        from PIL import Image, ImageOps, UnidentifiedImageError
    except ModuleNotFoundError as error:
        raise MissingExtraError("reading images", "images") from error
    if not data:
        raise InputError(f"{name!r}: is empty")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            w, h = image.size
            if w * h > most_pixels:
                raise InputError(
                    f"{name!r}: its header says {w:,} × {h:,} pixels, more than {most_pixels:,}; it was not opened, "
                    "since so little data for so many pixels is a decompression bomb; resize it elsewhere if it is none"
                )
            image.load()
            return _pixels(ImageOps.exif_transpose(image))
    except InputError:
        raise
    except UnidentifiedImageError as error:
        raise InputError(f"{name!r}: is no image of a known kind ({', '.join(FORMATS)})") from error
    except Image.DecompressionBombError as error:
        raise InputError(f"{name!r}: {str(error)[0].lower()}{str(error)[1:]}") from error
    except MemoryError:
        raise
    except Exception as error:  # decoders raise many kinds for damaged data
        said = " ".join(str(error).split())[:200] or type(error).__name__
        kind = "is truncated" if "truncat" in said.lower() else "is damaged"
        raise InputError(f"{name!r}: {kind} ({said}); get it again, or leave it out") from error


def _pixels(image: Image.Image) -> np.ndarray:
    """Levels of a loaded image."""
    from PIL import Image

    if image.mode.startswith("I") or image.mode == "F":
        levels: Any = np.asarray(image)
        if image.mode == "F":
            return np.rint(np.clip(np.nan_to_num(levels), 0, 1) * 255).astype(np.uint8)
        return (np.clip(levels.astype(np.int64), 0, 65535) >> 8).astype(np.uint8)
    if image.mode in ("L", "1"):
        return np.array(image.convert("L"))
    if image.mode in ("LA", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        grey = image.mode == "LA"
        clear = image.convert("RGBA")
        ground = Image.new("RGBA", clear.size, (0, 0, 0, 255))
        ground.alpha_composite(clear)
        return np.array(ground.convert("L" if grey else "RGB"))
    return np.array(image.convert("RGB"))
