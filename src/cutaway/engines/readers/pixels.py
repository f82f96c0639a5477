"""The pixels of an image file, read safely: no damage passes, and no header makes it allocate what it likes."""

from __future__ import annotations

import io
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.core.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 100_000_000
"""Of one image. A header of 2.5 kB may promise 50,000 × 50,000; nothing is allocated for more than this."""
MOST_BYTES = 1_000_000_000  # of one file
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".ppm", ".pgm", ".pbm")
ENDINGS = {"JPEG": b"\xff\xd9", "PNG": b"IEND\xaeB`\x82"}
PNG_DEPTH = 24  # the byte that says how many bits a level has
ORIENTATION = 0x0112
TURNS = {2: (True, 0), 3: (False, 2), 4: (True, 2), 5: (True, 1), 6: (False, 3), 7: (True, 3), 8: (False, 1)}
"""EXIF's orientation -> whether to mirror left to right first, and quarters of a turn counter-clockwise."""
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF", "PPM")  # none that starts another program


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
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=FORMATS) as image:
            w, h = image.size
            if w * h > most_pixels:
                raise InputError(
                    f"{name!r}: its header says {w:,} × {h:,} pixels, more than {most_pixels:,}; it was not decoded, "
                    "since so many may be a decompression bomb; if it is none, resize it elsewhere"
                )
            turn = image.getexif().get(ORIENTATION, 1)
            quick = _quickly(data, image)
            if quick is not None:
                return _turned(quick, turn)
            image.load()
            return _pixels(ImageOps.exif_transpose(image) if turn in TURNS else image)
    except InputError:
        raise
    except UnidentifiedImageError as error:
        raise InputError(f"{name!r}: is no image of a known kind ({', '.join(FORMATS)})") from error
    except MemoryError:
        raise
    except Image.DecompressionBombError as error:
        raise InputError(f"{name!r}: its header promises too many pixels ({error}); it was not decoded") from error
    except Exception as error:  # decoders raise many kinds for damaged data
        said = " ".join(str(error).split())[:200] or type(error).__name__
        kind = "is truncated" if "truncat" in said.lower() else "is damaged"
        raise InputError(f"{name!r}: {kind} ({said}); get it again, or leave it out") from error


def _quickly(data: bytes, image: Image.Image) -> np.ndarray | None:
    """The pixels by OpenCV, which decodes the same ones faster; None where it may not, or finds damage.

    Pillow, asked next, says what the damage is.
    """
    whole = data.endswith(ENDINGS.get(image.format or "", b"\0none"))
    plain = image.mode in ("L", "RGB") and "transparency" not in image.info
    deep = image.format == "PNG" and data[PNG_DEPTH] != 8
    if not whole or not plain or deep:
        return None
    try:
        import cv2
    except ModuleNotFoundError:
        return None
    kind = cv2.IMREAD_GRAYSCALE if image.mode == "L" else cv2.IMREAD_COLOR
    out = cv2.imdecode(np.frombuffer(data, np.uint8), kind | cv2.IMREAD_IGNORE_ORIENTATION)
    if out is None or out.shape[:2] != (image.height, image.width):
        return None
    levels: np.ndarray = out if image.mode == "L" else cv2.cvtColor(out, cv2.COLOR_BGR2RGB)
    return levels


def _turned(levels: np.ndarray, turn: int) -> np.ndarray:
    """As EXIF says: mirrored or not, by quarters of a turn."""
    mirrored, quarters = TURNS.get(turn, (False, 0))
    levels = levels[:, ::-1] if mirrored else levels
    return np.ascontiguousarray(np.rot90(levels, quarters))


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
