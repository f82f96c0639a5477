"""Files at addresses: read as those at paths are, by either engine's means."""

from __future__ import annotations

import pickle
from pathlib import Path

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cutaway.core.errors import InputError
from cutaway.engines.readers import open_table, remote


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, low in (("part-1.parquet", 0), ("part-2.parquet", 50), ("other.parquet", 500)):
        pq.write_table(pa.table({"x": np.arange(low, low + 50.0)}), tmp_path / name)
    (tmp_path / "deeper").mkdir()
    pq.write_table(pa.table({"x": np.arange(7.0)}), tmp_path / "deeper" / "part-3.parquet")
    (tmp_path / "table.csv").write_text("x,y\n1,2\n")
    return tmp_path


def test_a_pattern_at_an_address_names_the_same_files_as_a_path(folder: Path) -> None:
    for pattern in ("part-*.parquet", "part-?.parquet", "part-[12].parquet", "part-2.parquet", "*/part-*.parquet"):
        there, here = open_table(f"file://{folder}/{pattern}"), open_table(f"{folder}/{pattern}")
        assert (there.rows, there.specs, there.name) == (here.rows, here.specs, here.name)
        columns = [np.concatenate([batch.columns["x"] for batch in source.batches()]) for source in (there, here)]
        np.testing.assert_array_equal(*columns)


def test_addresses_that_only_fsspec_knows_are_read_through_it(folder: Path) -> None:
    files = fsspec.filesystem("memory")
    files.pipe("/loans/part-1.parquet", (folder / "part-1.parquet").read_bytes())
    assert open_table("memory://loans/part-*.parquet").rows == 50
    assert open_table("memory://loans/part-1.parquet").rows == 50


def test_a_remote_file_can_be_sent_to_another_process(folder: Path) -> None:
    (place,) = remote.files(f"file://{folder}/part-1.parquet")
    there = pickle.loads(pickle.dumps(place))
    assert (str(there), there.name, there.suffixes) == (
        f"file://{folder}/part-1.parquet",
        "part-1.parquet",
        [".parquet"],
    )
    with there.open() as file:
        assert file.read(4) == b"PAR1"


def test_options_may_follow_the_address() -> None:
    assert remote._without_options("bucket/a?.parquet") == ("bucket/a?.parquet", "")
    assert remote._without_options("bucket/a?.parquet?region=eu") == ("bucket/a?.parquet", "?region=eu")


def test_what_is_not_there_or_no_parquet_is_refused(folder: Path) -> None:
    def refused(address: str) -> str:
        with pytest.raises(InputError) as raised:
            open_table(address)
        return str(raised.value)

    assert refused(f"file://{folder}/absent.parquet").startswith("no file at the address")
    assert refused(f"file://{folder}/absent/*.parquet").startswith("no file at the address")
    assert refused(f"file://{folder}").startswith("no file at the address")
    assert "an address may name Parquet files only" in refused(f"file://{folder}/table.csv")
    (folder / "cut.parquet").write_bytes((folder / "part-1.parquet").read_bytes()[:-3])
    assert "is a Parquet file that is cut off" in refused(f"file://{folder}/cut.parquet")


def test_a_file_that_vanishes_is_told_in_a_sentence(folder: Path) -> None:
    (place,) = remote.files(f"file://{folder}/part-1.parquet")
    (folder / "part-1.parquet").unlink()
    with pytest.raises(InputError, match="cannot be opened"):
        place.open()
