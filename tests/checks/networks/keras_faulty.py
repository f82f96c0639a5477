"""Keras models with one fault each, in miniature; each fault is of a kind that published reports describe.

The reports are taxonomies of real faults (Humbatova et al. 2020; Islam et al. 2019; Zhang et al. 2018, on questions of
Stack Overflow and commits of GitHub), framework documentation that warns of a mistake, and forum threads that recur.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from tests.checks.networks import cases
from tests.checks.networks.cases import Case

LOGITS = "SparseCategoricalCrossentropy on logits"


def loss_of(name: str) -> Any:
    if name == LOGITS:
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return name


def mlp(*last: Any, inputs: int = 12, outputs: int = 3, activation: str | None = "softmax") -> Any:
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((inputs,)),
            layers.Dense(32, activation="relu"),
            layers.Dense(32, activation="relu"),
            layers.Dense(outputs, activation=activation),
            *last,
        ]
    )


def compiled(
    model: Any, batch: Any = None, loss: str = "sparse_categorical_crossentropy", **more: Any
) -> dict[str, Any]:
    model.compile(keras.optimizers.Adam(1e-3), loss_of(loss), metrics=more.pop("compiled_metrics", None))
    return {"model": model, "batch": cases.table() if batch is None else batch, **more}


def sigmoid_stack() -> dict[str, Any]:
    """Ten sigmoid layers: the classical report (Hochreiter 1991; Glorot & Bengio 2010)."""
    keras.utils.set_random_seed(0)
    stack = [layers.Dense(32, activation="sigmoid") for _ in range(10)]
    return compiled(keras.Sequential([keras.Input((12,)), *stack, layers.Dense(3, activation="softmax")]))


def dead_relus() -> dict[str, Any]:
    """A large negative bias: Lu et al. 2020, "Dying ReLU"."""
    model = mlp()
    kernel, bias = model.layers[0].get_weights()
    bias[4:] = -30
    model.layers[0].set_weights([kernel, bias])
    return compiled(model)


def saturated_tanh() -> dict[str, Any]:
    """RandomNormal(stddev=4) before tanh: LeCun et al. 1998, section 4.4."""
    keras.utils.set_random_seed(0)
    wide = keras.initializers.RandomNormal(stddev=4.0, seed=1)
    hidden = layers.Dense(32, activation="tanh", kernel_initializer=wide)
    return compiled(keras.Sequential([keras.Input((12,)), hidden, layers.Dense(3, activation="softmax")]))


def momentum_of_torch() -> dict[str, Any]:
    """momentum=0.1, copied from PyTorch, where it means the opposite: issues on ported networks."""
    keras.utils.set_random_seed(0)
    norm = layers.BatchNormalization(momentum=0.1)
    hidden = [layers.Dense(32), norm, layers.ReLU()]
    return compiled(keras.Sequential([keras.Input((12,)), *hidden, layers.Dense(3, activation="softmax")]))


def mask_not_asked_for() -> dict[str, Any]:
    """Embedding without mask_zero=True before an LSTM: the Keras guide "Masking and padding"."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((None,)), layers.Embedding(20, 16), layers.LSTM(16), layers.Dense(2, activation="softmax")]
    )
    return compiled(model, cases.words())


@keras.saving.register_keras_serializable("tests")
class Scale(layers.Layer):
    """A layer of the user's own that does not say supports_masking."""

    def call(self, x: Any) -> Any:
        return x * 2.0


def mask_lost_by_own_layer() -> dict[str, Any]:
    """A custom layer drops the mask on its way to the LSTM: the same guide, and GitHub issues."""
    keras.utils.set_random_seed(0)
    entry = keras.Input((None,))
    h = layers.Embedding(20, 16, mask_zero=True)(entry)
    h = layers.GlobalAveragePooling1D()(Scale()(h))
    return compiled(keras.Model(entry, layers.Dense(2, activation="softmax")(h)), cases.words())


def mask_lost_by_a_plus() -> dict[str, Any]:
    """A shortcut written as a + b, whose result carries no mask, as layers.Add() has: GitHub issues on masking."""
    keras.utils.set_random_seed(0)
    entry = keras.Input((None,))
    h = layers.Embedding(20, 16, mask_zero=True)(entry)
    h = layers.LayerNormalization()(h + layers.MultiHeadAttention(2, 8)(h, h))
    h = layers.GlobalAveragePooling1D()(h)
    return compiled(keras.Model(entry, layers.Dense(2, activation="softmax")(h)), cases.words())


