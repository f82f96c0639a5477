"""Make src/cutaway/data/japanese_vowels.parquet from aeon's wheel: python tools/embed_japanese_vowels.py WHEEL.

WHEEL is aeon-*.whl as the package index has it; it is read as an archive and never installed.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

OUT = Path(__file__).parents[1] / "src" / "cutaway" / "data" / "japanese_vowels.parquet"
INSIDE = "aeon/datasets/data/JapaneseVowels/JapaneseVowels_{}.ts"
COEFFICIENTS = 12


def utterances(text: str) -> list[tuple[int, np.ndarray]]:
    """Speaker (1 … 9) and steps (t, 12) of every row below @data: dimensions by colons, steps by commas, label last.

    Raises:
        ValueError: a row has another number of dimensions, or dimensions of unequal length.
    """
    out = []
    for row in text.partition("@data")[2].split():
        *dimensions, label = row.split(":")
        if len(dimensions) != COEFFICIENTS:
            raise ValueError(f"expected {COEFFICIENTS} dimensions, got {len(dimensions)} in a row")
        out.append((int(label), np.array([each.split(",") for each in dimensions], dtype=np.float32).T))
    return out


def table(wheel: Path) -> pa.Table:
    """Every step of every utterance, those of the training set first, in the order of the files."""
    parts: dict[str, list[np.ndarray]] = {}
    number = 0
    with zipfile.ZipFile(wheel) as archive:
        for test, part in enumerate(("TRAIN", "TEST")):
            for speaker, steps in utterances(archive.read(INSIDE.format(part)).decode()):
                known = {"utterance": (number, np.int16), "test": (test, np.uint8), "speaker": (speaker, np.uint8)}
                for name, (value, kind) in known.items():
                    parts.setdefault(name, []).append(np.full(len(steps), value, kind))
                for at in range(COEFFICIENTS):
                    parts.setdefault(f"c{at + 1}", []).append(steps[:, at])
                number += 1
    return pa.table({name: np.concatenate(each) for name, each in parts.items()})


if __name__ == "__main__":
    made = table(Path(sys.argv[1]))
    floats = [name for name in made.column_names if name.startswith("c")]
    pq.write_table(
        made, OUT, compression="zstd", compression_level=19, use_dictionary=["utterance", "test", "speaker"],
        column_encoding=dict.fromkeys(floats, "BYTE_STREAM_SPLIT"),
    )  # fmt: skip
    count = len(set(made["utterance"].to_pylist()))
    print(f"{OUT.name}: {made.num_rows:,} steps of {count} utterances, {OUT.stat().st_size:,} bytes")
