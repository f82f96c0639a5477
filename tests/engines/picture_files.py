"""Image files that the tests of engines write."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from cutaway import images
from cutaway.science.images import Pipeline
from tests.science.images.examples import noisy_scene

SHRINK = Pipeline((images.Resize(16, 20), images.Grey()))


def saved(path: Path, image: np.ndarray, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path, **options)
    return path


def scenes(folder: Path, count: int = 6) -> Path:
    for k in range(count):
        kind = ("png", "jpg", "bmp")[k % 3]
        saved(folder / ("inner" if k % 2 else ".") / f"{k}.{kind}", np.roll(noisy_scene(), k, axis=1))
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """The results in a folder: name -> bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".cutaway-")
    }


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises so many pixels and has none."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
