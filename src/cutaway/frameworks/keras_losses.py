"""Any loss of `cutaway.losses` as a Keras `Loss`, on TensorFlow, JAX and PyTorch.

    from cutaway import losses
    from cutaway.frameworks.keras import as_loss

    model.compile(loss=as_loss(losses.focal, gamma=2, alpha=0.25))

A saved model is loaded after this module was imported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cutaway.core.errors import InputError
from cutaway.frameworks.keras_arrays import carried_mask, keras
from cutaway.science import losses


@keras.saving.register_keras_serializable(package="cutaway")
class Loss(keras.losses.Loss):
    """`function(y_pred, y_true, **settings)`; sample weights of `fit` and masks of the model's output are handed on.

    `function`: one of `cutaway.losses`, or its name. Its own reduction is used: Keras's knows no Σ of class weights.
    """

    def __init__(self, function: Callable[..., Any] | str, settings: dict[str, Any], name: str | None = None) -> None:
        title = function if isinstance(function, str) else getattr(function, "__name__", "")
        if title not in losses.__all__ or (callable(function) and getattr(losses, title) is not function):
            raise InputError(
                f"function: as_loss expected a loss of cutaway.losses, which a saved model can name, got {function!r}; "
                "wrap your own in keras.losses.Loss"
            )
        super().__init__(name=name or title)
        self.function = getattr(losses, title)
        self.settings = {key: value.tolist() if hasattr(value, "tolist") else value for key, value in settings.items()}

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The reduced loss; where the output has a mask, the mean is over what it leaves."""
        mask = carried_mask(y_pred)  # lost when JAX's arrays are converted
        y_pred = keras.ops.convert_to_tensor(y_pred)
        return self.function(
            y_pred,
            keras.ops.convert_to_tensor(y_true),
            weight=None if sample_weight is None else keras.ops.convert_to_tensor(sample_weight),
            mask=mask,
            **{"reduction": "mean over mask", **self.settings},
        )

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """One loss a row."""
        return self.function(y_pred, keras.ops.convert_to_tensor(y_true), **{**self.settings, "reduction": "none"})

    def get_config(self) -> dict[str, Any]:
        """What the loss is made of again when a model is loaded."""
        return {"function": self.function.__name__, "settings": self.settings, "name": self.name}


def as_loss(function: Callable[..., Any], *, name: str | None = None, **settings: Any) -> Loss:
    """A Keras loss of one of `cutaway.losses`, with these settings.

    Logits by default: for models that end in a sigmoid or softmax take `losses.log_loss_of_p` or `categorical_of_p`.
    Labels of `categorical` may be classes or one-hot. Sample weights and `fit(class_weight=…)` multiply the losses;
    the default reduction divides by the number of rows, as Keras does, and "weighted mean" by the weights, as PyTorch.

    Raises: InputError for a function that is not one of `cutaway.losses`; when called, as the loss does.
    """
    return Loss(function, settings, name)
