"""Spread, bounds and shape of what a network begins with, held against Keras' and PyTorch's own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import ndtr

from cutaway.core.errors import InputError
from cutaway.science.nets import (
    Initialiser,
    Scaled,
    fans,
    glorot_normal,
    glorot_uniform,
    he_normal,
    he_uniform,
    initialised,
    keras_defaults,
    lecun_normal,
    lecun_uniform,
    orthogonal,
    prior_bias,
    torch_defaults,
    torch_uniform,
)
from cutaway.science.nets.initialisers import constant, normal, ones, uniform, zeros

SHAPES = [(300, 200), (3, 3, 40, 60)]
KERAS: dict[str, Initialiser] = {
    "GlorotUniform": glorot_uniform,
    "GlorotNormal": glorot_normal,
    "HeUniform": he_uniform,
    "HeNormal": he_normal,
    "LecunUniform": lecun_uniform,
    "LecunNormal": lecun_normal,
}


def same_distribution(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two samples' distribution functions stay within what chance allows once in 10,000 pairs."""
    a, b = np.sort(np.ravel(a)), np.sort(np.ravel(b))
    at = np.concatenate([a, b])
    apart = np.abs(np.searchsorted(a, at, "right") / a.size - np.searchsorted(b, at, "right") / b.size).max()
    return bool(apart < 2.2 * np.sqrt(1 / a.size + 1 / b.size))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", KERAS)
def test_the_distributions_are_those_of_keras(name: str, shape: tuple[int, ...]) -> None:
    import keras

    ours = KERAS[name]((3,), shape)
    theirs = np.asarray(getattr(keras.initializers, name)(seed=1)(shape))
    assert ours.shape == shape and ours.dtype == np.float32
    assert same_distribution(ours, theirs)
    assert abs(ours.std() / theirs.std() - 1) < 0.02
    assert abs(np.abs(ours).max() / np.abs(theirs).max() - 1) < 0.005
    assert not same_distribution(ours * 1.1, theirs)


def test_the_distributions_are_those_of_pytorch() -> None:
    torch.manual_seed(0)
    linear, conv = torch.nn.Linear(300, 200), torch.nn.Conv2d(40, 60, 3, groups=2)
    kaiming = torch.nn.init.kaiming_normal_(torch.empty(200, 300), nonlinearity="relu")
    assert same_distribution(torch_uniform((0,), (300, 200)), linear.weight.detach().numpy())
    assert same_distribution(torch_uniform((0,), (3, 3, 20, 60)), conv.weight.detach().numpy())
    assert same_distribution(Scaled(2, "in", "normal")((0,), (300, 200)), kaiming.numpy())
    assert not same_distribution(he_uniform((0,), (300, 200)), kaiming.numpy())


@pytest.mark.parametrize("shape", [(5,), (4, 6), (3, 2, 4, 6), ()])
def test_the_fans_are_those_of_keras(shape: tuple[int, ...]) -> None:
    from keras.src.initializers.random_initializers import compute_fans

    assert fans(shape) == compute_fans(shape)


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5), (3, 3, 2, 7)])
def test_orthogonal_keeps_lengths(shape: tuple[int, ...]) -> None:
    w = orthogonal((1,), shape).reshape(-1, shape[-1])
    gram = w.T @ w if w.shape[0] >= w.shape[1] else w @ w.T
    np.testing.assert_allclose(gram, np.eye(len(gram)), atol=1e-6)
    with pytest.raises(InputError, match="shape: orthogonal expected at least two axes"):
        orthogonal((1,), (3,))


def test_orthogonal_is_uniform_over_rotations() -> None:
    """The first entry of a uniform 3 × 3 rotation or reflection is uniform between -1 and 1 (Archimedes)."""
    entries = np.array([orthogonal((5, i), (3, 3))[0, 0] for i in range(4000)])
    assert same_distribution(entries, np.linspace(-1, 1, 20000))


def test_the_plain_ones() -> None:
    assert zeros((0,), (2, 3)).tolist() == [[0, 0, 0]] * 2
    assert ones((0,), (2,)).tolist() == [1, 1]
    assert constant([1, 2])((0,), (2, 2)).tolist() == [[1, 2]] * 2
    assert 0.049 < np.abs(uniform(0.05)((0,), (1000,))).max() <= 0.05
    drawn = normal(2.0)((0,), (4000,))
    assert same_distribution(ndtr(drawn / 2), np.linspace(0, 1, 20000))


