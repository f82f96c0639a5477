"""Internal covariate shift: by its definition, none where nothing moved, and noise that makes some."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.nets import (
    Deep,
    Disturbance,
    Shift,
    Trials,
    covariate_shift,
    cross_entropy,
    he_normal,
    mapped,
    stack_of,
    stacked,
    total,
    train_stack,
    unstacked,
    value_and_gradient,
)
from tests.science.nets.differences import agrees_with_differences


def network(norm: Any = "none", depth: int = 4) -> tuple[Deep, list[Any]]:
    deep = Deep("tanh", depth, 12, 6, 3, norm)
    return deep, [deep.init((seed,), he_normal) for seed in range(2)]


def shifted(deep: Deep, starts: list[Any], new: list[Any], x: np.ndarray, y: np.ndarray, learns: int = 2) -> Shift:
    model = stack_of(deep.model, len(starts))
    state, many = model.start((0,)), np.broadcast_to(x, (len(starts), *x.shape))

    def loss(logits: Any) -> Any:
        return total(cross_entropy(logits, np.broadcast_to(y, (len(starts), len(y))), reduction="none")) * (1 / len(y))

    params = stacked(starts), stacked(new)
    places = {"learns": deep.dense[learns], "seen": deep.pre[learns]}
    return covariate_shift(model, params, (state, state), many, loss, **places)


def test_it_is_what_its_definition_says(rng: np.random.Generator) -> None:
    """Santurkar et al., definition 2.1, and moments of the pre-activations, network by network."""
    deep, starts = network()
    x, y = rng.normal(size=(30, 6)), rng.integers(0, 3, 30)
    new = [mapped(lambda p: p + 0.05 * rng.normal(size=p.shape).astype(np.float32), one) for one in starts]
    found = shifted(deep, starts, new, x, y)
    place = deep.dense[2]
    for at, (old, moved) in enumerate(zip(starts, new, strict=True)):
        mixed = (*moved[:place], *old[place:])
        both, z = [], []
        for params in (old, mixed):
            state = deep.model.start((0,))
            _, g, _ = value_and_gradient(
                lambda p, s=state: cross_entropy(deep.model.apply(p, x, s, True)[0], y), params
            )
            both.append(np.concatenate([g[place]["kernel"].ravel(), g[place]["bias"]]))
            inner = x
            for layer, part in zip(deep.model.layers[: place + 1], params, strict=False):
                inner, _ = layer.apply(part, inner, (), True)
            z.append(inner)
        g, g2 = both
        assert found.gradient[at] == pytest.approx(np.linalg.norm(g2 - g) / np.linalg.norm(g), rel=1e-4)
        assert found.cosine[at] == pytest.approx(g @ g2 / np.linalg.norm(g) / np.linalg.norm(g2), rel=1e-4)
        moved_by = np.hypot(z[1].mean(0) - z[0].mean(0), z[1].std(0) - z[0].std(0)) / z[0].std(0)
        assert found.drift[at] == pytest.approx(np.median(moved_by), rel=1e-4)


def test_where_nothing_before_it_moved_there_is_none(rng: np.random.Generator) -> None:
    deep, starts = network("batch")
    x, y = rng.normal(size=(30, 6)), rng.integers(0, 3, 30)
    place = deep.dense[2]
    after = [(*one[:place], *mapped(lambda p: p + 1, one[place:])) for one in starts]
    found = shifted(deep, starts, after, x, y)
    assert np.all(found.drift == 0) and np.all(found.gradient == 0)
    np.testing.assert_allclose(found.cosine, 1, rtol=1e-12)


def test_batch_norm_holds_the_moments_still(rng: np.random.Generator) -> None:
    x, y = rng.normal(size=(30, 6)), rng.integers(0, 3, 30)
    for norm, high in (("none", None), ("batch", 1e-3)):
        deep, starts = network(norm)
        new = [mapped(lambda p: p + 0.05 * rng.normal(size=p.shape).astype(np.float32), one) for one in starts]
        found = shifted(deep, starts, new, x, y)
        assert np.all(found.drift < high) if high else np.all(found.drift > 0.01)
        assert np.all(found.gradient > 0.05)


def test_places_in_the_wrong_order_are_refused() -> None:
    deep, starts = network()
    model = stack_of(deep.model, 2)
    with pytest.raises(InputError, match="learns, seen"):
        covariate_shift(model, (stacked(starts),) * 2, ((), ()), np.zeros((2, 3, 6)), lambda z: z, learns=3, seen=2)


def test_noise_is_new_at_each_step_and_none_in_evaluation(rng: np.random.Generator) -> None:
    noise, x = Disturbance(), rng.normal(size=(2, 400, 3))
    state = noise.start((7,))
    one, after = noise.apply((), x, state, True)
    again, _ = noise.apply((), x, state, True)
    other, _ = noise.apply((), x, after, True)
    np.testing.assert_array_equal(one, again)
    assert not np.allclose(one, other)
    assert int(after["step"]) == 1 and noise.init(()) == ()
    still, same = noise.apply((), x, after, False)
    assert still is x and same is after
    shift = one.mean(axis=1) - x.mean(axis=1)
    assert np.all(np.abs(shift) < 0.7) and np.abs(shift).max() > 0.1
    assert np.all((one.std(axis=1) > 0.9) & (one.std(axis=1) < 1.45))


def test_noise_is_passed_back_as_its_factor(rng: np.random.Generator) -> None:
    noise = Disturbance()
    agrees_with_differences(lambda x: noise.apply((), x, noise.start((3,)), True)[0], rng.normal(size=(2, 4, 3)))


def trained(norm: Any = "none", steps: int = 20, **more: Any) -> tuple[Deep, list[Any], np.ndarray, Trials]:
    rng = np.random.default_rng(0)
    deep, starts = network(norm, depth=2)
    y = rng.integers(0, 3, 200)
    x = (rng.normal(size=(200, 6)) + 2 * np.eye(3, 6)[y]).astype(np.float32)
    batches = rng.integers(0, 150, (steps, 16))
    done = train_stack(deep, starts, (x[:150], y[:150]), (x[150:], y[150:]), batches, 0.2, **more)
    return deep, starts, batches, done


@pytest.mark.parametrize("norm", ["none", "batch"])
def test_a_stack_is_trained_as_each_network_alone(norm: Any) -> None:
    deep, starts, batches, done = trained(norm)
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 200)
    x = (rng.normal(size=(200, 6)) + 2 * np.eye(3, 6)[y]).astype(np.float32)
    for at, params in enumerate(starts):
        state = deep.model.start((0,))
        for step, batch in enumerate(batches):

            def loss(p: Any, batch: np.ndarray = batch, state: Any = state) -> Any:
                logits, after = deep.model.apply(p, x[batch], state, True)
                return cross_entropy(logits, y[batch]), after

            value, gradient, state = value_and_gradient(loss, params)
            assert done.loss[at, step] == pytest.approx(value, rel=2e-3)
            params = mapped(lambda p, g: p - np.float32(0.2) * g, params, gradient)
        logits, _ = deep.model.apply(params, x[150:], state, False)
        assert done.accuracy[at] == pytest.approx(np.mean(logits.argmax(1) == y[150:]), abs=0.021)
    assert done.loss[:, -5:].mean() < done.loss[:, :3].mean()


def test_what_is_noted_of_a_training() -> None:
    told: list[tuple[str, float, float | None]] = []
    deep, _, _, done = trained("disturbed", shifts=3, progress=lambda *words: told.append(words), stage="noisy")
    assert done.at == (3, 10, 17) and done.drift.shape == done.gradient.shape == done.cosine.shape == (2, 3)
    assert np.all(done.drift > 0.01) and np.all(done.silent == 0)
    assert told == [("noisy", 0, 20), ("noisy", 10, 20), ("noisy", 20, 20)]
    again = trained("disturbed", shifts=3)[3]
    np.testing.assert_array_equal(done.loss, again.loss)
    np.testing.assert_array_equal(unstacked(stacked([done.loss]), 0), done.loss)
    with pytest.raises(InputError, match="starts: train_stack"):
        train_stack(deep, [], (np.zeros((1, 6)),) * 2, (np.zeros((1, 6)),) * 2, np.zeros((1, 1), int), 0.1)  # type: ignore[arg-type]


def test_dead_units_are_counted() -> None:
    rng = np.random.default_rng(1)
    deep = Deep("relu", 1, 10, 4, 2)
    params = deep.init((0,), he_normal)
    params[0]["bias"][:4] = -100
    x, y = rng.normal(size=(50, 4)).astype(np.float32), rng.integers(0, 2, 50)
    done = train_stack(deep, [params], (x, y), (x, y), rng.integers(0, 50, (4, 8)), 0.01, shifts=1)
    assert done.silent.shape == (1, 1) and 0.4 <= done.silent[0, 0] < 0.8
