"""Blur and exposure, beside scikit-image."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.images import Exposure, blur, exposure, grey_of


@pytest.mark.parametrize("name", ["camera", "coins", "moon", "page", "brick"])
def test_blur_is_that_of_scikit_image(name: str) -> None:
    from skimage import data
    from skimage.measure import blur_effect

    grey = getattr(data, name)().astype(float)
    assert blur(grey) == pytest.approx(blur_effect(grey), abs=1e-9)


def test_blurring_blurs_more_and_more() -> None:
    from scipy.ndimage import gaussian_filter
    from skimage import data

    grey = data.camera().astype(float)
    found = [blur(gaussian_filter(grey, sigma)) for sigma in (0.01, 1, 2, 4, 8)]
    assert found == sorted(found) and found[-1] - found[0] > 0.3


def test_what_has_no_slopes_has_no_blur() -> None:
    assert np.isnan(blur(np.full((40, 40), 7.0))) and np.isnan(blur(np.zeros((5, 80))))


def test_exposure_counts() -> None:
    grey = np.r_[np.zeros(10), np.full(70, 100.0), np.full(20, 255.0)].reshape(10, 10)
    found = exposure(grey)
    assert isinstance(found, Exposure)
    assert (found.mean, found.black, found.white, found.contrast) == (121.0, 0.1, 0.2, 255.0)


def test_grey_is_weighted() -> None:
    assert grey_of(np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)).tolist()[0] == pytest.approx(
        [76.245, 149.685, 29.07]
    )


@pytest.mark.parametrize("function", [blur, exposure, grey_of], ids=["blur", "exposure", "grey_of"])
def test_what_is_no_image_is_refused(function: object) -> None:
    with pytest.raises(InputError, match="expected"):
        function(np.zeros((2, 2, 4)))  # type: ignore[operator]
