"""Keras 3 metrics over one confusion matrix, right over batches, on TensorFlow, JAX and PyTorch.

    from cutaway.frameworks.keras import Confusion, EpochCurves

    model.compile(loss=…, metrics=[Confusion(("cat", "dog", "owl"))])
    model.fit(…, callbacks=[EpochCurves()])

logs `recall_cat`, `precision_cat`, `f1_cat`, `recall_dog`, … of every epoch, `val_recall_cat`, … of validation data.
The matrix is added up over the batches and the rates are read off it with the formulas of `science.metrics`. A mean of
the rates of batches is another number.

Keras hands sample weights (and class weights) to `weighted_metrics=[…]` only. Masks of the model's output are heeded.
A saved model that holds a metric is loaded after this module was imported.

`as_loss` makes a Keras `Loss` of any loss of `cutaway.losses` (`frameworks/keras_losses.py`).
"""

from __future__ import annotations

from cutaway.frameworks.keras_confusion import Confusion
from cutaway.frameworks.keras_curves import EpochCurves
from cutaway.frameworks.keras_losses import as_loss

__all__ = ["Confusion", "EpochCurves", "as_loss"]
