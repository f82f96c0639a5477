"""The losses in the manner of optax, against optax."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from cutaway import losses
from cutaway.frameworks.jax_losses import as_loss


def batch() -> tuple[jax.Array, jax.Array, jax.Array]:
    rng = np.random.default_rng(1)
    return jnp.asarray(rng.normal(size=(32, 4))), jnp.asarray(rng.integers(0, 4, 32)), jnp.asarray(rng.random(32))


def test_values_are_those_of_optax() -> None:
    with jax.enable_x64(True):
        z, y, soft = batch()
        binary = (y > 1).astype(z.dtype)
        hot = jax.nn.one_hot(y, 4, dtype=z.dtype)
        pairs = (
            (as_loss(losses.log_loss)(z[:, 0], soft), optax.sigmoid_binary_cross_entropy(z[:, 0], soft)),
            (as_loss(losses.categorical)(z, y), optax.softmax_cross_entropy_with_integer_labels(z, y)),
            (
                as_loss(losses.categorical, smoothing=0.1)(z, y),
                optax.softmax_cross_entropy(z, optax.smooth_labels(hot, 0.1)),
            ),
            (
                as_loss(losses.focal, gamma=2.0, alpha=0.25)(z[:, 0], binary),
                optax.sigmoid_focal_loss(z[:, 0], binary, alpha=0.25, gamma=2.0),
            ),
            (
                as_loss(losses.focal, gamma=2.0, alpha=0.25, soft="blended")(z[:, 0], soft),
                optax.sigmoid_focal_loss(z[:, 0], soft, alpha=0.25, gamma=2.0),
            ),
        )
        for mine, theirs in pairs:
            np.testing.assert_allclose(mine, theirs, rtol=1e-12)


def test_it_trains_inside_jit_and_maps_over_rows() -> None:
    with jax.enable_x64(True):
        z, y, weight = batch()
        loss = as_loss(losses.focal_categorical, gamma=2.0)

        @jax.jit
        def total(scores: jax.Array) -> jax.Array:
            return loss(scores, y, weight=weight).mean()

        optimiser = optax.sgd(1.0)
        state = optimiser.init(z)
        slope = jax.grad(total)(z)
        step, _ = optimiser.update(slope, state)
        assert float(total(optax.apply_updates(z, step))) < float(total(z))
        found = losses.derivatives(losses.focal_categorical, np.asarray(z), np.asarray(y), weight=np.asarray(weight))
        np.testing.assert_allclose(slope * 32, found.gradient, atol=1e-14)
        each = jax.vmap(lambda a, b: loss(a[None], b[None])[0])(z, y)
        np.testing.assert_allclose(each, loss(z, y), rtol=1e-12)
        assert float(as_loss(losses.log_loss, reduction="sum")(z[:, 0], y > 1)) == pytest.approx(
            float(losses.log_loss(np.asarray(z[:, 0]), np.asarray(y > 1), reduction="sum"))
        )
