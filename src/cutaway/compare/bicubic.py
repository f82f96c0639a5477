"""Which cubic is bicubic?

Answer: Keys' cubic with a = −0.75 in OpenCV and PyTorch, which repeat the border's pixels; with a = −0.5 in Pillow,
TensorFlow, JAX and PyTorch's antialias=True, which leave out what lies beyond the border. Keras does as its backend
does, so that one line gives two images. scikit-image's order 3 is another thing: a spline through the pixels, clipped
to the range of the image.

Source: Keys (1981), Cubic convolution interpolation for digital image processing, whose a is −0.5; each output.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Bicubic enlargement"
TOLERANCE = 1e-5


def given() -> dict[str, np.ndarray]:
    """An image of 4 × 4 with a dark and a bright half and a bright corner, to become 8 × 8."""
    x = np.array([[0.0, 0, 8, 8]] * 4)
    x[0, 0] = 6
    return {"x": x}


PLACES = (np.arange(8) + 0.5) / 2 - 0.5  # where the new pixels lie among the old ones


def _keys(distance: np.ndarray, a: float) -> np.ndarray:
    """Keys' cubic with its free parameter."""
    d = np.abs(distance)
    inner = (a + 2) * d**3 - (a + 3) * d**2 + 1
    return np.where(d <= 1, inner, np.where(d < 2, a * (d**3 - 5 * d**2 + 8 * d - 4), 0.0))


@formula("Keys' cubic, a = −0.75, the border repeated")
def repeated(x: np.ndarray) -> np.ndarray:
    weights = _keys(PLACES[:, None] - np.arange(-3, 7), -0.75)
    return np.asarray(weights @ np.pad(x, 3, mode="edge") @ weights.T)


@formula("Keys' cubic, a = −0.5, nothing beyond the border")
def left_out(x: np.ndarray) -> np.ndarray:
    weights = _keys(PLACES[:, None] - np.arange(4), -0.5)
    weights = weights / weights.sum(1, keepdims=True)
    return np.asarray(weights @ x @ weights.T)


@formula("cubic B-spline through the mirrored pixels, clipped")
def spline(x: np.ndarray) -> np.ndarray:
    def basis(distance: np.ndarray) -> np.ndarray:
        d = np.abs(distance)
        return np.where(d < 1, 2 / 3 - d**2 + d**3 / 2, np.where(d < 2, (2 - d) ** 3 / 6, 0.0))

    mirrored = np.pad(np.eye(4), ((3, 3), (0, 0)), mode="reflect")  # ten coefficients from four
    through = basis(np.arange(4)[:, None] - np.arange(-3, 7)) @ mirrored
    weights = basis(PLACES[:, None] - np.arange(-3, 7)) @ mirrored @ np.linalg.inv(through)
    return np.asarray(np.clip(weights @ x @ weights.T, x.min(), x.max()))


@variant("opencv", call="cv2.resize(x, (8, 8), interpolation=cv2.INTER_CUBIC)", follows=repeated)
def opencv_cubic(x: np.ndarray) -> Any:
    import cv2

    return cv2.resize(x, (8, 8), interpolation=cv2.INTER_CUBIC)


@variant("pillow", call="image.resize((8, 8), Image.Resampling.BICUBIC)", follows=left_out)
def pillow_cubic(x: np.ndarray) -> Any:
    from PIL import Image

    return Image.fromarray(x.astype(np.float32)).resize((8, 8), Image.Resampling.BICUBIC)


@variant("scikit-image", call="skimage.transform.resize(x, (8, 8), order=3)", follows=spline)
def skimage_cubic(x: np.ndarray) -> Any:
    from skimage.transform import resize

    return resize(x, (8, 8), order=3)


def _torch(x: np.ndarray, **settings: bool) -> Any:
    import torch

    return torch.nn.functional.interpolate(torch.tensor(x)[None, None], (8, 8), mode="bicubic", **settings)[0, 0]


@variant("pytorch", call='F.interpolate(x, (8, 8), mode="bicubic")', follows=repeated)
def torch_cubic(x: np.ndarray) -> Any:
    return _torch(x)


@variant("pytorch", call='F.interpolate(x, (8, 8), mode="bicubic", antialias=True)', follows=left_out)
def torch_antialias(x: np.ndarray) -> Any:
    return _torch(x, antialias=True)


@variant("tensorflow", call='tf.image.resize(x, (8, 8), method="bicubic")', follows=left_out)
def tensorflow_cubic(x: np.ndarray) -> Any:
    import tensorflow as tf

    return tf.image.resize(x[:, :, None], (8, 8), method="bicubic")[:, :, 0]


def _keras(x: np.ndarray) -> Any:
    import keras

    image = keras.ops.image.resize(x[:, :, None].astype(np.float32), (8, 8), interpolation="bicubic")
    return keras.ops.convert_to_numpy(image)[:, :, 0]


@variant("keras", call='keras.ops.image.resize(x, (8, 8), interpolation="bicubic")', follows=left_out)
def keras_cubic(x: np.ndarray) -> Any:
    return _keras(x)


@variant("keras on torch", call='keras.ops.image.resize(x, (8, 8), interpolation="bicubic")', follows=repeated)
def keras_torch_cubic(x: np.ndarray) -> Any:
    return _keras(x)


@variant("keras on jax", call='keras.ops.image.resize(x, (8, 8), interpolation="bicubic")', follows=left_out)
def keras_jax_cubic(x: np.ndarray) -> Any:
    return _keras(x)


@variant("jax", call='jax.image.resize(x, (8, 8), "bicubic")', follows=left_out)
def jax_cubic(x: np.ndarray) -> Any:
    import jax

    return jax.image.resize(jax.numpy.asarray(x), (8, 8), "bicubic")


CONVERTERS = (
    Converter(
        of=pillow_cubic,
        to="pytorch",
        exactness="exact",
        code="""\
import torch

image = torch.tensor(x)[None, None]
value = torch.nn.functional.interpolate(image, (8, 8), mode="bicubic", antialias=True)[0, 0]
""",
    ),
    Converter(
        of=opencv_cubic,
        to="pytorch",
        exactness="exact",
        code="""\
import torch

value = torch.nn.functional.interpolate(torch.tensor(x)[None, None], (8, 8), mode="bicubic")[0, 0]
""",
    ),
    Converter(
        of=pillow_cubic,
        to="opencv",
        exactness="impossible",
        reason="OpenCV's a is fixed at −0.75 and Pillow's at −0.5; resize with Pillow or PyTorch on both sides.",
    ),
)
