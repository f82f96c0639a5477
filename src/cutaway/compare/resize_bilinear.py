"""Does a bilinear resize look at every pixel when an image shrinks?

Answer: Pillow and JAX do by default (a triangle as wide as the cell), PyTorch and TensorFlow when asked to; OpenCV,
PyTorch, TensorFlow and Keras take the mean of two neighbours by default and never see what lies between. scikit-image
blurs with a Gaussian first, which is neither. A network trained on Pillow's pictures meets others in OpenCV's.

Source: Parmar, Zhang and Zhu (2022), On aliased resizing and surprising subtleties in GAN evaluation; each output.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Bilinear resize of a shrinking image"
TOLERANCE = 1e-5


def given() -> dict[str, np.ndarray]:
    """An image of 8 × 8 with numbers between 0 and 1, to become 3 × 3."""
    return {"x": np.random.default_rng(5).random((8, 8)).round(2)}


def _both_ways(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weights (3, 8) applied to rows and to columns."""
    return np.asarray(weights @ x @ weights.T)


def _triangles(centres: np.ndarray, reach: float) -> np.ndarray:
    """A row of weights for each centre, in the coordinates in which pixel j lies at j; they add up to one."""
    weights = np.clip(1 - np.abs(np.arange(8) - centres[:, None]) / reach, 0, None)
    return np.asarray(weights / weights.sum(1, keepdims=True))


CENTRES = (np.arange(3) + 0.5) * 8 / 3 - 0.5


@formula("the two nearest pixels at (i + ½) s − ½")
def two_pixels(x: np.ndarray) -> np.ndarray:
    return _both_ways(x, _triangles(CENTRES, 1.0))


@formula("a triangle of width 2 s at (i + ½) s − ½")
def triangle(x: np.ndarray) -> np.ndarray:
    return _both_ways(x, _triangles(CENTRES, 8 / 3))


@formula("the two nearest pixels at i (n − 1) / (m − 1)")
def corners(x: np.ndarray) -> np.ndarray:
    return _both_ways(x, _triangles(np.arange(3) * 7 / 2, 1.0))


@formula("the mean over the cell")
def cell(x: np.ndarray) -> np.ndarray:
    start = np.arange(3)[:, None] * 8 / 3
    share = np.clip(np.minimum(start + 8 / 3, np.arange(1, 9)) - np.maximum(start, np.arange(8)), 0, None)
    return _both_ways(x, share / (8 / 3))


@formula("Gaussian blur, σ = (s − 1) / 2, then the two nearest pixels")
def blurred(x: np.ndarray) -> np.ndarray:
    offset = np.arange(-3, 4)  # four standard deviations
    kernel = np.exp(-(offset**2) / (2 * (5 / 6) ** 2))
    padded = np.pad(x, 3, mode="reflect")
    for axis in (0, 1):
        padded = np.apply_along_axis(np.convolve, axis, padded, kernel / kernel.sum(), "same")
    return np.asarray(two_pixels.function(padded[3:-3, 3:-3]))


@variant("opencv", call="cv2.resize(x, (3, 3))", follows=two_pixels)
def opencv_linear(x: np.ndarray) -> Any:
    import cv2

    return cv2.resize(x, (3, 3))


@variant("opencv", call="cv2.resize(x, (3, 3), interpolation=cv2.INTER_AREA)", follows=cell)
def opencv_area(x: np.ndarray) -> Any:
    import cv2

    return cv2.resize(x, (3, 3), interpolation=cv2.INTER_AREA)


@variant("pillow", call="image.resize((3, 3), Image.Resampling.BILINEAR)", follows=triangle)
def pillow_bilinear(x: np.ndarray) -> Any:
    from PIL import Image

    return Image.fromarray(x.astype(np.float32)).resize((3, 3), Image.Resampling.BILINEAR)


@variant("scikit-image", call="skimage.transform.resize(x, (3, 3))", follows=blurred)
def skimage_default(x: np.ndarray) -> Any:
    from skimage.transform import resize

    return resize(x, (3, 3))


