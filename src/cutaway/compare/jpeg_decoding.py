"""Do all decoders read the same pixels out of a JPEG?

Answer: Pillow, OpenCV and scikit-image do, and so does TensorFlow with dct_method="INTEGER_ACCURATE"; its default is
the fast transform, here off by one level in half of the pixels. Without fancy_upscaling chroma comes in steps, off by
32 levels along this edge of colour.

Source: ITU-T recommendation T.81; the Independent JPEG Group's library, whose fast transform is that of Arai, Agui and
Nakajima (1988).
"""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "JPEG decoding"

FILE = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ"
    "EBAQEBD/2wBDAQICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgL/wAARCAAQACAD"
    "ASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAL/xAAZEAACAwEAAAAAAAAAAAAAAAAD8AASQ1L/xAAWAQEBAQAAAAAAAAAAAAAAAAAJBwj/"
    "xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCw9XdU8B6u6p4D1d1TwHq7qnkPbQA9XdU8B6u6p4D1d1TwHq7qniMCXf/Z"
)
"""Sixteen rows of 32 pixels, chroma at half the width and height."""


def given() -> dict[str, np.ndarray]:
    """The bytes of a file of 16 × 32 pixels, and what is in it: the eight blocks of luma are alike, with these
    coefficients (quantised in steps of 16); chroma is flat on the left and flat on the right.
    """
    luma = np.zeros((8, 8))
    luma[0, 0], luma[0, 1], luma[1, 2], luma[3, 0], luma[2, 5], luma[6, 3] = 48, -96, 32, 48, 80, 112
    return {
        "jpeg": np.frombuffer(base64.b64decode(FILE), np.uint8),
        "luma": luma,
        "blue": np.array([100, 170]),
        "red": np.array([180, 90]),
    }


def _accurate(luma: np.ndarray) -> np.ndarray:
    """The inverse cosine transform of a block, to the nearest level."""
    k = np.arange(8)
    cosines = np.sqrt(2 / 8) * np.cos((2 * k + 1) * k[:, None] * np.pi / 16)
    cosines[0] /= np.sqrt(2)
    return np.asarray(np.rint(cosines.T @ luma @ cosines + 128))


def _fast(luma: np.ndarray) -> np.ndarray:
    """The same by five multiplications a line, in integers with two and eight bits after the point, always rounded
    down.
    """
    scale = np.array([1, *(np.sqrt(2) * np.cos(np.arange(1, 8) * np.pi / 16))])
    steps = np.floor(16 * np.rint(np.outer(scale, scale) * 2**14) / 2**12 + 0.5).astype(int)
    columns = _fast_lines((luma / 16).astype(int) * steps)
    rows = _fast_lines(columns.T).T
    return np.asarray(np.clip((rows >> 5) + 128, 0, 255))


def _fast_lines(c: np.ndarray) -> np.ndarray:
    """Eight sums and differences along the first axis."""

    def times(value: np.ndarray, by: int) -> np.ndarray:
        return np.asarray((value * by) >> 8)

    a, b = c[0] + c[4], c[0] - c[4]
    s = c[2] + c[6]
    d = times(c[2] - c[6], 362) - s
    even = (a + s, b + d, b - d, a - s)
    p, m = c[5] + c[3], c[5] - c[3]
    q, n = c[1] + c[7], c[1] - c[7]
    o7 = q + p
    z = times(m + n, 473)
    o6 = times(m, -669) + z - o7
    o5 = times(q - p, 362) - o6
    o4 = times(n, 277) - z + o5
    return np.stack(
        [even[0] + o7, even[1] + o6, even[2] + o5, even[3] - o4, even[3] + o4, even[2] - o5, even[1] - o6, even[0] - o7]
    )


def _repeated(levels: np.ndarray) -> np.ndarray:
    """Chroma of a row of 32 pixels: each value for two pixels."""
    return np.repeat(np.repeat(levels, 8), 2)


def _blended(levels: np.ndarray) -> np.ndarray:
    """Chroma of a row of 32 pixels: three quarters of the nearer value, one of the further."""
    line = np.repeat(levels, 8)
    ends = np.pad(line, 1, mode="edge")
    return np.stack([(12 * line + 4 * ends[:-2] + 8) >> 4, (12 * line + 4 * ends[2:] + 7) >> 4], 1).ravel()


