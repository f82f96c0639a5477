"""The real tables are what their descriptions say."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests import tables

MD = tables.NASSCDS.with_suffix(".md").read_text(encoding="utf-8")


def test_nasscds_is_the_data_set_of_r() -> None:
    frame, target = tables.nasscds()
    assert frame.shape == (26217, 15)
    assert frame[target].value_counts().to_dict() == {"alive": 25037, "dead": 1180}
    assert frame.isna().sum().loc[lambda n: n > 0].to_dict() == {"yearVeh": 1, "injSeverity": 153}


def test_nasscds_is_small() -> None:
    assert tables.NASSCDS.stat().st_size < 300_000


def test_nasscds_has_every_column_described_in_order() -> None:
    assert re.findall(r"^\| `(\w+)` \|", MD, flags=re.MULTILINE) == list(tables.nasscds()[0].columns)


def test_the_numbers_in_the_description_are_those_of_the_table() -> None:
    frame, _ = tables.nasscds()
    dead = frame["dead"] == "dead"
    killed = frame["injSeverity"] == 4
    assert f"{len(frame):,} rows, {frame.shape[1]} columns" in MD
    assert f"{dead.sum():,} of them ({dead.mean():.1%}) died".replace("%", " %") in MD
    assert f"{(killed & dead).sum():,} of the {dead.sum():,} who died have it, and {(killed & ~dead).sum()} of" in MD
    assert f"{(frame['weight'] * dead).sum() / frame['weight'].sum():.2%} died".replace("%", " %") in MD
    assert f"{(frame['weight'] == 0).sum()} of them are 0" in MD
    assert f"{frame['caseid'].nunique():,} values" in MD
    assert f"people; 0 to {frame['weight'].max():,.0f}" in MD
    assert (frame["deploy"] == (frame["abcat"] == "deploy")).all()


def test_the_embedding_is_repeatable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "tools"))
    import embed_nasscds
    import pyarrow.parquet as pq

    sys.modules.pop("embed_nasscds")
    assert embed_nasscds.nasscds().equals(pq.read_table(tables.NASSCDS))


@pytest.mark.parametrize(
    ("table", "shape", "classes"),
    [
        (tables.caravan, (5822, 86), {"No": 5474, "Yes": 348}),
        (tables.lending_club, (9857, 23), {"good": 9340, "bad": 517}),
        pytest.param(
            tables.shuttle,
            (58000, 10),
            {
                "Rad.Flow": 45586,
                "High": 8903,
                "Bypass": 3267,
                "Fpv.Open": 171,
                "Fpv.Close": 50,
                "Bpv.Open": 13,
                "Bpv.Close": 10,
            },
            marks=pytest.mark.mlbench,
        ),
    ],
)
def test_shapes_and_classes(table, shape, classes) -> None:
    frame, target = table()
    assert frame.shape == shape
    assert frame[target].value_counts().to_dict() == classes
