"""Pipelines as values: written, read, refused with the step's number; images that are none."""

from __future__ import annotations

import sys
from itertools import pairwise

import numpy as np
import pytest

from cutaway import images
from cutaway.core.errors import InputError, InputTypeError, MissingExtraError
from cutaway.science.images import Operation, Parameter, Pipeline, Step, operations
from cutaway.science.images.step import KINDS
from tests.science.images.examples import STEPS, noisy_scene


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_written_and_read(name: str) -> None:
    pipeline = Pipeline((STEPS[name], images.Flip()))
    assert Pipeline.of_toml(pipeline.to_toml()) == pipeline


def test_no_steps_change_nothing_and_are_read() -> None:
    image = noisy_scene()
    assert Pipeline()(image) is image
    assert Pipeline.of_toml("") == Pipeline()


def test_steps_are_applied_in_order() -> None:
    image = noisy_scene()
    one, other = images.Rotate(90.0), images.Crop(10, 20)
    assert np.array_equal(Pipeline((one, other))(image), other(one(image)))
    assert Pipeline((other, one))(image).shape == (20, 10, 3)


def test_every_operation_describes_itself() -> None:
    every = operations()
    assert {one.name for one in every} == set(KINDS)
    assert len(every) == 33
    for one in every:
        assert isinstance(one, Operation)
        assert one.sentence.endswith(".")
        assert one.group
        assert one.histogram
        assert one.spectrum
        for parameter in one.parameters:
            assert isinstance(parameter, Parameter)
            assert parameter.sentence.endswith(".")
            ranged = parameter.low is not None and parameter.high is not None and parameter.low < parameter.high
            assert ranged or parameter.choices
            if parameter.default is not None and not parameter.choices:
                assert parameter.low <= parameter.default <= parameter.high  # type: ignore[operator]


def test_groups_stand_together() -> None:
    groups = [one.group for one in operations()]
    assert len([1 for one, other in pairwise(groups) if one != other]) == len(set(groups)) - 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[step]]\noperation = "rezise"\nheight = 3', "step 1: no operation 'rezise'; did you mean 'resize'?"),
        ("[[step]]\nheight = 3", "step 1: no operation None; the operations are resize"),
        ('[[step]]\noperation = "flip"\n[[step]]\noperation = "resize"\nheight = 3', "step 2: resize needs width"),
        ('[[step]]\noperation = "flip"\naxis = 1', "step 1: flip has no parameter 'axis'; it has direction"),
        ('[[step]]\noperation = "flip"\ndirection = "both"', "direction to be one of horizontal, vertical, got 'both'"),
        ('[[step]]\noperation = "sobel"\nradius = 2', "sobel has no parameter 'radius'; it has none"),
        ('[[step]]\noperation = "gaussian"\nsigma = 0', "sigma to be a number in 0.1 … 50 pixels, got 0"),
        ('[[step]]\noperation = "gaussian"\nsigma = nan', "sigma to be a number in 0.1 … 50 pixels, got nan"),
        ('[[step]]\noperation = "gaussian"\nsigma = "2"', "sigma to be a number in 0.1 … 50 pixels, got '2'"),
        ('[[step]]\noperation = "median"\nradius = 1.5', "radius to be a whole number in 1 … 50 pixels, got 1.5"),
        ('[[step]]\noperation = "median"\nradius = true', "radius to be a whole number in 1 … 50 pixels, got True"),
        ('[[step]]\noperation = "canny"\nlow = 0.5\nhigh = 0.1', "canny: expected low ≤ high, got 0.5 and 0.1"),
        ('[[step]]\noperation = "hysteresis"\nlow = 0.5\nhigh = 0.1', "hysteresis: expected low ≤ high"),
        ('[[step]]\noperation = "stretch"\nlow = 50\nhigh = 50', "stretch: expected low < high, got 50 and 50"),
        ('[[step]]\noperation = "standardise"\nmean = [0, 0]', "mean to be three numbers, one a channel, got [0, 0]"),
        ('[[step]]\noperation = "standardise"\nmean = [0, 0, 0]', "mean and deviation together, or neither"),
        ('[step]\noperation = "flip"', "expected [[step]] tables, with two brackets"),
        ("steps = 3", "expected only [[step]] tables, got 'steps'"),
        ("[[step", "is no TOML"),
        ('[[step]]\noperation = "flip"\n' * 101, "no more than 100 steps, got 101"),
    ],
    ids=lambda value: value.split("\n")[-1][:40] if "\n" in value else value[:20],
)
def test_a_pipeline_that_cannot_be_is_refused(text: str, says: str) -> None:
    with pytest.raises(InputError) as refused:
        Pipeline.of_toml(text)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("image", "kind", "says"),
    [
        ([[1, 2]], InputTypeError, "got list"),
        (np.zeros((3, 3)), InputTypeError, "got an array of float64; convert it"),
        (np.zeros((3, 3, 4), np.uint8), InputError, r"shape \(h, w\) or \(h, w, 3\), got \(3, 3, 4\)"),
        (np.zeros((0, 3), np.uint8), InputError, r"got \(0, 3\)"),
        (np.full((2, 2), np.nan, np.float32), InputError, "expected finite values"),
    ],
    ids=["list", "float64", "four channels", "empty", "nan"],
)
def test_what_is_no_image_is_refused(image: object, kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=says):
        Pipeline((images.Flip(),))(image)  # type: ignore[arg-type]


