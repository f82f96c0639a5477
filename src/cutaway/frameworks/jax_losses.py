"""Any loss of `cutaway.losses` in the manner of optax: a function of logits and labels that gives one loss a row.

    from cutaway import losses
    from cutaway.frameworks.jax_losses import as_loss

    focal = as_loss(losses.focal, gamma=2, alpha=0.25)
    jax.grad(lambda params: focal(model(params, x), labels).mean())(params)

It may stand inside `jax.jit`, `jax.grad` and `jax.vmap`. Nothing of JAX is imported here: the losses take its arrays.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


def as_loss(function: Callable[..., Any], **settings: Any) -> Callable[..., Any]:
    """`loss(logits, labels, weight=…, mask=…)` of one of `cutaway.losses`, with these settings.

    One loss a row, as optax has it, unless `reduction=` says otherwise.

    Raises: InputError when called, as the loss does.
    """
    return functools.partial(function, **{"reduction": "none", **settings})
