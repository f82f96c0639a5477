"""Every check alike: its page is whole, its example fires and stays silent, it takes any table, and seldom errs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cutaway import testing
from cutaway.checks import discover
from cutaway.testing import checks as laws

TRIALS = {one.code: testing.CheckTrial(one, ordered=one.code == "DAT011") for one in discover()}
OF_ROWS = [code for code, trial in TRIALS.items() if trial.of_rows]
TABLES = 25

Law = Callable[[testing.CheckTrial], None]


@pytest.mark.parametrize("law", laws.READ_LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("code", TRIALS)
def test_what_its_file_states(code: str, law: Law) -> None:
    law(TRIALS[code])


@pytest.mark.slow
@pytest.mark.parametrize("code", TRIALS)
def test_its_example_fires_and_stays_silent(code: str) -> None:
    laws.its_example_fires_and_stays_silent(TRIALS[code])


@pytest.mark.slow
@pytest.mark.parametrize(
    "law", [laws.it_takes_any_table, laws.the_order_of_rows_does_not_matter], ids=lambda law: law.__name__
)
@pytest.mark.parametrize("code", OF_ROWS)
def test_tables(code: str, law: Law) -> None:
    law(TRIALS[code])


def noise(seed: int) -> dict[str, Any]:
    """A table without fault in which no column bears on the classes, either."""
    table = dict(testing.sound_table(seed))
    return table | {"y": np.random.default_rng(seed).permutation(table["y"]).tolist()}


@pytest.mark.slow
def test_no_check_errs_more_often_than_it_promises() -> None:
    """In tables without fault. The tables are made once for all checks, so this is not a test for each."""
    asked = {code: TRIALS[code].check for code in OF_ROWS if not laws.tests_nothing(TRIALS[code].check)}
    associations = asked.pop("LOG002")  # it explains coefficients where there are such: its null is that there are none
    rates = testing.error_rates(asked.values(), tables=TABLES)
    assert len(rates) >= 15
    rates |= testing.error_rates([associations], noise, tables=TABLES)
    assert {code: str(rate) for code, rate in rates.items() if rate.low > TRIALS[code].promise} == {}
