"""Every study alike: it ends, it repeats, its parameters travel as text, its claims hold, it stops when told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from cutaway.studies import Study, discover, named
from cutaway.studies.run.discovery import own
from cutaway.studies.run.parameter import Value
from cutaway.studies.run.study import GROUPS
from cutaway.testing import StudyTrial
from cutaway.testing import studies as laws

STUDIES = own()
Law = Callable[[StudyTrial], None]


def slow(name: str) -> list[pytest.MarkDecorator]:
    """All slow tests of a study go to one worker, so that its run at the defaults is shared by them."""
    return [pytest.mark.slow, pytest.mark.xdist_group(f"study {name}")]


@cache
def trial(name: str) -> StudyTrial:
    """One for all tests of a study."""
    return StudyTrial(name)


def ends() -> list[Any]:
    """A test for each end of each range, in place of the law that holds them all."""
    return [
        pytest.param(name, given, id=f"{name}-{known}", marks=slow(name))
        for name in STUDIES
        for known, given in trial(name).ends()
    ]


def test_there_are_studies() -> None:
    assert {"counts", "logit"} <= set(STUDIES)
    assert [one.name for one in discover()] == sorted(STUDIES, key=lambda n: (GROUPS.index(named(n).group), n))


@pytest.mark.parametrize("name", STUDIES)
@pytest.mark.parametrize("law", laws.READ_LAWS, ids=lambda law: law.__name__)
def test_what_its_file_states(law: Law, name: str) -> None:
    law(trial(name))


@pytest.mark.parametrize("name", [pytest.param(one, marks=slow(one)) for one in STUDIES])
@pytest.mark.parametrize("law", laws.RUN_LAWS, ids=lambda law: law.__name__)
def test_what_it_does(law: Law, name: str) -> None:
    law(trial(name))


@pytest.mark.parametrize(("name", "given"), ends())
def test_every_end_of_every_range(name: str, given: dict[str, Value]) -> None:
    trial(name).checked(given)


def test_a_setting_is_not_lost_between_studies() -> None:
    """Parameters are values: another run does not change them."""
    study: Study = named("counts")
    params = study.parameters({"prevalence": 0.3})
    study.run(params)
    assert replace(params) == study.parameters({"prevalence": 0.3})
