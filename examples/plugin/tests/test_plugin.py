"""The plug-in, installed: cutaway finds it, and it passes the bar that cutaway's own checks and studies pass."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from cutaway_example.heaped_digits import heaped_digits

from cutaway import checks, compare, studies, testing


def ages(seed: int) -> dict[str, object]:
    """A table without heaps: an age, an income, a count, and a class that does not follow from them."""
    rng = np.random.default_rng(seed)
    n = 400
    return {
        "age": rng.integers(18, 90, n),
        "income": np.round(rng.lognormal(8.0, 0.5, n)),
        "visits": rng.poisson(40.0, n),
        "y": rng.integers(0, 2, n),
    }


def test_cutaway_finds_them() -> None:
    (one,) = [each for each in checks.discover() if each.code == "SURVEY001"]
    found = {one.origin, compare.named("quantiles").origin, studies.named("peeking").origin}
    assert found == {"cutaway-example 1.0"}


def test_the_check() -> None:
    testing.verify_check(heaped_digits, null=ages, tables=40)


def test_the_check_finds_what_people_round() -> None:
    rng = np.random.default_rng(1)
    age = rng.integers(18, 90, 2_000)
    table = {"age": np.where(rng.random(2_000) < 0.5, 10 * np.round(age / 10), age), "y": rng.integers(0, 2, 2_000)}
    (found,) = heaped_digits(testing.subject("table", table))
    assert found.severity == "medium" and found.evidence["whipples_index"] > 200


def test_the_comparison() -> None:
    testing.verify_comparison("quantiles")


@pytest.fixture(scope="module")
def peeking() -> testing.StudyTrial:
    """One for all laws, so that what was run is shared."""
    return testing.StudyTrial("peeking")


@pytest.mark.parametrize("law", testing.STUDY_LAWS, ids=lambda law: law.__name__)
def test_the_study(law: Callable[[testing.StudyTrial], None], peeking: testing.StudyTrial) -> None:
    """One test a law; `testing.verify_study("peeking")` tries them all at once."""
    law(peeking)


@pytest.mark.parametrize(("looks", "share"), [(1, 0.05), (5, 0.142), (10, 0.193), (20, 0.248)])
def test_the_study_finds_what_armitage_found(looks: int, share: float) -> None:
    found = studies.named("peeking").run(looks=looks, experiments=5_000).result.numbers["after_the_last_look"]
    assert found == pytest.approx(share, abs=4 * (share / 5_000) ** 0.5)
