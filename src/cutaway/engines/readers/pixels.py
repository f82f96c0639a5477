"""The pixels of an image file, read safely: no damage passes, and no header makes it allocate what it likes."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cutaway.core.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 100_000_000
"""Of one image. A header of 2.5 kB may promise 50,000 × 50,000; nothing is allocated for more than this."""
MOST_BYTES = 1_000_000_000  # of one file
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".ppm", ".pgm", ".pbm")
PNG_LEAST = 8 + 25 + 12  # bytes: the signature, the first chunk and the last
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
    quick = _quickly(data, most_pixels)
    if quick is not None:
        return quick
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
                raise _bomb(name, f"{w:,} × {h:,}", most_pixels)
            image.load()
            return _pixels(ImageOps.exif_transpose(image))
    except InputError:
        raise
    except UnidentifiedImageError as error:
        raise InputError(f"{name!r}: is no image of a known kind ({', '.join(FORMATS)})") from error
    except MemoryError:
        raise
    except Image.DecompressionBombError as error:
        count = re.search(r"\d+", str(error))
        raise _bomb(name, f"{int(count[0]):,}" if count else "too many", most_pixels) from error
    except Exception as error:  # decoders raise many kinds for damaged data
        said = " ".join(str(error).split())[:200] or type(error).__name__
        kind = "is truncated" if "truncat" in said.lower() else "is damaged"
        raise InputError(f"{name!r}: {kind} ({said}); get it again, or leave it out") from error


def _bomb(name: str, pixels: str, most: int) -> InputError:
    return InputError(
        f"{name!r}: its header says {pixels} pixels, more than {most:,}; it was not decoded, since so many may be a "
        "decompression bomb; if it is none, resize it elsewhere"
    )


def _quickly(data: bytes, most_pixels: int) -> np.ndarray | None:
    """The pixels by OpenCV, which decodes the same ones faster; None where it may not, or finds damage.

    It may with a whole JPEG or PNG, grey or RGB of eight bits, that says nothing of transparency or of being turned.
    Pillow, asked next, reads the others, and says what the damage is.
    """
    header = _plain_jpeg(data) if data.startswith(b"\xff\xd8") else _plain_png(data)
    if header is None:
        return None
    h, w, channels = header
    if not 0 < h * w <= most_pixels:
        return None
    try:
        import cv2
    except ModuleNotFoundError:
        return None
    rgb = getattr(cv2, "IMREAD_COLOR_RGB", None)  # OpenCV 4.10 lacks it
    kind = cv2.IMREAD_GRAYSCALE if channels == 1 else cv2.IMREAD_COLOR if rgb is None else rgb
    try:
        out = cv2.imdecode(np.frombuffer(data, np.uint8), kind | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        return None
    if out is None or out.shape[:2] != (h, w):
        return None
    levels: np.ndarray = out if channels == 1 or rgb is not None else cv2.cvtColor(out, cv2.COLOR_BGR2RGB)
    return levels


def _plain_jpeg(data: bytes) -> tuple[int, int, int] | None:
    """Height, width and channels (1 or 3) of a whole JPEG without EXIF, else None."""
    at = 2
    if not data.endswith(b"\xff\xd9"):
        return None
    while at + 9 < len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in (0xC0, 0xC1, 0xC2):  # a frame: baseline, extended or progressive
            h, w = int.from_bytes(data[at + 5 : at + 7], "big"), int.from_bytes(data[at + 7 : at + 9], "big")
            plain = data[at + 4] == 8 and data[at + 9] in (1, 3)
            return (h, w, data[at + 9]) if plain else None
        if not (0xE0 <= marker <= 0xEF or marker in (0xC4, 0xDB, 0xDD, 0xFE)) or length < 2:
            return None
        if marker in (0xE1, 0xEE):  # EXIF, or Adobe's own colours
            return None
        at += 2 + length
    return None


def _plain_png(data: bytes) -> tuple[int, int, int] | None:
    """Height, width and channels (1 or 3) of a whole PNG with eight bits and no more than pixels in it, else None."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR") or not data.endswith(b"IEND\xaeB`\x82"):
        return None
    if len(data) < PNG_LEAST:
        return None
    w, h = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    channels = {0: 1, 2: 3}.get(data[25])
    at = 33
    while at + 8 <= len(data) and (name := data[at + 4 : at + 8]) != b"IDAT":
        if name in (b"tRNS", b"eXIf", b"acTL", b"IEND"):
            return None
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    late = b"eXIf" in data[-70_000:]  # it may follow the pixels
    return (h, w, channels) if data[24] == 8 and channels is not None and not late else None


def _pixels(image: Image.Image) -> np.ndarray:
    """Levels of a loaded image."""
    from PIL import Image

    if image.mode.startswith("I") or image.mode == "F":
        wide: np.ndarray = np.asarray(image)
        if image.mode == "F":
            wide = np.rint(np.clip(np.nan_to_num(wide), 0, 1) * 255)
        else:
            wide = np.clip(wide.astype(np.int64), 0, 65535) >> 8
        out: np.ndarray = wide.astype(np.uint8)
        return out
    if image.mode in ("L", "1"):
        return np.array(image.convert("L"))
    if image.mode in ("LA", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        grey = image.mode == "LA"
        clear = image.convert("RGBA")
        ground = Image.new("RGBA", clear.size, (0, 0, 0, 255))
        ground.alpha_composite(clear)
        return np.array(ground.convert("L" if grey else "RGB"))
    return np.array(image.convert("RGB"))
