"""Histogram and spectrum against what they must add up to, and what steps must do to them."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway import images
from cutaway.core.errors import InputError
from cutaway.science.images import Pipeline, effect, histogram, spectrum
from tests.science.images.examples import noisy_scene


def test_a_histogram_adds_up_to_one_a_channel() -> None:
    for image in (noisy_scene(), noisy_scene(colour=False)):
        for given in (image, image.astype(np.float32) / 255):
            shares = histogram(given)
            assert shares.shape == (1 if image.ndim == 2 else 3, 256)
            assert shares.sum(axis=1) == pytest.approx(1)
    assert np.array_equal(histogram(noisy_scene()), histogram(noisy_scene().astype(np.float32) / 255))


def test_a_spectrum_adds_up_to_the_variance() -> None:
    for image in (noisy_scene(colour=False), noisy_scene(False, 31, 48)):
        found = spectrum(image, rings=20)
        assert found.power.sum() + found.beyond == pytest.approx((image / 255).var())
        assert found.frequency[0] == pytest.approx(0.0125)
        assert found.frequency[-1] == pytest.approx(0.4875)


def test_a_wave_has_one_frequency() -> None:
    wave = (0.5 + 0.4 * np.sin(2 * np.pi * np.arange(60) / 5)).astype(np.float32)[:, None] * np.ones(
        (1, 60), np.float32
    )
    found = spectrum(wave, rings=25)
    assert found.power[10] == pytest.approx(0.08, rel=1e-4)  # ring 0.20 … 0.22; half of 0.4²
    assert found.centroid == pytest.approx(0.21)
    assert spectrum(np.zeros((4, 4), np.uint8)).centroid == 0.0


def test_the_finest_pattern_lies_in_the_last_ring() -> None:
    stripes = np.tile(np.array([0, 255], np.uint8), (8, 4))
    assert spectrum(stripes, rings=8).power[-1] == pytest.approx(0.25)
    chequers = (np.indices((8, 8)).sum(0) % 2 * 255).astype(np.uint8)
    assert spectrum(chequers, rings=8).beyond == pytest.approx(0.25)


def test_a_gaussian_multiplies_each_frequency_as_it_says() -> None:
    noise = np.random.default_rng(0).random((256, 256)).astype(np.float32)
    before, after = (spectrum(one, rings=20) for one in (noise, images.Gaussian(1.0)(noise)))
    kept = np.exp(-2 * (np.pi * before.frequency) ** 2)
    assert np.sqrt(after.power / before.power)[:12] == pytest.approx(kept[:12], rel=0.08)


def test_steps_are_measured_one_by_one() -> None:
    image = noisy_scene()
    pipeline = Pipeline((images.Flip(), images.Grey(), images.Gaussian(2.0), images.Standardise()))
    found = effect(image, pipeline)
    assert [one.name for one in found.stages] == ["image", "flip", "grey", "gaussian", "standardise"]
    assert np.array_equal(found.stages[-1].image, pipeline(image))
    first, flipped, grey, smooth, standard = found.stages
    assert np.array_equal(first.histogram, flipped.histogram)
    assert flipped.spectrum.power == pytest.approx(first.spectrum.power)
    assert smooth.spectrum.centroid < grey.spectrum.centroid
    assert smooth.deviation < grey.deviation
    assert grey.outside == 0.0
    assert 0.2 < standard.outside < 0.9
    assert standard.deviation == pytest.approx(1)
    assert found.sentences[0].startswith("flip: contrast ")
    assert len(found.sentences) == 4


def test_entropy_of_two_levels_is_one_bit() -> None:
    image = np.tile(np.array([0, 255], np.uint8), (4, 4))
    assert effect(image, Pipeline()).stages[0].entropy == pytest.approx(1.0)
    assert effect(np.zeros((4, 4), np.uint8), Pipeline()).stages[0].entropy == 0.0


def test_no_rings_are_refused() -> None:
    with pytest.raises(InputError, match="at least one ring, got 0"):
        spectrum(noisy_scene(), rings=0)
