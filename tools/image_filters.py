"""Write src/cutaway/data/image_filters.json: the first filters of small networks trained on cells and on clothes.

    python tools/image_filters.py

The networks are those of `cutaway.images.benefit`, trained on every image of the set as it is.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from cutaway.science.images.benefit import trained
from cutaway.studies.run.image_data import Labelled, cells, clothes

OUT = Path(__file__).parents[1] / "src" / "cutaway" / "data" / "image_filters.json"
EPOCHS = 8


def filters(data: Labelled) -> dict[str, Any]:
    """The first layer of a network trained on these images, with what its input was scaled by."""
    x = np.stack(data.images).astype(np.float32) / 255
    x = x[..., None] if x.ndim == 3 else x
    made = trained(x, data.y, len(data.classes), EPOCHS, 0)
    kernel, bias = made.filters
    return {
        "kernel": np.round(kernel, 4).astype(float).tolist(),
        "bias": np.round(bias, 4).astype(float).tolist(),
        "mean": np.round(made.mean, 5).astype(float).tolist(),
        "deviation": np.round(made.deviation, 5).astype(float).tolist(),
    }


if __name__ == "__main__":
    made = {"cells": filters(cells()), "clothes": filters(clothes().first(3_000))}
    OUT.write_text(json.dumps(made) + "\n", encoding="utf-8")
    print(f"wrote {OUT.name} ({OUT.stat().st_size / 1000:.0f} kB)")
