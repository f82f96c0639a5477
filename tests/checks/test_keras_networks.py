"""Keras models in miniature: every fault is found by its check, and a sound model has no finding at all."""

from __future__ import annotations

import pytest

from tests.checks.networks.cases import Case, audited, codes, told
from tests.checks.networks.keras_faulty import FAULTY
from tests.checks.networks.keras_sound import SOUND

pytestmark = pytest.mark.slow  # each model is run dozens of times, most of them step by step


@pytest.mark.parametrize("case", FAULTY, ids=lambda case: case.name)
def test_a_fault_is_found_by_its_check(case: Case) -> None:
    audit = audited(case)
    assert case.finds in codes(audit, "issue", "tip"), told(audit)
    assert codes(audit, "issue", "crashed") <= {case.finds, *case.also}, told(audit)


@pytest.mark.parametrize("case", SOUND, ids=lambda case: case.name)
def test_nothing_is_found_in_a_sound_model(case: Case) -> None:
    audit = audited(case)
    assert codes(audit, "issue", "tip", "crashed") == set(), told(audit)
    assert audit.count("passed") >= 8
