"""Every topic: each framework runs and follows its formula, each converter does what it claims."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cutaway import testing
from cutaway.compare.run.discovery import own
from cutaway.testing import comparisons as laws
from tests.compare.running import compared

Law = Callable[[testing.ComparisonTrial], None]


@pytest.mark.parametrize("law", laws.READ_LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("topic", own())
def test_what_its_file_states(topic: str, law: Law) -> None:
    law(testing.ComparisonTrial(topic))


@pytest.mark.slow
@pytest.mark.parametrize("law", laws.RUN_LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("topic", own())
def test_what_it_computes(topic: str, law: Law) -> None:
    law(testing.ComparisonTrial(topic, compared(topic)))