def loss_over_padding() -> dict[str, Any]:
    """No mask reaches the loss of a tagger: tutorials on sequence labelling."""
    keras.utils.set_random_seed(0)
    steps = [layers.Embedding(20, 16), layers.GRU(16, return_sequences=True), layers.Dense(3, activation="softmax")]
    return compiled(keras.Sequential([keras.Input((None,)), *steps]), cases.tags())


def softmax_and_from_logits() -> dict[str, Any]:
    """A softmax, and from_logits=True: the commonest mismatch in questions of Stack Overflow."""
    return compiled(mlp(), loss=LOGITS)


def logits_without_from_logits() -> dict[str, Any]:
    """No softmax, and the default from_logits=False: the reverse."""
    return compiled(mlp(activation=None))


def accuracy_of_logit() -> dict[str, Any]:
    """ "accuracy" cuts one logit at 0.5: the documentation of BinaryAccuracy, GitHub issues."""
    x, y = cases.pair()
    model = mlp(outputs=1, activation=None)
    model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy"])
    return {"model": model, "batch": (x, y[:, None])}


def softmax_over_samples() -> dict[str, Any]:
    """axis=0: Islam et al. 2019, API misuse."""
    return compiled(mlp(layers.Softmax(axis=0), activation=None))


def softmax_of_one() -> dict[str, Any]:
    """Dense(1, activation="softmax"): a recurring question, "my accuracy does not change"."""
    x, y = cases.pair()
    return compiled(mlp(outputs=1), (x, y[:, None]), "binary_crossentropy")


def softmax_twice() -> dict[str, Any]:
    """Dense(activation="softmax") followed by a Softmax layer: Stack Overflow."""
    return compiled(mlp(layers.Softmax()))


def large_last_layer() -> dict[str, Any]:
    """RandomNormal(stddev=6) in the last layer: Humbatova et al. 2020, weights initialisation."""
    model = mlp()
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([np.random.default_rng(0).normal(0, 6, kernel.shape), bias])
    return compiled(model)


def unscaled_inputs() -> dict[str, Any]:
    """Pixels from 0 to 255: Humbatova et al. 2020, "missing normalisation"."""
    x, y = cases.images()
    keras.utils.set_random_seed(0)
    rest = [layers.Conv2D(8, 3, activation="relu"), layers.Flatten(), layers.Dense(2, activation="softmax")]
    pixels = np.clip(128 + 60 * x, 0, 255).astype(np.float32)
    return compiled(keras.Sequential([keras.Input((8, 8, 1)), *rest]), (pixels, y))


@keras.saving.register_keras_serializable("tests")
class Hard(layers.Layer):
    """A threshold, which has no gradient."""

    def call(self, x: Any) -> Any:
        return ops.cast(x > 0, "float32")


def threshold_in_the_middle() -> dict[str, Any]:
    """A hard threshold between the layers: threads on "no gradients provided for any variable"."""
    keras.utils.set_random_seed(0)
    rest = [layers.Dense(32), Hard(), layers.Dense(3, activation="softmax")]
    return compiled(keras.Sequential([keras.Input((12,)), *rest]))


def frozen_head() -> dict[str, Any]:
    """The new head was frozen with its model: transfer-learning threads, "frozen layers"."""
    model = mlp()
    model.layers[-1].trainable = False
    return compiled(model)


@keras.saving.register_keras_serializable("tests")
class AlwaysDropping(layers.Layer):
    """Drops without asking for the mode."""

    def __init__(self) -> None:
        super().__init__()
        self.draws = keras.random.SeedGenerator(1)

    def call(self, x: Any) -> Any:
        return keras.random.dropout(x, 0.3, seed=self.draws)


def dropout_in_evaluation() -> dict[str, Any]:
    """Dropout in a custom layer that does not heed `training`: threads on predictions that change."""
    keras.utils.set_random_seed(0)
    rest = [layers.Dense(32, activation="relu"), AlwaysDropping(), layers.Dense(3, activation="softmax")]
    return compiled(keras.Sequential([keras.Input((12,)), *rest]))


def step_of_one_layer() -> dict[str, Any]:
    """A custom loop hands the optimiser the variables of one layer: Humbatova et al. 2020, training loop."""
    import tensorflow as tf

    model, optimiser = mlp(), keras.optimizers.SGD(0.1)
    model.compile(optimiser, "sparse_categorical_crossentropy")

    def step(x: Any, y: Any) -> None:
        with tf.GradientTape() as tape:
            loss = model.compute_loss(y=y, y_pred=model(x, training=True))
        own = model.layers[-1].trainable_variables
        optimiser.apply_gradients(zip(tape.gradient(loss, own), own, strict=True))

    return {"model": model, "batch": cases.table(), "step": step}


