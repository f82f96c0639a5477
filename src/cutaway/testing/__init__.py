"""The bar that every check, comparison and study must pass: cutaway's own and those of plug-ins.

from cutaway import testing

def test_the_study():
    testing.verify_study("peeking")

def test_the_check():
    testing.verify_check(heaped_digits, null=heights)

A law is a function that raises AssertionError, with a sentence, where it does not hold; `verify_…` tries every law and
tells all that failed at once. No test framework is needed. To try the laws one by one, as a test each, parametrise over
`CHECK_LAWS`, `COMPARISON_LAWS` or `STUDY_LAWS` with one trial, which keeps what was run for all of them.
"""

from __future__ import annotations

from cutaway.testing.checks import LAWS as CHECK_LAWS
from cutaway.testing.checks import CheckTrial, Rate, error_rates, sound_table, subject, verify_check
from cutaway.testing.comparisons import LAWS as COMPARISON_LAWS
from cutaway.testing.comparisons import ComparisonTrial, verify_comparison
from cutaway.testing.studies import LAWS as STUDY_LAWS
from cutaway.testing.studies import StudyTrial, store, verify_study

__all__ = [
    "CHECK_LAWS",
    "COMPARISON_LAWS",
    "STUDY_LAWS",
    "CheckTrial",
    "ComparisonTrial",
    "Rate",
    "StudyTrial",
    "error_rates",
    "sound_table",
    "store",
    "subject",
    "verify_check",
    "verify_comparison",
    "verify_study",
]
