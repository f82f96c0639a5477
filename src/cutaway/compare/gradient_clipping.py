"""Is a gradient clipped variable by variable, or as a whole?

Answer: PyTorch's clip_grad_norm_, optax' clip_by_global_norm and Keras' global_clipnorm scale all gradients by one
factor and keep their direction; Keras' clipnorm scales each variable by itself, which turns the step. PyTorch also adds
1e-6 to the norm.

Source: Pascanu, Mikolov and Bengio (2013), On the difficulty of training recurrent neural networks, algorithm 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.compare.run.topic import Converter, formula, variant

TITLE = "Clipping by norm"
TOLERANCE = 1e-5


def given() -> dict[str, Any]:
    """Gradients of two variables, with norms 5 and 0.5, to be clipped to a norm of 1."""
    return {"one": np.array([3.0, 4.0]), "two": np.array([0.3, 0.4]), "most": 1.0}


@formula("g · min(1, c / ‖all g‖)")
def as_a_whole(one: np.ndarray, two: np.ndarray, most: float) -> np.ndarray:
    both = np.concatenate([one, two])
    return np.asarray(both * min(1.0, most / np.linalg.norm(both)))


@formula("each g · min(1, c / ‖g‖)")
def one_by_one(one: np.ndarray, two: np.ndarray, most: float) -> np.ndarray:
    return np.concatenate([g * min(1.0, most / np.linalg.norm(g)) for g in (one, two)])


@variant("pytorch", call="torch.nn.utils.clip_grad_norm_(parameters, 1.0)", follows=as_a_whole)
def torch_norm(one: np.ndarray, two: np.ndarray, most: float) -> Any:
    import torch

    parameters = [torch.zeros(2, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    for parameter, gradient in zip(parameters, (one, two), strict=True):
        parameter.grad = torch.tensor(gradient)
    torch.nn.utils.clip_grad_norm_(parameters, most)
    return torch.cat([parameter.grad for parameter in parameters])


def _keras(one: np.ndarray, two: np.ndarray, **clipping: float) -> Any:
    import keras

    variables = [keras.Variable(np.zeros(2), dtype="float64") for _ in range(2)]
    gradients = [keras.ops.convert_to_tensor(each) for each in (one, two)]
    keras.optimizers.SGD(1.0, **clipping).apply(gradients, variables)
    return -np.concatenate([keras.ops.convert_to_numpy(variable) for variable in variables])


@variant("keras", call="keras.optimizers.SGD(clipnorm=1.0)", follows=one_by_one)
def keras_clipnorm(one: np.ndarray, two: np.ndarray, most: float) -> Any:
    return _keras(one, two, clipnorm=most)


@variant("keras", call="keras.optimizers.SGD(global_clipnorm=1.0)", follows=as_a_whole)
def keras_global(one: np.ndarray, two: np.ndarray, most: float) -> Any:
    return _keras(one, two, global_clipnorm=most)


@variant("tensorflow", call="tf.clip_by_global_norm(gradients, 1.0)", follows=as_a_whole)
def tensorflow_global(one: np.ndarray, two: np.ndarray, most: float) -> Any:
    import tensorflow as tf

    return tf.concat(tf.clip_by_global_norm([tf.constant(one), tf.constant(two)], most)[0], 0)


@variant("optax", call="optax.clip_by_global_norm(1.0)", follows=as_a_whole)
def optax_global(one: np.ndarray, two: np.ndarray, most: float) -> Any:
    import jax
    import optax

    gradients = [jax.numpy.asarray(one), jax.numpy.asarray(two)]
    clip = optax.clip_by_global_norm(most)
    return jax.numpy.concatenate(clip.update(gradients, clip.init(gradients))[0])


CONVERTERS = (
    Converter(
        of=keras_clipnorm,
        to="pytorch",
        exactness="near",
        error=1e-5,
        code="""\
import torch

parameters = [torch.zeros(2, dtype=torch.float64, requires_grad=True) for _ in range(2)]
for parameter, gradient in zip(parameters, (one, two)):
    parameter.grad = torch.tensor(gradient)
    torch.nn.utils.clip_grad_norm_([parameter], most)  # one at a time
value = torch.cat([parameter.grad for parameter in parameters])
""",
        reason="PyTorch divides by the norm plus 1e-6.",
    ),
    Converter(
        of=torch_norm,
        to="keras",
        exactness="near",
        error=1e-5,
        code="""\
import keras
import numpy as np

variables = [keras.Variable(np.zeros(2), dtype="float64") for _ in range(2)]
gradients = [keras.ops.convert_to_tensor(each) for each in (one, two)]
keras.optimizers.SGD(1.0, global_clipnorm=most).apply(gradients, variables)
value = -np.concatenate([keras.ops.convert_to_numpy(variable) for variable in variables])
""",
        reason="PyTorch divides by the norm plus 1e-6.",
    ),
)
