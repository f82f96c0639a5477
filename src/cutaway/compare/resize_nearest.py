"""Which pixel is the nearest when an image shrinks?

Answer: OpenCV's INTER_NEAREST, PyTorch's "nearest" and TensorFlow 1's resize take the pixel at the upper left of each
cell, all others the one in its middle; SciPy's zoom spreads the corners to the corners. Masks shrunk by one and images
shrunk by another do not lie on each other. scikit-image blurs floats first even at order 0, and so returns values that
no pixel had.

Source: the documentation of `torch.nn.functional.interpolate` ("nearest-exact") and of `cv2.resize`; each output.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Nearest resize"
TOLERANCE = 1e-5


def given() -> dict[str, np.ndarray]:
    """An image of 8 × 8 whose pixel at row r and column c is 10 r + c, to become 3 × 3."""
    return {"x": 10 * np.arange(8.0)[:, None] + np.arange(8.0)}


def _at(x: np.ndarray, places: np.ndarray) -> np.ndarray:
    return np.asarray(x[np.ix_(places, places)])


@formula("pixel ⌊i s⌋")
def upper_left(x: np.ndarray) -> np.ndarray:
    return _at(x, np.floor(np.arange(3) * 8 / 3).astype(int))


@formula("pixel ⌊(i + ½) s⌋")
def middle(x: np.ndarray) -> np.ndarray:
    return _at(x, np.floor((np.arange(3) + 0.5) * 8 / 3).astype(int))


@formula("pixel nearest to i (n − 1) / (m − 1)")
def corners(x: np.ndarray) -> np.ndarray:
    return _at(x, np.floor(np.arange(3) * 7 / 2 + 0.5).astype(int))


@formula("Gaussian blur, σ = (s − 1) / 2, then pixel ⌊(i + ½) s⌋")
def blurred(x: np.ndarray) -> np.ndarray:
    offset = np.arange(-3, 4)  # four standard deviations
    kernel = np.exp(-(offset**2) / (2 * (5 / 6) ** 2))
    padded = np.pad(x, 3, mode="reflect")
    for axis in (0, 1):
        padded = np.apply_along_axis(np.convolve, axis, padded, kernel / kernel.sum(), "same")
    return np.asarray(middle.function(padded[3:-3, 3:-3]))


def _opencv(x: np.ndarray, name: str) -> Any:
    import cv2

    return cv2.resize(x, (3, 3), interpolation=getattr(cv2, name))


@variant("opencv", call="cv2.resize(x, (3, 3), interpolation=cv2.INTER_NEAREST)", follows=upper_left)
def opencv_nearest(x: np.ndarray) -> Any:
    return _opencv(x, "INTER_NEAREST")


@variant("opencv", call="cv2.resize(x, (3, 3), interpolation=cv2.INTER_NEAREST_EXACT)", follows=middle)
def opencv_exact(x: np.ndarray) -> Any:
    return _opencv(x, "INTER_NEAREST_EXACT")


@variant("pillow", call="image.resize((3, 3), Image.Resampling.NEAREST)", follows=middle)
def pillow_nearest(x: np.ndarray) -> Any:
    from PIL import Image

    return Image.fromarray(x.astype(np.float32)).resize((3, 3), Image.Resampling.NEAREST)


@variant("scikit-image", call="skimage.transform.resize(x, (3, 3), order=0)", follows=blurred)
def skimage_float(x: np.ndarray) -> Any:
    from skimage.transform import resize

    return resize(x, (3, 3), order=0)


@variant("scikit-image", call="resize(x.astype(int), (3, 3), order=0, preserve_range=True)", follows=middle)
def skimage_integer(x: np.ndarray) -> Any:
    from skimage.transform import resize

    return resize(x.astype(int), (3, 3), order=0, preserve_range=True)


@variant("scipy", call="scipy.ndimage.zoom(x, 3 / 8, order=0)", follows=corners)
def scipy_zoom(x: np.ndarray) -> Any:
    from scipy.ndimage import zoom

    return zoom(x, 3 / 8, order=0)


def _torch(x: np.ndarray, mode: str) -> Any:
    import torch

    return torch.nn.functional.interpolate(torch.tensor(x)[None, None], (3, 3), mode=mode)[0, 0]


@variant("pytorch", call='F.interpolate(x, (3, 3), mode="nearest")', follows=upper_left)
def torch_nearest(x: np.ndarray) -> Any:
    return _torch(x, "nearest")


@variant("pytorch", call='F.interpolate(x, (3, 3), mode="nearest-exact")', follows=middle)
def torch_exact(x: np.ndarray) -> Any:
    return _torch(x, "nearest-exact")


@variant("tensorflow", call='tf.image.resize(x, (3, 3), method="nearest")', follows=middle)
def tensorflow_nearest(x: np.ndarray) -> Any:
    import tensorflow as tf

    return tf.image.resize(x[:, :, None], (3, 3), method="nearest")[:, :, 0]


@variant("tensorflow", call="tf.compat.v1.image.resize_nearest_neighbor(x, (3, 3))", follows=upper_left)
def tensorflow_old(x: np.ndarray) -> Any:
    import tensorflow as tf

    return tf.raw_ops.ResizeNearestNeighbor(images=x[None, :, :, None], size=(3, 3))[0, :, :, 0]


def _keras(x: np.ndarray) -> Any:
    import keras

    image = keras.ops.image.resize(x[:, :, None].astype(np.float32), (3, 3), interpolation="nearest")
    return keras.ops.convert_to_numpy(image)[:, :, 0]


@variant("keras", call='keras.ops.image.resize(x, (3, 3), interpolation="nearest")', follows=middle)
def keras_nearest(x: np.ndarray) -> Any:
    return _keras(x)


@variant("keras on torch", call='keras.ops.image.resize(x, (3, 3), interpolation="nearest")', follows=middle)
def keras_torch_nearest(x: np.ndarray) -> Any:
    return _keras(x)


@variant("keras on jax", call='keras.ops.image.resize(x, (3, 3), interpolation="nearest")', follows=middle)
def keras_jax_nearest(x: np.ndarray) -> Any:
    return _keras(x)


@variant("jax", call='jax.image.resize(x, (3, 3), "nearest")', follows=middle)
def jax_nearest(x: np.ndarray) -> Any:
    import jax

    return jax.image.resize(jax.numpy.asarray(x), (3, 3), "nearest")


CONVERTERS = (
    Converter(
        of=pillow_nearest,
        to="opencv",
        exactness="exact",
        code="""\
import cv2

value = cv2.resize(x, (3, 3), interpolation=cv2.INTER_NEAREST_EXACT)
""",
    ),
    Converter(
        of=tensorflow_nearest,
        to="pytorch",
        exactness="exact",
        code="""\
import torch

value = torch.nn.functional.interpolate(torch.tensor(x)[None, None], (3, 3), mode="nearest-exact")[0, 0]
""",
    ),
    Converter(
        of=torch_nearest,
        to="jax",
        exactness="exact",
        code="""\
from jax import numpy as jnp

places = (jnp.arange(3) * 8) // 3
value = jnp.asarray(x)[places][:, places]
""",
    ),
    Converter(
        of=pillow_nearest,
        to="scikit-image",
        exactness="exact",
        code="""\
from skimage.transform import resize

value = resize(x, (3, 3), order=0, anti_aliasing=False)
""",
    ),
)
