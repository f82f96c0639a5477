"""Operations against what the libraries return when they are called by hand, and against their formulas."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import scipy.ndimage
import skimage
import skimage.color
import skimage.exposure
import skimage.filters
import skimage.restoration
import skimage.transform
from PIL import Image

from cutaway import images
from tests.science.images.examples import noisy_scene

SCENE, GREY = noisy_scene(), noisy_scene(colour=False)


def near(ours: np.ndarray, theirs: np.ndarray, levels: float = 1.0) -> None:
    """Equal up to so many levels of 255."""
    assert ours.shape == theirs.shape
    assert np.abs(ours.astype(float) - theirs.astype(float)).max() <= levels


@pytest.mark.parametrize("size", [(20, 30), (48, 15), (90, 100), (7, 200)], ids=str)
def test_resize_is_pillows_opencvs_and_scikit_images(size: tuple[int, int]) -> None:
    h, w = size
    whole = Image.fromarray(SCENE)
    near(images.Resize(h, w)(SCENE), np.asarray(whole.resize((w, h), Image.Resampling.BILINEAR)), 0)
    near(images.Resize(h, w, "cubic")(SCENE), np.asarray(whole.resize((w, h), Image.Resampling.BICUBIC)), 0)
    near(images.Resize(h, w, "linear")(SCENE), cv2.resize(SCENE, (w, h)))
    plain = skimage.transform.resize(SCENE, (h, w), anti_aliasing=False, mode="edge", preserve_range=True)
    near(images.Resize(h, w, "linear")(SCENE), plain)


@pytest.mark.parametrize("size", [(48, 15), (16, 20), (7, 200)], ids=str)  # no middle falls between two pixels
def test_the_nearest_pixel_is_pillows(size: tuple[int, int]) -> None:
    theirs = Image.fromarray(SCENE).resize(size[::-1], Image.Resampling.NEAREST)
    near(images.Resize(*size, "nearest")(SCENE), np.asarray(theirs), 0)


def test_an_area_that_divides_is_the_mean_of_its_cells() -> None:
    near(images.Resize(12, 20, "area")(SCENE[:, :60]), SCENE[:, :60].reshape(12, 4, 20, 3, 3).mean(axis=(1, 3)), 0.5)


def test_smoothing_is_scipys() -> None:
    near(images.Gaussian(1.7)(GREY), np.rint(scipy.ndimage.gaussian_filter(GREY.astype(float), 1.7, mode="nearest")))
    near(images.Median(3)(GREY), scipy.ndimage.median_filter(GREY, 7, mode="nearest"), 0)
    channels = np.stack([scipy.ndimage.median_filter(one, 3, mode="nearest") for one in np.moveaxis(SCENE, 2, 0)], 2)
    near(images.Median(1)(SCENE), channels, 0)


def test_bilateral_is_opencvs() -> None:
    theirs = cv2.bilateralFilter(SCENE, 9, 25.5, 2.0, borderType=cv2.BORDER_REPLICATE)
    near(images.Bilateral(4, 0.1, 2.0)(SCENE), theirs, 0)


def test_non_local_means_is_its_formula() -> None:
    image = noisy_scene(h=12, w=14).astype(np.float32) / 255
    patch, search, strength = 1, 2, 0.15
    wide = np.pad(image.astype(float), [(3, 3), (3, 3), (0, 0)], mode="edge")

    def patch_at(i: int, j: int) -> np.ndarray:
        return wide[i + 2 : i + 5, j + 2 : j + 5]

    for i, j in ((0, 0), (5, 7), (11, 13), (11, 2)):
        total, mass = np.zeros(3), 0.0
        for a in range(-search, search + 1):
            for b in range(-search, search + 1):
                weight = np.exp(-((patch_at(i, j) - patch_at(i + a, j + b)) ** 2).mean() / strength**2)
                total, mass = total + weight * wide[i + a + 3, j + b + 3], mass + weight
        assert images.NonLocalMeans(strength, patch, search)(image)[i, j] == pytest.approx(total / mass, abs=1e-5)


def test_non_local_means_removes_noise_as_scikit_image_does() -> None:
    rng = np.random.default_rng(0)
    clean = np.kron(rng.random((4, 4)), np.ones((12, 12)))
    noisy = np.clip(clean + rng.normal(0, 0.05, clean.shape), 0, 1).astype(np.float32)
    ours = images.NonLocalMeans(0.06, 2, 5)(noisy)
    theirs = skimage.restoration.denoise_nl_means(noisy, 5, 5, h=0.06, fast_mode=True)
    before, after, other = (float(np.abs(one - clean).mean()) for one in (noisy, ours, theirs))
    assert after < before / 2
    assert after < 1.1 * other


def test_edges_are_scikit_images() -> None:
    shares = GREY / 255
    near(images.Sobel()(GREY), 255 * skimage.filters.sobel(shares), 0.51)
    near(images.Scharr()(GREY), 255 * skimage.filters.scharr(shares), 0.51)
    near(images.Laplacian()(GREY), np.minimum(255 * np.abs(skimage.filters.laplace(shares)), 255), 0.51)
    near(images.Canny(0.1, 0.2)(GREY), cv2.Canny(GREY, 102, 204, L2gradient=True), 0)


def test_histograms_are_opencvs_and_scikit_images() -> None:
    near(images.Equalise()(GREY), cv2.equalizeHist(GREY), 0)
    near(images.Equalise()(GREY), 255 * skimage.exposure.equalize_hist(GREY), 2)  # its lowest level is not black
    near(images.Clahe(2.0, 8)(GREY), cv2.createCLAHE(2.0, (8, 8)).apply(GREY), 0)
    near(images.Gamma(0.6)(SCENE), skimage.exposure.adjust_gamma(SCENE, 0.6))
    low, high = np.percentile(GREY, (3, 90))
    theirs = skimage.exposure.rescale_intensity(GREY.astype(float), (low, high), (0, 255))
    near(images.Stretch(3.0, 90.0)(GREY), theirs, 0.51)


def test_colours_are_scikit_images() -> None:
    near(images.Grey("709")(SCENE), 255 * skimage.color.rgb2gray(SCENE), 0.51)
    near(images.Grey()(SCENE), np.asarray(Image.fromarray(SCENE).convert("L")))
    near(images.Colour("ycbcr")(SCENE), np.asarray(Image.fromarray(SCENE).convert("YCbCr")))
    near(images.Colour("hsv")(SCENE), 255 * skimage.color.rgb2hsv(SCENE), 0.52)
    lab = skimage.color.rgb2lab(SCENE)
    near(images.Colour("lab")(SCENE)[:, :, 0], 2.55 * lab[:, :, 0])
    near(images.Colour("lab")(SCENE)[:, :, 1:], lab[:, :, 1:] + 128)


def test_the_way_back_to_rgb_is_scikit_images() -> None:
    """From colours that a screen can show, which scikit-image's own way there makes."""
    there = (SCENE / 255).astype(np.float32)
    hsv = skimage.color.rgb2hsv(there).astype(np.float32)
    lab = skimage.color.rgb2lab(there).astype(np.float32)
    shares = ((lab + np.array([0, 128, 128])) / np.array([100, 255, 255])).astype(np.float32)
    for space, given, theirs in (("hsv", hsv, skimage.color.hsv2rgb(hsv)), ("lab", shares, skimage.color.lab2rgb(lab))):
        near(255 * images.Rgb(space)(given), 255 * theirs, 0.3)
    bytes_of = np.rint(255 * hsv).astype(np.uint8)
    near(images.Rgb("hsv")(bytes_of), 255 * skimage.color.hsv2rgb(bytes_of / 255), 0.52)
    video = np.asarray(Image.fromarray(SCENE).convert("YCbCr"))
    near(images.Rgb("ycbcr")(video), np.asarray(Image.fromarray(video, "YCbCr").convert("RGB")))


