"""How grey is a colour?

Answer: 0.299 R + 0.587 G + 0.114 B, rounded, in OpenCV and Pillow; TensorFlow and Keras take 0.2989, 0.587 and 0.114,
which add up to 0.9999, and cut bytes off instead of rounding, so that Keras makes white 254; scikit-image takes 0.2125,
0.7154 and 0.0721, so that a red is a fifth darker. OpenCV reads files as BGR: with the wrong constant red and blue are
swapped.

Source: ITU-R recommendations BT.601 and BT.709, the two sets of weights; each output.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "RGB to grey"
TOLERANCE = 1e-5


def given() -> dict[str, np.ndarray]:
    """Four pixels in RGB: a red, a green, a blue, and white."""
    return {"x": np.array([[[200, 30, 91], [10, 250, 60], [1, 2, 250], [255, 255, 255]]], np.uint8)}


def _weighted(x: np.ndarray, *weights: float) -> np.ndarray:
    return np.asarray((x.astype(float) @ np.array(weights))[0])


@formula("0.299 R + 0.587 G + 0.114 B, rounded")
def rounded(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.rint(_weighted(x, 0.299, 0.587, 0.114)))


@formula("0.299 B + 0.587 G + 0.114 R, rounded")
def swapped(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.rint(_weighted(x, 0.114, 0.587, 0.299)))


@formula("0.299 R + 0.587 G + 0.114 B")
def broadcast(x: np.ndarray) -> np.ndarray:
    return _weighted(x, 0.299, 0.587, 0.114)


@formula("0.2125 R + 0.7154 G + 0.0721 B")
def television(x: np.ndarray) -> np.ndarray:
    return _weighted(x, 0.2125, 0.7154, 0.0721)


@formula("0.2989 R + 0.587 G + 0.114 B")
def short(x: np.ndarray) -> np.ndarray:
    return _weighted(x, 0.2989, 0.587, 0.114)


@formula("0.2989 R + 0.587 G + 0.114 B, cut off")
def cut_off(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.floor(_weighted(x, 0.2989, 0.587, 0.114)))


@formula("(0.2989 R + 0.587 G + 0.114 B) 255.5 / 255, cut off")
def widened(x: np.ndarray) -> np.ndarray:
    return np.floor(_weighted(x, 0.2989, 0.587, 0.114) * 255.5 / 255)


@variant("opencv", call="cv2.cvtColor(x, cv2.COLOR_RGB2GRAY)", follows=rounded)
def opencv_rgb(x: np.ndarray) -> Any:
    import cv2

    return cv2.cvtColor(x, cv2.COLOR_RGB2GRAY)[0]


@variant("opencv", call="cv2.cvtColor(x, cv2.COLOR_BGR2GRAY) of an image in RGB", follows=swapped)
def opencv_swapped(x: np.ndarray) -> Any:
    import cv2

    return cv2.cvtColor(x, cv2.COLOR_BGR2GRAY)[0]


@variant("opencv", call="cv2.cvtColor(x.astype(np.float32), cv2.COLOR_RGB2GRAY)", follows=broadcast)
def opencv_float(x: np.ndarray) -> Any:
    import cv2

    return cv2.cvtColor(x.astype(np.float32), cv2.COLOR_RGB2GRAY)[0]


@variant("pillow", call='image.convert("L")', follows=rounded)
def pillow_l(x: np.ndarray) -> Any:
    from PIL import Image

    return np.asarray(Image.fromarray(x).convert("L"))[0]


@variant("scikit-image", call="255 * skimage.color.rgb2gray(x)", follows=television)
def skimage_gray(x: np.ndarray) -> Any:
    from skimage.color import rgb2gray

    return 255 * rgb2gray(x)[0]


@variant("tensorflow", call="tf.image.rgb_to_grayscale(x)", follows=widened)
def tensorflow_grey(x: np.ndarray) -> Any:
    import tensorflow as tf

    return tf.image.rgb_to_grayscale(x)[0, :, 0]


@variant("tensorflow", call="tf.image.rgb_to_grayscale(tf.cast(x, tf.float32))", follows=short)
def tensorflow_float(x: np.ndarray) -> Any:
    import tensorflow as tf

    return tf.image.rgb_to_grayscale(tf.cast(x, tf.float32))[0, :, 0]


def _keras(x: np.ndarray) -> Any:
    import keras

    return keras.ops.convert_to_numpy(keras.ops.image.rgb_to_grayscale(x))[0, :, 0]


@variant("keras", call="keras.ops.image.rgb_to_grayscale(x)", follows=cut_off)
def keras_grey(x: np.ndarray) -> Any:
    return _keras(x)


@variant("keras on torch", call="keras.ops.image.rgb_to_grayscale(x)", follows=cut_off)
def keras_torch_grey(x: np.ndarray) -> Any:
    return _keras(x)


@variant("keras on jax", call="keras.ops.image.rgb_to_grayscale(x)", follows=cut_off)
def keras_jax_grey(x: np.ndarray) -> Any:
    return _keras(x)


CONVERTERS = (
    Converter(
        of=pillow_l,
        to="opencv",
        exactness="exact",
        code="""\
import cv2

value = cv2.cvtColor(x, cv2.COLOR_RGB2GRAY)[0]
""",
    ),
    Converter(
        of=skimage_gray,
        to="tensorflow",
        exactness="exact",
        code="""\
import tensorflow as tf

value = tf.linalg.matvec(tf.cast(x, tf.float64), tf.constant([0.2125, 0.7154, 0.0721], tf.float64))[0]
""",
    ),
    Converter(
        of=pillow_l,
        to="scikit-image",
        exactness="exact",
        code="""\
import numpy as np

value = np.rint(x[0] @ np.array([0.299, 0.587, 0.114]))  # rgb2gray has no other weights
""",
    ),
)