def _middle(luma: np.ndarray, blue: np.ndarray, red: np.ndarray) -> np.ndarray:
    """Eight rows of the eight pixels around the edge of colour, in RGB."""
    y = np.hstack([luma[:, 4:], luma[:, :4]])
    cb, cr = blue[12:20] - 128, red[12:20] - 128
    rgb = [y + np.rint(1.402 * cr), y + np.rint(-0.344136 * cb - 0.714136 * cr), y + np.rint(1.772 * cb)]
    return np.asarray(np.clip(np.stack(rgb, -1), 0, 255))


@formula("accurate transform, chroma by a triangle")
def accurate(luma: np.ndarray, blue: np.ndarray, red: np.ndarray) -> np.ndarray:
    return _middle(_accurate(luma), _blended(blue), _blended(red))


@formula("fast transform, chroma by a triangle")
def fast(luma: np.ndarray, blue: np.ndarray, red: np.ndarray) -> np.ndarray:
    return _middle(_fast(luma), _blended(blue), _blended(red))


@formula("accurate transform, chroma repeated")
def stepped(luma: np.ndarray, blue: np.ndarray, red: np.ndarray) -> np.ndarray:
    return _middle(_accurate(luma), _repeated(blue), _repeated(red))


@variant("pillow", call='Image.open(file).convert("RGB")', follows=accurate)
def pillow_open(jpeg: np.ndarray) -> Any:
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(jpeg.tobytes())).convert("RGB"))[:8, 12:20]


@variant("opencv", call="cv2.imdecode(bytes, cv2.IMREAD_COLOR)[:, :, ::-1]", follows=accurate)
def opencv_decode(jpeg: np.ndarray) -> Any:
    import cv2

    decoded = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded[:8, 12:20, ::-1]


@variant("scikit-image", call="skimage.io.imread(file)", follows=accurate)
def skimage_read(jpeg: np.ndarray) -> Any:
    from skimage.io import imread

    return imread(io.BytesIO(jpeg.tobytes()))[:8, 12:20]


def _tensorflow(jpeg: np.ndarray, **settings: Any) -> Any:
    import tensorflow as tf

    return tf.io.decode_jpeg(jpeg.tobytes(), **settings)[:8, 12:20]


@variant("tensorflow", call="tf.io.decode_jpeg(bytes)", follows=fast)
def tensorflow_default(jpeg: np.ndarray) -> Any:
    return _tensorflow(jpeg)


@variant("tensorflow", call="tf.io.decode_image(bytes)", follows=fast)
def tensorflow_image(jpeg: np.ndarray) -> Any:
    import tensorflow as tf

    return tf.io.decode_image(jpeg.tobytes())[:8, 12:20]


@variant("tensorflow", call='tf.io.decode_jpeg(bytes, dct_method="INTEGER_ACCURATE")', follows=accurate)
def tensorflow_accurate(jpeg: np.ndarray) -> Any:
    return _tensorflow(jpeg, dct_method="INTEGER_ACCURATE")


@variant(
    "tensorflow",
    call='tf.io.decode_jpeg(bytes, dct_method="INTEGER_ACCURATE", fancy_upscaling=False)',
    follows=stepped,
)
def tensorflow_stepped(jpeg: np.ndarray) -> Any:
    return _tensorflow(jpeg, dct_method="INTEGER_ACCURATE", fancy_upscaling=False)


CONVERTERS = (
    Converter(
        of=pillow_open,
        to="tensorflow",
        exactness="exact",
        code="""\
import tensorflow as tf

value = tf.io.decode_jpeg(jpeg.tobytes(), dct_method="INTEGER_ACCURATE")[:8, 12:20]
""",
    ),
    Converter(
        of=pillow_open,
        to="opencv",
        exactness="exact",
        code="""\
import cv2

value = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)[:8, 12:20, ::-1]
""",
    ),
    Converter(
        of=tensorflow_default,
        to="pillow",
        exactness="near",
        error=0.02,
        reason="Pillow has no fast transform; its levels differ by one in half of the pixels.",
        code="""\
import io

import numpy as np
from PIL import Image

value = np.asarray(Image.open(io.BytesIO(jpeg.tobytes())).convert("RGB"))[:8, 12:20]
""",
    ),
)
