"""A fit learns, repeats itself bit by bit, goes on after a break as if there had been none, and shows what it does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from cutaway.core.errors import InputError
from cutaway.science.nets import (
    SGD,
    Adam,
    BatchNorm,
    Cosine,
    Dense,
    Dropout,
    EarlyStopping,
    Epoch,
    Masked,
    Moment,
    ReLU,
    RMSprop,
    Sequential,
    Snapshot,
    WarmUp,
    accuracy,
    binary_cross_entropy,
    cross_entropy,
    fit,
    is_heard,
    leaves,
    predict,
    total,
)
from cutaway.science.nets.tape import derived, heard

MODEL = Sequential((Dense(6, 16), BatchNorm(16), ReLU(), Dropout(0.2), Dense(16, 3)))
PLAIN = Sequential((Dense(6, 16), ReLU(), Dense(16, 3)))


def blobs(n: int = 200, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Three clouds of points in six dimensions, around centres that stay."""
    centres = 1.2 * np.random.default_rng(0).normal(size=(3, 6))
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    return (centres[y] + rng.normal(size=(n, 6))).astype(np.float32), y


X, Y = blobs()
HELD = blobs(100, 6)


def same(a: Any, b: Any) -> bool:
    """Whether two trees are equal to the last bit."""
    one, other = list(leaves(a)), list(leaves(b))
    return [path for path, _ in one] == [path for path, _ in other] and all(
        np.asarray(p).dtype == np.asarray(q).dtype and np.asarray(p).tobytes() == np.asarray(q).tobytes()
        for (_, p), (_, q) in zip(one, other, strict=True)
    )


def test_it_learns_what_can_be_learnt() -> None:
    done = fit(MODEL, X, Y, epochs=30, rate=0.01, validation=HELD, metrics={"accuracy": accuracy})
    assert done.history[-1].loss < 0.5 * done.history[0].loss
    assert done.history[-1].validation["accuracy"] > 0.85
    outputs = done.predict(HELD[0])
    assert accuracy(outputs, HELD[1]) == done.history[-1].validation["accuracy"]
    assert np.array_equal(outputs[:50], predict(MODEL, done.params, done.state, HELD[0][:50], batch=50))
    assert [row.number for row in done.history] == list(range(1, 31))
    assert (done.history[-1].steps, done.epoch, done.stopped) == (30 * 7, 30, False)
    assert {p.dtype for _, p in leaves(done.params)} == {np.dtype(np.float32)}


@pytest.mark.parametrize("optimiser", [SGD(), SGD(0.9, True), RMSprop(momentum=0.5), Adam()], ids=repr)
def test_the_same_seed_gives_the_same_bits_and_another_others(optimiser: Any) -> None:
    def run(seed: int) -> Any:
        return fit(MODEL, X, Y, epochs=3, rate=0.01, optimiser=optimiser, seed=seed)

    a, b, other = run(1), run(1), run(2)
    assert same((a.params, a.state), (b.params, b.state)) and a.history == b.history
    assert not same(a.params, other.params)


FULL: dict[str, Any] = {
    "epochs": 4,
    "batch": 32,
    "optimiser": SGD(0.9),
    "rate": WarmUp(Cosine(0.1, 24), 4),
    "clip": 1.0,
    "validation": HELD,
    "metrics": {"accuracy": accuracy},
    "early": EarlyStopping(10, on="accuracy", rising=True),
}


