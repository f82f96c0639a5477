"""What a receptive field says of a gradient that is given."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.core.figures import Image, Lines
from cutaway.core.receptive_field import centre_of, field_of, place_of


def test_extent_effective_size_and_picture() -> None:
    gradient = np.zeros((2, 9, 9, 3))
    gradient[:, 2:7, 3:8] = 0.01
    gradient[:, 4, 5] = -1
    gradient[:, 4, 6] = 0.5
    field = field_of("conv", (4, 4), gradient, -1)
    assert field.extent == (5, 5)
    assert field.effective == pytest.approx(2**0.5)
    assert field.share == pytest.approx(2 / 25)
    picture = field.figure
    assert isinstance(picture, Image)
    assert (picture.width, picture.height, max(picture.pixels)) == (9, 9, 255)
    assert picture.alt.startswith("The centre of conv sees 5 × 5 places")


def test_steps_and_nothing_at_all() -> None:
    steps = np.zeros((1, 2, 6))
    steps[:, :, 2] = 1
    field = field_of("lstm", (3,), steps, 1)
    assert (field.extent, field.effective) == ((1,), 1.0)
    assert isinstance(field.figure, Lines)
    nothing = field_of("dead", (3,), np.zeros((1, 6, 2)), -1)
    assert (nothing.extent, nothing.effective) == ((0,), 0.0)
    assert np.isnan(nothing.share)
    assert isinstance(nothing.figure, Lines)


def test_the_layer_that_is_meant() -> None:
    names, shapes = ("a", "b", "c"), ((2, 8, 8, 1), (2, 1, 1, 4), (2, 4))
    assert place_of(names, shapes, None, 4, -1) == 0
    assert place_of(names, shapes, "b", 4, -1) == 1
    assert centre_of((2, 5, 8, 8), 1)[0] == (4, 4)
    with pytest.raises(InputError, match="expected one of a, b, c, got 'd'"):
        place_of(names, shapes, "d", 4, -1)
    with pytest.raises(InputError, match="output with places, got 'c'"):
        place_of(names, shapes, "c", 4, -1)
    with pytest.raises(InputError, match="found none"):
        place_of(names[1:], shapes[1:], None, 4, -1)
    with pytest.raises(InputError, match="got 2 axes"):
        place_of(names, shapes, None, 2, -1)
