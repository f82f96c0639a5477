"""Make src/cutaway/data/fashion_mnist.parquet from the whole of Fashion-MNIST (tools/embed_fashion_mnist.py [FOLDER]).

FOLDER holds the four .gz files, as Debian's dataset-fashion-mnist puts them into /usr/share/datasets/fashion-mnist.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cutaway.studies.run.fashion import CLASSES, SYSTEM, whole

OUT = Path(__file__).parents[1] / "src" / "cutaway" / "data" / "fashion_mnist.parquet"
EACH = {"train": 800, "test": 200}  # images a class


def table(folder: Path) -> pa.Table:
    """The first images of each class in each of the two parts, in the order that they have there."""
    data = whole(folder)
    columns: dict[str, list[np.ndarray]] = {"part": [], "row": [], "label": [], "image": []}
    for name, part in (("train", data.train), ("test", data.test)):
        rows = np.sort(np.concatenate([np.flatnonzero(part.y == k)[: EACH[name]] for k in range(len(CLASSES))]))
        columns["part"].append(np.full(rows.size, name))
        columns["row"].append(rows.astype(np.uint16))
        columns["label"].append(part.y[rows])
        columns["image"].append(part.images[rows].reshape(rows.size, -1))
    pixels = np.concatenate(columns.pop("image"))
    made = {name: pa.array(np.concatenate(each)) for name, each in columns.items()}
    made["part"] = made["part"].dictionary_encode()
    image = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(pixels.shape[1]), len(pixels), [None, pa.py_buffer(pixels.tobytes())]
    )
    return pa.table(made | {"image": image})


if __name__ == "__main__":
    made = table(Path(sys.argv[1]) if len(sys.argv) > 1 else SYSTEM)
    pq.write_table(
        made, OUT, compression="brotli", compression_level=11, use_dictionary=["part"], row_group_size=10_000
    )
    print(f"{OUT.name}: {made.num_rows:,} images, {OUT.stat().st_size:,} bytes")