def test_a_step_that_cannot_take_the_image_says_what_to_put_before_it() -> None:
    colour, grey = noisy_scene(), noisy_scene(colour=False)
    with pytest.raises(InputError, match=r"otsu: expected a grey image .* put grey before it"):
        images.Otsu()(colour)
    with pytest.raises(InputError, match="colour: expected a colour image"):
        images.Colour()(grey)
    with pytest.raises(InputError, match="crop: expected an image of at least 49 × 5 pixels, got 48 × 61"):
        images.Crop(49, 5)(grey)
    with pytest.raises(InputError, match="crop: expected an image of at least 10 × 62"):
        images.Crop(10, 2, 0, 60)(grey)
    with pytest.raises(InputError, match="pad: expected a frame narrower"):
        images.Pad(48, 0, 0, 0, "mirror")(grey)
    with pytest.raises(InputError, match="pad: expected a result of at most 100,000,000 pixels, got 16,048 × 16,061"):
        images.Pad(16_000, 0, 16_000, 0)(grey)
    with pytest.raises(InputError, match="resize: expected a result of at most 100,000,000 pixels"):
        images.Resize(16_384, 16_384)


def test_what_is_no_step_is_refused() -> None:
    with pytest.raises(InputError, match="expected steps such as"):
        Pipeline(("flip",))  # type: ignore[arg-type]


def test_without_the_libraries_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(MissingExtraError, match=r"the operation flip needs .*: pip install 'cutaway\[images\]'"):
        images.Flip()(noisy_scene())


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (2, 2), (5, 1)], ids=str)
def test_the_smallest_images_keep_their_type(name: str, shape: tuple[int, int]) -> None:
    step: Step = STEPS[name]
    if step.name in ("crop", "pad"):
        return
    grey = np.linspace(0, 255, shape[0] * shape[1]).astype(np.uint8).reshape(shape)
    for image in (grey, grey.astype(np.float32) / 255):
        given = np.stack([image] * 3, axis=2) if step.needs == "colour" else image
        out = step(given)
        floats = step.name == "standardise" or getattr(step, "give", "") == "numbers"
        assert out.dtype == (np.float32 if floats else given.dtype)
        assert np.isfinite(out).all()
        if step.name not in ("resize", "rotate"):
            assert out.shape[:2] == given.shape[:2]


def test_steps_leave_the_given_image_as_it_is() -> None:
    for step in STEPS.values():
        image = noisy_scene(step.needs != "grey")
        before = image.copy()
        step(image)
        assert np.array_equal(image, before), step
