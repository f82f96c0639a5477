"""A hundred hostile cases a target; `make fuzz` tries ten thousand, and more with atheris."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import changes, seeds
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


DEEP = b"x = " + b"{a=" * 3000
LONG = b"\nx = " + b"9" * 5000
FOUND = {
    "a column whose name is not UTF-8, in Parquet": (
        "parquet",
        seeds.written("parquet").replace(b"whole", b"\xffhole"),
    ),
    "a column whose name is not UTF-8, in Arrow": ("arrow", seeds.written("file").replace(b"whole", b"\xffhole")),
    "a head of an array that is no Python": ("snapshot", seeds.arrays()[2].replace(b"{'descr", b"{\n(((((")),
    "a space of tables in tables": ("space", DEEP),
    "a space with a number of 5,000 digits": ("space", seeds.SPACE + LONG),
    "a pipeline with a number of 5,000 digits": ("pipeline", b"[[step]]" + LONG),
    "kernels of tables in tables": ("kernels", DEEP),
    "kernels with a number of 5,000 digits": ("kernels", seeds.KERNELS + LONG),
    "a lock of lists in lists": ("lock", b"[" * 100_000),
    "a lock whose tables are none": ("lock", b'{"format": 1, "server": [], "tools": {}, "kernels": {"tf": 1}}'),
    "a notebook of lists in lists": ("notebook", b"[" * 100_000),
    "a word with a carriage return": ("vectors", b"a\rb 1.0 2.0\nc 3.0 4.0\n"),
}
"""What make fuzz has found: the target, and a file that shows it."""


@pytest.mark.parametrize("case", FOUND)
def test_what_was_found_is_mended(case: str) -> None:
    target, data = FOUND[case]
    TARGETS[target].judge(data)