def test_a_key_gives_its_numbers_and_no_others() -> None:
    for draw in (glorot_uniform, he_normal, orthogonal, uniform(1), normal(1)):
        assert np.array_equal(draw((4, 2), (8, 8)), draw((4, 2), (8, 8)))
        assert not np.array_equal(draw((4, 2), (8, 8)), draw((4, 3), (8, 8)))


def test_the_prior_bias_says_the_shares() -> None:
    logits = prior_bias([1, 2, 7])((0,), (3,)).astype(float)
    np.testing.assert_allclose(np.exp(logits) / np.exp(logits).sum(), [0.1, 0.2, 0.7], rtol=1e-6)
    assert abs(logits.sum()) < 1e-6
    one = prior_bias([3, 1])((0,), (1,))
    np.testing.assert_allclose(1 / (1 + np.exp(-one)), 0.25, rtol=1e-6)
    with pytest.raises(InputError, match="counts: prior_bias expected a positive count"):
        prior_bias([3, 0])
    with pytest.raises(InputError, match=r"shape: prior_bias of 3 classes expected a bias \(3,\), got \(2,\)"):
        prior_bias([3, 1, 1])((0,), (2,))


def params() -> tuple[dict[str, np.ndarray], ...]:
    dense = {"kernel": np.zeros((100, 200), np.float32), "bias": np.zeros(200, np.float32)}
    lstm = {"kernel": np.zeros((30, 400)), "recurrent_kernel": np.zeros((100, 400)), "bias": np.full(400, 7.0)}
    return dense, {"gamma": np.ones(5)}, lstm, {"embeddings": np.zeros((50, 60))}


def test_presets_begin_as_the_frameworks_do() -> None:
    import keras

    torch.manual_seed(0)
    linear, lstm = torch.nn.Linear(100, 200), torch.nn.LSTM(30, 100)
    dense, norm, recurrent, embedding = initialised(params(), (0,), torch_defaults)
    assert same_distribution(dense["kernel"], linear.weight.detach().numpy())
    assert same_distribution(dense["bias"], linear.bias.detach().numpy())
    assert same_distribution(recurrent["recurrent_kernel"], lstm.weight_hh_l0.detach().numpy())
    assert same_distribution(recurrent["kernel"], lstm.weight_ih_l0.detach().numpy())
    assert same_distribution(recurrent["bias"], lstm.bias_hh_l0.detach().numpy())
    assert same_distribution(embedding["embeddings"], torch.nn.Embedding(50, 60).weight.detach().numpy())
    assert norm["gamma"].tolist() == [1] * 5

    dense, norm, recurrent, embedding = initialised(params(), (0,), keras_defaults)
    layer = keras.layers.LSTM(100)
    layer.build((None, None, 30))
    assert same_distribution(recurrent["kernel"], np.asarray(layer.cell.kernel))
    assert same_distribution(recurrent["recurrent_kernel"], np.asarray(layer.cell.recurrent_kernel))
    assert recurrent["bias"].tolist() == [7] * 400
    assert dense["bias"].tolist() == [0] * 200
    table = keras.layers.Embedding(50, 60)
    table.build((None,))
    assert same_distribution(embedding["embeddings"], np.asarray(table.embeddings))


def test_initialisers_are_chosen_by_name_and_leaves_of_one_name_differ() -> None:
    before = ({"kernel": np.zeros((20, 20))}, [{"inner": {"kernel": np.zeros((20, 20)), "bias": np.ones(2)}}, ()])
    after = initialised(before, (1,), {"kernel": he_normal})
    assert after[1][0]["inner"]["bias"] is before[1][0]["inner"]["bias"]
    assert after[1][1] == ()
    assert not np.array_equal(after[0]["kernel"], after[1][0]["inner"]["kernel"])
    again = initialised(before, (1,), {"kernel": he_normal})
    assert np.array_equal(after[0]["kernel"], again[0]["kernel"])