@pytest.mark.parametrize("optimiser", [SGD(0.9), Adam.keras(), RMSprop(momentum=0.9, centred=True)], ids=repr)
@pytest.mark.parametrize("every", [None, 3])
def test_a_resumed_fit_ends_with_the_bits_of_one_that_was_not_interrupted(every: int | None, optimiser: Any) -> None:
    settings = FULL | {"optimiser": optimiser, "rate": WarmUp(Cosine(0.02, 24), 4)}
    taken: list[Snapshot] = []
    whole = fit(MODEL, X, Y, **settings, checkpoint=taken.append, checkpoint_every=every)
    assert len(taken) == (4 if every is None else 28 // 3)
    assert [one.steps for one in taken[:3]] == ([7, 14, 21] if every is None else [3, 6, 9])
    for one in taken:
        kept = one.tree()
        again = fit(MODEL, X, Y, **settings, resume=Snapshot.of_tree(kept))
        assert same((whole.params, whole.state), (again.params, again.state))
        assert same(whole.snapshot.optimiser, again.snapshot.optimiser)
        assert whole.history == again.history and whole.epoch == again.epoch
        assert same(one.tree(), kept)  # what was resumed from is not written over


def test_a_longer_fit_goes_on_from_the_end_of_a_shorter_one() -> None:
    short = fit(MODEL, X, Y, epochs=2, rate=0.01)
    assert same(
        fit(MODEL, X, Y, epochs=5, rate=0.01).params,
        fit(MODEL, X, Y, epochs=5, rate=0.01, resume=short.snapshot).params,
    )
    assert fit(MODEL, X, Y, epochs=2, rate=0.01, resume=short.snapshot).history == short.history


def test_a_snapshot_of_another_fit_is_refused() -> None:
    settings: dict[str, Any] = {"rate": 0.01, "loss": partial(cross_entropy, smoothing=0.1)}
    short = fit(MODEL, X, Y, **settings).snapshot
    for changed, name in (
        ({"seed": 3}, "seed"),
        ({"rate": 0.02}, "rate"),
        ({"batch": 16}, "batch"),
        ({"optimiser": SGD()}, "optimiser"),
        ({"loss": partial(cross_entropy, smoothing=0.2)}, "loss"),
    ):
        with pytest.raises(InputError, match=f"resume: fit expected a snapshot of a fit with {name}"):
            fit(MODEL, X, Y, **(settings | changed), resume=short)
    with pytest.raises(InputError, match="a fit with params"):
        fit(PLAIN, X, Y, **settings, resume=short)
    with pytest.raises(InputError, match=r"tree: Snapshot.of_tree expected what Snapshot.tree gives"):
        Snapshot.of_tree({"settings": {}})


def test_losses_and_parameters_are_those_of_pytorch() -> None:
    done = fit(PLAIN, X, Y, epochs=3, batch=48, rate=0.05, optimiser=SGD.torch(0.9), shuffle=False, seed=4)
    net = torch.nn.Sequential(torch.nn.Linear(6, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3))
    begun = PLAIN.init((4, 0))
    with torch.no_grad():
        for place, layer in ((0, net[0]), (2, net[2])):
            layer.weight.copy_(torch.tensor(begun[place]["kernel"].T))
            layer.bias.copy_(torch.tensor(begun[place]["bias"]))
    optimiser = torch.optim.SGD(net.parameters(), 0.05, 0.9)
    losses = []
    for _ in range(3):
        of_epoch = 0.0
        for at in range(0, 200, 48):
            optimiser.zero_grad()
            y = torch.tensor(Y[at : at + 48])
            loss = torch.nn.functional.cross_entropy(net(torch.tensor(X[at : at + 48])), y)
            loss.backward()
            optimiser.step()
            of_epoch += loss.item() * len(y)
        losses.append(of_epoch / 200)
    np.testing.assert_allclose([row.loss for row in done.history], losses, rtol=1e-5)
    np.testing.assert_allclose(done.params[2]["kernel"].T, net[2].weight.detach().numpy(), atol=1e-5)


def scripted(scores: list[float]) -> Callable[..., float]:
    given = iter(scores)
    return lambda outputs, y: next(given)


@pytest.mark.parametrize(
    ("scores", "least", "best", "last"),
    [
        ([0.5, 0.6, 0.7, 0.6, 0.7, 0.6, 0.9, 0.9], 0.0, 3, 6),
        ([0.5, 0.6, 0.7, 0.6, 0.71, 0.8, 0.9, 0.9], 0.0, 7, 8),
        ([0.5, 0.6, 0.7, 0.6, 0.71, 0.72, 0.9, 0.9], 0.05, 3, 6),
        ([np.nan, np.nan, 0.5, np.nan, 0.4, 0.4, 0.9, 0.9], 0.0, 3, 6),
        ([np.nan] * 8, 0.0, 1, 4),
    ],
)
def test_stopping_early_gives_back_the_best_epoch(scores: list[float], least: float, best: int, last: int) -> None:
    taken: list[Snapshot] = []
    early = EarlyStopping(3, on="score", rising=True, least=least)
    settings: dict[str, Any] = {"epochs": 8, "rate": 0.01, "validation": HELD, "early": early}
    done = fit(MODEL, X, Y, **settings, metrics={"score": scripted(scores)}, checkpoint=taken.append)
    assert (done.epoch, len(done.history), done.stopped) == (best, last, last < 8)
    assert same((done.params, done.state), (taken[best - 1].params, taken[best - 1].state))
    assert done.snapshot.best is not None and done.snapshot.best.epoch == best
    again = fit(MODEL, X, Y, **settings, metrics={"score": scripted(scores[last - 1 :])}, resume=taken[last - 2])
    assert same(done.params, again.params) and (again.epoch, again.stopped) == (done.epoch, done.stopped)


def test_watching_shows_the_step_and_changes_nothing() -> None:
    moments: list[Moment] = []
    settings: dict[str, Any] = {"epochs": 2, "rate": 0.1, "optimiser": SGD()}
    watched = fit(MODEL, X, Y, **settings, watch=moments.append, watch_every=5)
    assert same(watched.params, fit(MODEL, X, Y, **settings).params)
    assert [(one.step, one.epoch) for one in moments] == [(5, 1), (10, 2)]
    one = moments[0]
    assert [seen.kind for seen in one.seen] == ["dense", "batchnorm", "relu", "dropout", "dense"]
    assert one.seen[0].output.gradient.shape == (32, 16)
    assert one.x.shape == (32, 6) and one.rate == 0.1
    for (_, before), (_, after), (_, gradient) in zip(
        leaves(one.params), leaves(one.updated), leaves(one.gradients), strict=True
    ):
        np.testing.assert_allclose(after, before - 0.1 * gradient, atol=1e-6)
    # what is shown is not written over by later steps
    value, _, _ = derived(
        lambda p: cross_entropy(MODEL.apply(p, one.x, MODEL.start((0, 1)), False)[0], one.y), one.params
    )
    assert np.isfinite(value)
    assert not same(one.updated, watched.params)


def test_who_listens_may_keep_the_parameters() -> None:
    kept: list[Any] = []

    def listener(function: Any, params: Any, *rest: Any) -> Any:
        kept.append(params)
        return derived(function, params, *rest)

    assert not is_heard()
    with heard(listener):
        assert is_heard()
        fit(PLAIN, X, Y, rate=0.1, optimiser=SGD())
    assert same(kept[0], PLAIN.init((0, 0)))
    assert not same(kept[0], kept[1])


def test_progress_is_told_and_can_stop_the_fit() -> None:
    told: list[tuple[str, float, float | None]] = []
    fit(PLAIN, X, Y, epochs=2, progress=lambda *words: told.append(words))
    assert told[-1][0].startswith("epoch 2 of 2, loss ") and told[-1][1:] == (14, 14)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(PLAIN, X, Y, epochs=100, progress=stop)


def test_rows_of_weight_0_might_as_well_not_be_there() -> None:
    """With 64 rows a batch, of which half weigh nothing, in order."""
    one = Sequential((Dense(6, 1),))
    y = (Y == 0).astype(int)
    loss = partial(binary_cross_entropy, reduction="weighted mean")
    weight = (np.arange(200) % 2).astype(np.float32)
    settings: dict[str, Any] = {"loss": loss, "optimiser": SGD(), "rate": 0.1, "epochs": 3, "shuffle": False}
    weighted = fit(one, X, y[:, None], batch=64, weight=weight, **settings)
    only = fit(one, X[1::2], y[1::2, None], batch=32, **settings)
    np.testing.assert_allclose(weighted.params[0]["kernel"], only.params[0]["kernel"], atol=1e-6)
    assert accuracy(weighted.predict(X), y[:, None]) > 0.7


def test_sequences_with_a_mask_are_rows_too() -> None:
    steps = Masked(np.stack([X, X, 100 * X], axis=1), np.tile([True, True, False], (200, 1)))
    y = np.stack([Y, Y, Y], axis=1)
    done = fit(PLAIN, steps, y, loss=partial(cross_entropy, reduction="mean over mask"), epochs=10, rate=0.01)
    outputs = done.predict(steps)
    assert isinstance(outputs, Masked) and outputs.values.shape == (200, 3, 3)
    assert accuracy(outputs, y) == pytest.approx(accuracy(outputs.values[:, :2], y[:, :2]))
    assert accuracy(outputs, y) > 0.8


def test_a_regression_in_double_precision_stays_in_it() -> None:
    model = Sequential((Dense(6, 1),))
    params = ({name: p.astype(float) for name, p in model.init((0,))[0].items()},)
    truth = X.astype(float) @ np.arange(6.0)[:, None]

    def squared(outputs: Any, y: np.ndarray) -> Any:
        return total((outputs - y) * (outputs - y)) / y.size

    done = fit(model, X, truth, loss=squared, epochs=80, rate=0.05, params=params, optimiser=SGD(0.9))
    assert done.params[0]["kernel"].dtype == np.float64
    np.testing.assert_allclose(done.params[0]["kernel"][:, 0], np.arange(6), atol=1e-6)


def test_bad_arguments_are_told() -> None:
    with pytest.raises(InputError, match="y: fit expected as many rows as x has, at least one, got 200 of x, 199 of y"):
        fit(PLAIN, X, Y[:-1])
    with pytest.raises(InputError, match="200 of y and 3 of weight"):
        fit(PLAIN, X, Y, weight=np.ones(3))
    with pytest.raises(InputError, match="epochs: fit expected 1 or more, got 0"):
        fit(PLAIN, X, Y, epochs=0)
    with pytest.raises(InputError, match="early: fit expected validation and the metric 'loss'"):
        fit(PLAIN, X, Y, early=EarlyStopping(2))
    with pytest.raises(InputError, match="patience: EarlyStopping expected 1 or more, got 0"):
        EarlyStopping(0)
    with pytest.raises(InputError, match="x: expected arrays, got a list of numbers"):
        fit(PLAIN, X, [1, 2, 3])
    with pytest.raises(InputError, match="x: expected arrays of the same number of rows"):
        fit(PLAIN, (X, X[:3]), Y)
    with pytest.raises(InputError, match="x: predict expected at least one row"):
        predict(PLAIN, (), (), X[:0])


def test_an_epoch_is_a_row_of_a_table() -> None:
    assert Epoch(1, 7, 0.1, 2.0).validation == {}
