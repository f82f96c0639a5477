"""Whether a label is read from one measurement: what it finds, and how often by chance."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.images import Readable, readable


def test_a_label_that_is_the_measurement_is_read() -> None:
    y = np.repeat([0, 1, 2], 30)
    found = readable(y * 10.0, y)
    assert isinstance(found, Readable)
    assert found.accuracy == 1 and found.gain == 1 and found.p == pytest.approx(1 / 200)
    named = readable(np.array(["PNG", "JPEG", "BMP"])[y], y)
    assert named.accuracy == 1


def test_by_chance_p_is_uniform() -> None:
    """60 measurements without a label in them: as many small p as there should be, and a gain around 0."""
    rng = np.random.default_rng(0)
    found = [readable(rng.normal(size=80), rng.permutation(np.arange(80) % 2), shuffles=99, seed=k) for k in range(60)]
    p = np.array([one.p for one in found])
    assert abs(np.mean(p <= 0.2) - 0.2) < 0.15
    assert abs(np.mean([one.gain for one in found])) < 0.06


def test_a_rare_class_counts_as_much_as_a_common_one() -> None:
    y = np.r_[np.zeros(95, int), np.ones(10, int)]
    assert readable(np.zeros(105), y, shuffles=0).accuracy == pytest.approx(0.5)
    assert readable(y * 1.0, y, shuffles=0).accuracy == 1


@pytest.mark.parametrize(
    ("values", "y", "said"),
    [
        (np.zeros(3), np.array([0, 1]), "one for each of y"),
        (np.zeros(3), np.zeros(3, int), "two classes"),
        (np.zeros(2), np.array([0, 2]), "two classes"),
    ],
    ids=["lengths", "one class", "a gap"],
)
def test_what_cannot_be_read_is_refused(values: np.ndarray, y: np.ndarray, said: str) -> None:
    with pytest.raises(InputError, match=said):
        readable(values, y)