def accumulators_not_cleared() -> dict[str, Any]:
    """Accumulated gradients are applied and never set back: custom loops on GitHub."""
    import tensorflow as tf

    model, optimiser = mlp(), keras.optimizers.SGD(0.01)
    model.compile(optimiser, "sparse_categorical_crossentropy")
    own = model.trainable_variables
    sums = [tf.Variable(tf.zeros_like(v.value)) for v in own]

    def step(x: Any, y: Any) -> None:
        with tf.GradientTape() as tape:
            loss = model.compute_loss(y=y, y_pred=model(x, training=True))
        for total, g in zip(sums, tape.gradient(loss, own), strict=True):
            total.assign_add(g)
        optimiser.apply([total.value() for total in sums], own)

    return {"model": model, "batch": cases.table(), "step": step}


@keras.saving.register_keras_serializable("tests")
class BatchOnly(keras.Model):
    """Normalises by the batch, in evaluation too."""

    def __init__(self) -> None:
        super().__init__()
        self.enter, self.norm, self.head = layers.Dense(32), layers.BatchNormalization(), layers.Dense(3)

    def call(self, x: Any, training: bool = False) -> Any:
        return self.head(ops.relu(self.norm(self.enter(x), training=True)))


def batch_norm_in_training_mode() -> dict[str, Any]:
    """BatchNormalization called with training=True for good: GitHub issues on fine-tuning."""
    keras.utils.set_random_seed(0)
    model = BatchOnly()
    model(np.zeros((1, 12), np.float32))
    return compiled(model, loss=LOGITS)


def labels_shuffled() -> dict[str, Any]:
    """Inputs and labels were shuffled apart: Humbatova et al. 2020, training data; Zhang et al. 2017."""
    x, y = cases.table()
    return compiled(mlp(), (x, np.random.default_rng(1).permutation(y)))


def bottleneck() -> dict[str, Any]:
    """A layer of one unit: Humbatova et al. 2020, "suboptimal layer size"; Karpathy 2019."""
    keras.utils.set_random_seed(0)
    rest = [layers.Dense(1, activation="sigmoid"), layers.Rescaling(0.01), layers.Dense(3, activation="softmax")]
    return compiled(keras.Sequential([keras.Input((12,)), *rest]))


@keras.saving.register_keras_serializable("tests")
class Logarithm(layers.Layer):
    """Of what a ReLU gives."""

    def call(self, x: Any) -> Any:
        return ops.log(x)


def logarithm_of_zero() -> dict[str, Any]:
    """The logarithm of a ReLU: Humbatova et al. 2020, and threads on a loss that is NaN."""
    keras.utils.set_random_seed(0)
    rest = [layers.Dense(32, activation="relu"), Logarithm(), layers.Dense(3, activation="softmax")]
    return compiled(keras.Sequential([keras.Input((12,)), *rest]))


FAULTY = (
    Case("sigmoid stack", sigmoid_stack, "NET001", ("NET016", "NET017")),
    Case("dead ReLUs", dead_relus, "NET002"),
    Case("saturated tanh", saturated_tanh, "NET003"),
    Case("momentum of PyTorch", momentum_of_torch, "NET004"),
    Case("mask not asked for", mask_not_asked_for, "NET005"),
    Case("mask lost by own layer", mask_lost_by_own_layer, "NET005"),
    Case("mask lost by a plus sign", mask_lost_by_a_plus, "NET005"),
    Case("loss over padding", loss_over_padding, "NET006"),
    Case("softmax and from_logits", softmax_and_from_logits, "NET007", ("NET017",)),
    Case("logits without from_logits", logits_without_from_logits, "NET007", ("NET009", "NET017")),
    Case("accuracy of a logit", accuracy_of_logit, "NET007"),
    Case("softmax over samples", softmax_over_samples, "NET008", ("NET009", "NET015")),
    Case("softmax of one", softmax_of_one, "NET008", ("NET009", "NET011", "NET016", "NET017")),
    Case("softmax twice", softmax_twice, "NET008", ("NET017",)),
    Case("large last layer", large_last_layer, "NET009"),
    Case("unscaled inputs", unscaled_inputs, "NET010", ("NET009",)),
    Case("threshold in the middle", threshold_in_the_middle, "NET011"),
    Case("frozen layers", frozen_head, "NET011"),
    Case("dropout in evaluation", dropout_in_evaluation, "NET012"),
    Case("step of one layer", step_of_one_layer, "NET013"),
    Case("accumulators not cleared", accumulators_not_cleared, "NET014"),
    Case("batch norm in training mode", batch_norm_in_training_mode, "NET015"),
    Case("labels shuffled", labels_shuffled, "NET016"),
    Case("bottleneck", bottleneck, "NET017"),
    Case("logarithm of zero", logarithm_of_zero, "NET018"),
)
