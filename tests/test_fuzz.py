"""A hundred hostile cases a target; `make fuzz` tries ten thousand, and more with atheris."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import changes
from tests.fuzz.targets import TARGETS, lab


@pytest.fixture(scope="module")
def a_lab() -> Iterator[None]:
    with lab():
        yield


@pytest.mark.parametrize("name", TARGETS)
def test_hostile_bytes_are_taken_or_refused_in_a_sentence(name: str, request: pytest.FixtureRequest) -> None:
    target = TARGETS[name]
    if not target.isolated:
        request.getfixturevalue("a_lab")
    good = target.seeds()

    @settings(max_examples=target.cases, suppress_health_check=list(HealthCheck), database=None)
    @given(st.integers(0, 255), changes.changes())
    def attacked(which: int, by: list[changes.Change]) -> None:
        target.judge(changes.changed(good, which, by))

    attacked()


@pytest.mark.parametrize("name", [name for name, target in TARGETS.items() if target.isolated])
def test_the_good_files_are_taken(name: str) -> None:
    """Else the hostile ones would be refused for another reason than what was done to them."""
    from cutaway.core.errors import CutawayError

    target = TARGETS[name]
    for number, good in enumerate(target.seeds()):
        try:
            target.judge(good)
        except CutawayError as error:
            raise AssertionError(f"seed {number} was refused") from error
