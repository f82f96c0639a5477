"""A small region whose counts the model itself made, so that the truth is known."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from cutaway.science.epidemic import Observed, Parameters, Prior, Priors

DAYS = 70


@pytest.fixture(scope="package")
def small() -> Observed:
    return Observed(
        "Somewhere",
        tuple(date(2020, 2, 1) + timedelta(k) for k in range(DAYS)),
        np.ones(DAYS),
        np.ones(DAYS),
        lockdown_day=30,
        first=10,
        last=DAYS - 1,
    )


@pytest.fixture(scope="package")
def few() -> Priors:
    """Six free parameters, so that a posterior takes a second."""
    return Priors(
        {
            "reproduction_before": Prior("positive", 2.5, 0.15),
            "reproduction_after": Prior("positive", 0.7, 0.3),
            "infections": Prior("positive", 1000.0, 0.5),
            "fatality": Prior("share", 0.05, 0.4),
            "case_dispersion": Prior("positive", 0.05, 0.5),
            "death_dispersion": Prior("positive", 0.05, 0.5),
        },
        Parameters(report_early=5.0, report_late=5.0, narrow=1.0),
        Prior("positive", 0.15, 0.5),
    )
