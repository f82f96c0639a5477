"""Every topic: each framework runs and follows its formula, each converter does what it claims."""

from __future__ import annotations

import pytest

from cutaway.compare.run.discovery import names
from tests.compare.running import compared


@pytest.mark.slow
@pytest.mark.parametrize("topic", names())
def test_every_framework_runs_and_follows_its_formula(topic: str) -> None:
    rows = [row for row in compared(topic).rows if row.status != "formula, not run"]
    assert rows
    assert [(row.variant, row.status, row.follows, row.reason) for row in rows] == [
        (row.variant, "ran", True, "") for row in rows
    ]


@pytest.mark.slow
@pytest.mark.parametrize("topic", names())
def test_converters_do_what_they_claim(topic: str) -> None:
    for proof in compared(topic).proofs:
        if proof.exactness == "impossible":
            assert proof.reason and not proof.code
        else:
            assert proof.holds, (proof.source, proof.target, proof.error, proof.reason)
