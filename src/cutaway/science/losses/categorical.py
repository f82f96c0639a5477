"""The log loss of K classes, from logits and from probabilities."""

from __future__ import annotations

from collections.abc import Sequence

from cutaway.core import arrays
from cutaway.core.arrays import Array
from cutaway.science.losses import inputs
from cutaway.science.losses.log_loss import minus_log, probabilities, times
from cutaway.science.losses.reductions import Reduction


def categorical(
    logits: Array,
    y: Array,
    *,
    axis: int = -1,
    weight: Array | None = None,
    class_weight: Sequence[float] | Array | None = None,
    mask: Array | None = None,
    smoothing: float = 0.0,
    reduction: Reduction = "mean",
) -> Array:
    """Categorical log loss (cross-entropy) of logits, in nats: -Σₖ cₖ yₖ log softmax(z)ₖ.

    Exact at every finite logit; a class ruled out by a logit of -∞ costs infinity where it is the label, else 0.

    Args:
        logits: (…, K) of NumPy, PyTorch, JAX or TensorFlow; gradients flow through theirs.
        y: classes 0 … K-1 (…), or one share a class (…, K): one-hot or soft.
        axis: of the classes, in logits and shares: -1, as in Keras and JAX; 1 for PyTorch's images.
        weight: sample weights of 0 or more, (…) or its first axes.
        class_weight: c (K,), inside the sum over classes, as PyTorch has it; with one-hot labels and no smoothing the
            same as `weight=c[y]`, which is Keras's `class_weight`. With smoothing the two differ.
        mask: true (not 0) for rows that count, (…) or its first axes. Others may hold anything.
        smoothing: ε in yₖ (1 - ε) + ε / K.
        reduction: see `losses.REDUCTIONS`; N counts rows. A mean over no rows is NaN, a sum 0.

    NaN logits give NaN. A single class (K = 1) costs 0. Inside a compiled graph a label that is no class makes its row
    NaN; elsewhere it is refused. Returns the logits' dtype; whole numbers count as float64.

    Raises: InputError for shapes that do not fit and, outside compiled graphs, for labels that are no classes, shares
    beyond [0, 1] or weights below 0.

    Source: Szegedy et al. 2016, Rethinking the Inception Architecture, section 7 (label smoothing).

    >>> import numpy as np
    >>> round(float(categorical(np.log([[0.7, 0.2, 0.1]]), np.array([1]))), 6)  # -log 0.2
    1.609438
    """
    rows = inputs.categorical(
        logits,
        y,
        axis=axis,
        weight=weight,
        class_weight=class_weight,
        mask=mask,
        smoothing=smoothing,
        function="categorical",
    )
    xp = arrays.namespace(rows.scores)
    loss = xp.sum(times(rows.up, -arrays.log_softmax(rows.scores)), axis=-1)
    return rows.share.reduced(loss, reduction, "categorical")


def categorical_of_p(
    p: Array,
    y: Array,
    *,
    axis: int = -1,
    eps: float = 0.0,
    weight: Array | None = None,
    class_weight: Sequence[float] | Array | None = None,
    mask: Array | None = None,
    smoothing: float = 0.0,
    reduction: Reduction = "mean",
) -> Array:
    """Categorical log loss of probabilities: -Σₖ cₖ yₖ log pₖ, whether or not they sum to 1.

    A label whose probability is 0 costs infinity; with `eps`, p is first clipped to [eps, 1 - eps]. (Keras also divides
    by Σₖ pₖ before; that is for the caller to do.) Other arguments as in `categorical`.

    Raises: InputError as `categorical`, and for eps outside [0, 0.5).

    >>> import numpy as np
    >>> float(categorical_of_p(np.array([[1.0, 0.0]]), np.array([1])))
    inf
    """
    rows = inputs.categorical(
        p,
        y,
        axis=axis,
        weight=weight,
        class_weight=class_weight,
        mask=mask,
        smoothing=smoothing,
        function="categorical_of_p",
        blank=1.0,
    )
    p = probabilities(rows.scores, eps, "categorical_of_p")
    xp = arrays.namespace(p)
    return rows.share.reduced(xp.sum(minus_log(rows.up, p), axis=-1), reduction, "categorical_of_p")