def test_thresholds_are_scikit_images() -> None:
    assert np.array_equal(images.Otsu()(GREY) > 0, skimage.filters.threshold_otsu(GREY) < GREY)
    local = skimage.filters.threshold_local(GREY, 11, method="mean", offset=5.1, mode="nearest")
    assert np.mean((images.Adaptive(5, 0.02)(GREY) > 0) != (local < GREY)) < 0.001
    both = skimage.filters.apply_hysteresis_threshold(GREY / 255, 0.4, 0.6)
    assert np.array_equal(images.Hysteresis(0.4, 0.6)(GREY) > 0, both)


def test_morphology_and_parts_are_scipys() -> None:
    # Beyond the border scipy continues the image, which changes nothing for a flat square.
    near(images.Erosion(2)(GREY), scipy.ndimage.grey_erosion(GREY, (5, 5), mode="nearest"), 0)
    near(images.Dilation(1)(GREY), scipy.ndimage.grey_dilation(GREY, (3, 3), mode="nearest"), 0)
    mask = images.Otsu()(GREY)
    theirs, count = scipy.ndimage.label(mask, np.ones((3, 3)))
    ours = images.Components(1, "numbers")(mask)
    assert ours.max() == count
    assert np.array_equal(ours, theirs)


def test_a_turn_is_scikit_images() -> None:
    theirs = skimage.transform.rotate(SCENE, 25, order=1, preserve_range=True)
    near(images.Rotate(25.0)(SCENE), theirs, 1.01)


def test_a_filter_of_frequencies_is_scikit_images() -> None:
    theirs = skimage.filters.butterworth(GREY.astype(float), 0.1, high_pass=False, order=2)
    near(images.Fourier(0.1)(GREY), np.clip(theirs, 0, 255), 0.51)
