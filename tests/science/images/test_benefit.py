"""Pipelines before two models: what is known to harm and to do nothing; and the parts beside their references."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.images import Benefit, Gain, benefit, hog
from cutaway.science.images.benefit import dealt, linear


@pytest.mark.parametrize("cell", [4, 6, 8])
@pytest.mark.parametrize("colour", [False, True], ids=["grey", "colour"])
def test_hog_is_that_of_scikit_image(cell: int, colour: bool) -> None:
    from skimage.feature import hog as reference

    shape = (40, 33, 3) if colour else (40, 33)
    images = np.random.default_rng(0).uniform(0, 255, (3, *shape))
    expected = [reference(one, 9, (cell, cell), (2, 2), channel_axis=-1 if colour else None) for one in images]
    assert np.abs(hog(images, cell=cell) - np.array(expected)).max() < 1e-4


@pytest.mark.parametrize("n", [40, 200], ids=["fewer rows than features", "more"])
def test_the_linear_model_is_ridge_regression(n: int) -> None:
    from sklearn.linear_model import RidgeClassifierCV

    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(n + 50, 60)), rng.integers(0, 3, n + 50)
    x[:, :3] += 2 * np.eye(3)[y]
    train = slice(0, n)
    scale = ((x[train] - x[train].mean(0)) ** 2).sum() / min(n - (n <= 60), 60)
    reference = RidgeClassifierCV(alphas=np.logspace(-3, 3, 9) * scale).fit(x[train], y[train])
    same = linear(x[train], y[train], x[n:]) == reference.predict(x[n:])
    assert same.mean() >= 0.9


def test_folds_keep_classes_even_and_groups_whole() -> None:
    rng = np.random.default_rng(0)
    y = rng.permutation(np.repeat([0, 1, 2], [40, 30, 20]))
    fold = dealt(y, 5, rng)
    assert all(np.ptp(np.bincount(fold[y == k], minlength=5)) <= 1 for k in range(3))
    group = np.arange(90) // 3
    fold = dealt(y, 5, rng, group)
    assert all(np.unique(fold[group == k]).size == 1 for k in range(30))
    assert np.ptp(np.bincount(fold, minlength=5)) <= 6


def stripes(n: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Faint stripes up or across, in noise, under a bright slope that says nothing."""
    rng = np.random.default_rng(0)
    y = np.arange(n) % 2
    place = np.arange(24)
    images = []
    for label in y:
        wave = 22 * np.sin(place * 1.5 + rng.uniform(0, 6))
        pattern = np.tile(wave, (24, 1)) if label else np.tile(wave[:, None], (1, 24))
        images.append(np.clip(128 + pattern + rng.normal(0, 25, (24, 24)), 0, 255).astype(np.uint8))
    return images, y


def nothing(image: np.ndarray) -> np.ndarray:
    return image.copy()


def flat(image: np.ndarray) -> np.ndarray:
    return np.full_like(image, 128)


def test_what_destroys_the_pattern_costs_and_what_does_nothing_is_not_clear() -> None:
    images, y = stripes(120)
    found = benefit(images, y, {"nothing": nothing, "flat": flat}, side=24, folds=4, repeats=1, epochs=8)
    assert isinstance(found, Benefit) and all(isinstance(one, Gain) for one in found.gains)
    by = {(one.model, one.pipeline): one for one in found.gains}
    for model in ("cnn", "hog"):
        same, gone = by[model, "nothing"], by[model, "flat"]
        assert (same.difference, same.verdict) == (0, "not clear"), "paired: the same folds and seeds"
        assert gone.reference > 0.8 and abs(gone.accuracy - 0.5) < 0.1
        assert gone.high < 0 and gone.verdict == "costs"
        assert gone.p_corrected >= gone.p
    assert "flat" in found.sentence and "costs" in found.sentence
    again = benefit(images, y, {"flat": flat}, models=["cnn"], side=24, folds=4, repeats=1, epochs=8)
    assert again.gains[0].difference == by["cnn", "flat"].difference, "the same seed gives the same numbers"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"y": np.zeros(12, int)}, "two classes"),
        ({"y": np.arange(11)}, "for each of 12 images"),
        ({"folds": 1}, "2 and 1 or more"),
        ({"side": 8}, "16 to 128"),
        ({"pipelines": {"as they are": nothing}}, "another name"),
        ({"pipelines": {"bad": lambda image: image[:0]}}, "pipeline 'bad'"),
        ({"pipelines": {"bad": lambda image: 1 / 0}}, "ZeroDivisionError"),
    ],
    ids=["one class", "lengths", "folds", "side", "name", "empty", "fails"],
)
def test_what_cannot_be_compared_is_refused(change: dict[str, object], said: str) -> None:
    images, y = stripes(12)
    given = {"images": images, "y": y, "pipelines": {"nothing": nothing}, "folds": 2, "side": 24, **change}
    with pytest.raises(InputError, match=said):
        benefit(**given)  # type: ignore[arg-type]