@variant("scikit-image", call="skimage.transform.resize(x, (3, 3), anti_aliasing=False)", follows=two_pixels)
def skimage_plain(x: np.ndarray) -> Any:
    from skimage.transform import resize

    return resize(x, (3, 3), anti_aliasing=False)


@variant("scipy", call="scipy.ndimage.zoom(x, 3 / 8, order=1)", follows=corners)
def scipy_zoom(x: np.ndarray) -> Any:
    from scipy.ndimage import zoom

    return zoom(x, 3 / 8, order=1)


def _torch(x: np.ndarray, **settings: bool) -> Any:
    import torch

    return torch.nn.functional.interpolate(torch.tensor(x)[None, None], (3, 3), mode="bilinear", **settings)[0, 0]


@variant("pytorch", call='F.interpolate(x, (3, 3), mode="bilinear")', follows=two_pixels)
def torch_bilinear(x: np.ndarray) -> Any:
    return _torch(x)


@variant("pytorch", call='F.interpolate(x, (3, 3), mode="bilinear", antialias=True)', follows=triangle)
def torch_antialias(x: np.ndarray) -> Any:
    return _torch(x, antialias=True)


@variant("pytorch", call='F.interpolate(x, (3, 3), mode="bilinear", align_corners=True)', follows=corners)
def torch_corners(x: np.ndarray) -> Any:
    return _torch(x, align_corners=True)


@variant("tensorflow", call="tf.image.resize(x, (3, 3))", follows=two_pixels)
def tensorflow_bilinear(x: np.ndarray) -> Any:
    import tensorflow as tf

    return tf.image.resize(x[:, :, None], (3, 3))[:, :, 0]


@variant("tensorflow", call="tf.image.resize(x, (3, 3), antialias=True)", follows=triangle)
def tensorflow_antialias(x: np.ndarray) -> Any:
    import tensorflow as tf

    return tf.image.resize(x[:, :, None], (3, 3), antialias=True)[:, :, 0]


def _keras(x: np.ndarray) -> Any:
    import keras

    return keras.ops.convert_to_numpy(keras.layers.Resizing(3, 3)(x[:, :, None].astype(np.float32)))[:, :, 0]


@variant("keras", call="keras.layers.Resizing(3, 3)(x)", follows=two_pixels)
def keras_resizing(x: np.ndarray) -> Any:
    return _keras(x)


@variant("keras on torch", call="keras.layers.Resizing(3, 3)(x)", follows=two_pixels)
def keras_torch_resizing(x: np.ndarray) -> Any:
    return _keras(x)


@variant("keras on jax", call="keras.layers.Resizing(3, 3)(x)", follows=two_pixels)
def keras_jax_resizing(x: np.ndarray) -> Any:
    return _keras(x)


@variant("jax", call='jax.image.resize(x, (3, 3), "bilinear")', follows=triangle)
def jax_bilinear(x: np.ndarray) -> Any:
    import jax

    return jax.image.resize(jax.numpy.asarray(x), (3, 3), "bilinear")


CONVERTERS = (
    Converter(
        of=pillow_bilinear,
        to="pytorch",
        exactness="exact",
        code="""\
import torch

image = torch.tensor(x)[None, None]
value = torch.nn.functional.interpolate(image, (3, 3), mode="bilinear", antialias=True)[0, 0]
""",
    ),
    Converter(
        of=pillow_bilinear,
        to="tensorflow",
        exactness="exact",
        code="""\
import tensorflow as tf

value = tf.image.resize(x[:, :, None], (3, 3), antialias=True)[:, :, 0]
""",
    ),
    Converter(
        of=opencv_linear,
        to="jax",
        exactness="exact",
        code="""\
import jax

value = jax.image.resize(jax.numpy.asarray(x), (3, 3), "bilinear", antialias=False)
""",
    ),
    Converter(
        of=pillow_bilinear,
        to="opencv",
        exactness="impossible",
        reason="cv2.resize has no triangle that grows with the scale: INTER_LINEAR sees two pixels, INTER_AREA takes "
        "the mean over the cell.",
    ),
)
