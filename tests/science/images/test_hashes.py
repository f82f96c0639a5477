"""Thumbnails, hashes, and pictures that are there more than once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.core.errors import InputError
from cutaway.science.images import (
    Repeats,
    bits_between,
    groups,
    likeness,
    near_pairs,
    perceptual_hash,
    repeated,
    thumbnail,
)


def pictures(n: int, seed: int = 0, side: int = 32) -> np.ndarray:
    """Smooth random pictures, each different."""
    rng = np.random.default_rng(seed)
    waves = rng.normal(size=(n, 6, 6)) * 40
    y, x = np.mgrid[:side, :side] / side * np.pi
    basis = np.stack([np.cos(k * y)[..., None] * np.cos(np.arange(6) * x[..., None]) for k in range(6)])
    return np.clip(128 + np.einsum("nkl,khwl->nhw", waves, basis), 0, 255)


@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_a_thumbnail_keeps_the_mean(height: int, width: int, side: int) -> None:
    grey = np.random.default_rng(height * 100 + width).uniform(0, 255, (height, width))
    small = thumbnail(grey, side)
    assert small.shape == (side, side)
    assert small.mean() == pytest.approx(grey.mean(), rel=1e-4)
    assert small.min() >= grey.min() - 1e-3 and small.max() <= grey.max() + 1e-3


def test_shrinking_in_steps_gives_the_same() -> None:
    grey = np.random.default_rng(0).uniform(0, 255, (96, 144))
    assert np.allclose(thumbnail(thumbnail(grey, 48), 12), thumbnail(grey, 12), atol=1e-3)


@given(st.lists(st.integers(0, 2**64 - 1), min_size=2, max_size=2))
@settings(deadline=None)
def test_bits_between_is_counted(two: list[int]) -> None:
    a, b = (np.array([one], np.uint64) for one in two)
    assert bits_between(a, b)[0] == (two[0] ^ two[1]).bit_count()


def test_near_pairs_are_all_of_them() -> None:
    rng = np.random.default_rng(1)
    hashes = rng.integers(0, 2**63, 300, np.uint64)
    hashes[50:60] = hashes[:10] ^ np.uint64(0b1011)
    pairs, complete = near_pairs(hashes, 20)
    expected = [
        (i, j) for i in range(300) for j in range(i + 1, 300) if (int(hashes[i]) ^ int(hashes[j])).bit_count() <= 20
    ]
    assert complete and pairs.tolist() == [list(pair) for pair in expected]
    few, complete = near_pairs(hashes, 20, most_pairs=5)
    assert not complete and few.tolist() == [list(pair) for pair in expected[:5]]


@pytest.mark.parametrize("change", ["lighter", "noise", "half", "jpeg"])
def test_a_hash_hardly_changes_with_its_picture(change: str) -> None:
    import io

    from PIL import Image

    rng = np.random.default_rng(2)
    many = pictures(30, side=64)
    changed = []
    for one in many:
        other = one
        if change == "lighter":
            other = one * 0.8 + 30
        elif change == "noise":
            other = one + rng.normal(0, 5, one.shape)
        elif change == "half":
            other = thumbnail(one, 32).astype(float)
        else:
            kept = io.BytesIO()
            Image.fromarray(one.astype(np.uint8)).save(kept, "JPEG", quality=60)
            other = np.asarray(Image.open(kept), float)
        changed.append(thumbnail(other))
    small = np.stack([thumbnail(one) for one in many])
    bits = bits_between(perceptual_hash(small), perceptual_hash(np.stack(changed)))
    assert np.median(bits) <= 4 and bits.max() <= 14
    others = bits_between(perceptual_hash(small), perceptual_hash(np.roll(small, 1, 0)))
    assert 20 < others.mean() < 44


def test_likeness_is_a_correlation() -> None:
    a, b = pictures(5), pictures(5, seed=3)
    expected = [np.corrcoef(x.ravel(), y.ravel())[0, 1] for x, y in zip(a, b, strict=True)]
    assert np.allclose(likeness(a, b), expected)


def test_repeats_are_found_and_nothing_else() -> None:
    many = pictures(200)
    many[150] = np.clip(many[20] * 0.9 + 6, 0, 255)
    many[180] = many[20] + np.random.default_rng(0).normal(0, 2, (32, 32))
    found = repeated(many)
    assert isinstance(found, Repeats) and found.complete
    assert groups(found.pairs) == [[20, 150, 180]]
    assert repeated(pictures(200)).pairs.size == 0


def test_pictures_that_all_look_alike_are_no_copies() -> None:
    """One face after the other: a common pattern and a little of their own."""
    rng = np.random.default_rng(4)
    common = pictures(1)[0]
    faces = common + np.stack([thumbnail(one) for one in pictures(80, seed=5)]) * 0.05 + rng.normal(0, 1, (80, 32, 32))
    assert likeness(faces[:1], faces[1:2])[0] > 0.98
    assert repeated(faces).pairs.size == 0


def test_flat_pictures_are_left_out() -> None:
    flat = np.full((6, 32, 32), 90.0) + np.arange(6)[:, None, None]
    assert repeated(flat).pairs.size == 0
    assert repeated(flat[:1]).pairs.size == 0


def test_what_is_no_thumbnail_is_refused() -> None:
    with pytest.raises(InputError, match=r"expected an image \(h, w\)"):
        thumbnail(np.zeros((2, 2, 3)))
    with pytest.raises(InputError, match="expected shape"):
        perceptual_hash(np.zeros((3, 16, 16)))
    with pytest.raises(InputError, match="uint64"):
        near_pairs(np.zeros(3), 4)
    with pytest.raises(InputError, match="0 to 64"):
        near_pairs(np.zeros(3, np.uint64), 65)
