"""Sound Keras models of many kinds, in miniature: no check may find an issue in any."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from tests.checks.networks import cases
from tests.checks.networks.cases import Case
from tests.checks.networks.keras_faulty import LOGITS, compiled, mlp


def probabilities() -> dict[str, Any]:
    return compiled(mlp(), compiled_metrics=["accuracy"])


def logits() -> dict[str, Any]:
    return compiled(mlp(activation=None), loss=LOGITS, compiled_metrics=["accuracy"])


def trained() -> dict[str, Any]:
    """After forty epochs, when its answers are sure."""
    given = compiled(mlp())
    given["model"].fit(*given["batch"], epochs=40, verbose=0)
    return given


def one_probability() -> dict[str, Any]:
    x, y = cases.pair()
    model = mlp(outputs=1, activation="sigmoid")
    return compiled(model, (x, y[:, None]), "binary_crossentropy", compiled_metrics=["accuracy", keras.metrics.AUC()])


def one_logit() -> dict[str, Any]:
    x, y = cases.pair()
    model = mlp(outputs=1, activation=None)
    metrics = [keras.metrics.BinaryAccuracy(threshold=0.0)]
    model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True), metrics=metrics)
    return {"model": model, "batch": (x, y[:, None])}


def one_hot() -> dict[str, Any]:
    x, y = cases.table()
    return compiled(mlp(), (x, np.eye(3, dtype=np.float32)[y]), "categorical_crossentropy")


def regression() -> dict[str, Any]:
    x, _ = cases.table()
    return compiled(mlp(outputs=1, activation=None), (x, x[:, :1] - 0.5 * x[:, 1:2]), "mse")


def batch_norm() -> dict[str, Any]:
    """Trained until its running statistics have settled."""
    keras.utils.set_random_seed(0)
    hidden = [layers.Dense(32), layers.BatchNormalization(momentum=0.9), layers.ReLU(), layers.Dropout(0.3)]
    given = compiled(keras.Sequential([keras.Input((12,)), *hidden, layers.Dense(3, activation="softmax")]))
    given["model"].fit(*given["batch"], epochs=20, batch_size=32, verbose=0)
    return given


def deep() -> dict[str, Any]:
    """Ten ReLU layers under He's initialisation."""
    keras.utils.set_random_seed(0)
    stack = [layers.Dense(64, activation="relu", kernel_initializer="he_normal") for _ in range(10)]
    return compiled(keras.Sequential([keras.Input((12,)), *stack, layers.Dense(3, activation="softmax")]))


def convolutions() -> dict[str, Any]:
    keras.utils.set_random_seed(0)
    body = [layers.Conv2D(8, 3), layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D(), layers.Flatten()]
    model = keras.Sequential([keras.Input((8, 8, 1)), *body, layers.Dense(2, activation="softmax")])
    return compiled(model, cases.images())


def scaled_inside() -> dict[str, Any]:
    """Pixels from 0 to 255, which the model divides itself."""
    x, y = cases.images()
    keras.utils.set_random_seed(0)
    body = [layers.Rescaling(1 / 60, offset=-2), layers.Conv2D(8, 3, activation="relu"), layers.Flatten()]
    model = keras.Sequential([keras.Input((8, 8, 1)), *body, layers.Dense(2, activation="softmax")])
    return compiled(model, (np.clip(128 + 60 * x, 0, 255).astype(np.float32), y))


def masked_lstm() -> dict[str, Any]:
    keras.utils.set_random_seed(0)
    rest = [layers.Embedding(20, 16, mask_zero=True), layers.LSTM(16), layers.Dense(2, activation="softmax")]
    return compiled(keras.Sequential([keras.Input((None,)), *rest]), cases.words())


def masked_numbers() -> dict[str, Any]:
    """Masking before a recurrence of a layer that passes the mask on."""
    keras.utils.set_random_seed(0)
    rest = [layers.Masking(0.0), layers.Dense(16, activation="tanh"), layers.GRU(16), layers.Dense(2)]
    model = keras.Sequential([keras.Input((None, 5)), *rest])
    return compiled(model, cases.signals(), LOGITS)


def attention() -> dict[str, Any]:
    """Self-attention with Keras' own mask, then a masked mean."""
    keras.utils.set_random_seed(0)
    entry = keras.Input((None,))
    h = layers.Embedding(20, 16, mask_zero=True)(entry)
    h = layers.LayerNormalization()(layers.Add()([h, layers.MultiHeadAttention(2, 8)(h, h)]))
    h = layers.GlobalAveragePooling1D()(h)
    return compiled(keras.Model(entry, layers.Dense(2, activation="softmax")(h)), cases.words())


def tagger() -> dict[str, Any]:
    """The mask reaches the loss."""
    keras.utils.set_random_seed(0)
    steps = [layers.Embedding(20, 16, mask_zero=True), layers.GRU(16, return_sequences=True)]
    model = keras.Sequential([keras.Input((None,)), *steps, layers.Dense(3, activation="softmax")])
    return compiled(model, cases.tags())


@keras.saving.register_keras_serializable("tests")
class Residual(keras.Model):
    """A model of the user's own class."""

    def __init__(self) -> None:
        super().__init__()
        self.enter, self.head = layers.Dense(32), layers.Dense(3)
        self.inner = [layers.Dense(32, activation="gelu") for _ in range(3)]

    def call(self, x: Any, training: bool = False) -> Any:
        h = self.enter(x)
        for layer in self.inner:
            h = h + layer(h)
        return ops.log_softmax(self.head(h))


def own_class() -> dict[str, Any]:
    keras.utils.set_random_seed(0)
    return compiled(Residual(), loss=LOGITS)


def own_loop() -> dict[str, Any]:
    """A step as it should be."""
    import tensorflow as tf

    model, optimiser = mlp(), keras.optimizers.Adam(1e-3)
    model.compile(optimiser, "sparse_categorical_crossentropy")

    def step(x: Any, y: Any) -> None:
        with tf.GradientTape() as tape:
            loss = model.compute_loss(y=y, y_pred=model(x, training=True))
        own = model.trainable_variables
        optimiser.apply_gradients(zip(tape.gradient(loss, own), own, strict=True))

    return {"model": model, "batch": cases.table(), "step": step}


SOUND = (
    Case("probabilities", probabilities),
    Case("logits", logits),
    Case("trained", trained),
    Case("one probability", one_probability),
    Case("one logit", one_logit),
    Case("one-hot labels", one_hot),
    Case("regression", regression),
    Case("batch norm, trained", batch_norm),
    Case("ten layers", deep),
    Case("convolutions", convolutions),
    Case("scaled inside", scaled_inside),
    Case("masked LSTM", masked_lstm),
    Case("masked numbers", masked_numbers),
    Case("attention", attention),
    Case("tagger", tagger),
    Case("own class", own_class),
    Case("own loop", own_loop),
)
