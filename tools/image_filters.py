"""Write src/cutaway/data/image_filters.json: the first filters of small networks trained on cells and on clothes.

    python tools/image_filters.py

The networks are those of `cutaway.images.benefit`, trained on every image of the set as it is.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from cutaway.science import nets
from cutaway.science.images.benefit import small_network
from cutaway.studies.run.image_data import Labelled, cells, clothes

OUT = Path(__file__).parents[1] / "src" / "cutaway" / "data" / "image_filters.json"
EPOCHS, BATCH = 8, 24


def filters(data: Labelled) -> dict[str, Any]:
    """The first layer of a network trained on these images, with what its input was scaled by."""
    x = np.stack(data.images).astype(np.float32) / 255
    x = x[..., None] if x.ndim == 3 else x
    mean, deviation = x.mean((0, 1, 2)), x.std((0, 1, 2))
    model = small_network(x.shape[1], x.shape[3], len(data.classes))
    steps = EPOCHS * -(-len(x) // BATCH)
    done = nets.fit(
        model, (x - mean) / deviation, data.y, optimiser=nets.Adam(), rate=nets.Cosine(0.004, steps), epochs=EPOCHS,
        batch=BATCH, seed=0,
    )  # fmt: skip
    first = done.params[0]
    return {
        "kernel": np.round(np.moveaxis(first["kernel"], -1, 0), 4).astype(float).tolist(),
        "bias": np.round(first["bias"], 4).astype(float).tolist(),
        "mean": np.round(mean, 5).astype(float).tolist(),
        "deviation": np.round(deviation, 5).astype(float).tolist(),
    }


if __name__ == "__main__":
    made = {"cells": filters(cells()), "clothes": filters(clothes().first(3_000))}
    OUT.write_text(json.dumps(made) + "\n", encoding="utf-8")
    print(f"wrote {OUT.name} ({OUT.stat().st_size / 1000:.0f} kB)")
