"""Which preparations of images pay: pipelines before a small convolutional network and a linear model on HOG.

    python benchmarks/image_benefit.py [--data clothes cells faces] [--folder FOLDER --labels folder|FILE] [--repeats 2]
        [--folds 5] [--images 1500]      (with OMP_NUM_THREADS=1 beside other work)

clothes:  Fashion-MNIST, the first of its training images, grey, 28 × 28, ten kinds
cells:    blood cells of the BCCD Dataset, in colour, 32 × 32, three kinds; folds by photograph
faces:    faces and other windows, grey, 25 × 25 (`skimage.data.lfw_subset`, 200 images)

Every pipeline is followed by the same resize and the same two models, trained and judged on the same folds with the
same seeds, so that accuracies differ by the pipeline alone. Intervals are of the mean difference to the images as they
are, with the variance of Nadeau and Bengio for training sets that overlap; p is corrected over all pipelines and both
models of a data set (Holm). The table is printed; numbers go to benchmarks/results/image_benefit.json, and with all
three data sets to src/cutaway/data/image_benefit.json, which the study images shows.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from cutaway.core.progress import Progress
from cutaway.core.version import __version__
from cutaway.engines.image_benefit import benefit_of_folder
from cutaway.science.images import Benefit, benefit
from cutaway.studies.run import image_data

HERE = Path(__file__).parent
KEPT = HERE.parent / "src" / "cutaway" / "data" / "image_benefit.json"


def row(benefit_: Benefit, title: str, seconds: float) -> dict[str, Any]:
    """The comparison as plain values."""
    return {
        "title": title,
        "images": benefit_.images,
        "classes": benefit_.classes,
        "side": benefit_.side,
        "folds": benefit_.folds,
        "repeats": benefit_.repeats,
        "seconds": round(seconds),
        "sentence": benefit_.sentence,
        "gains": [
            {
                "model": one.model,
                "pipeline": one.pipeline,
                "accuracy": one.accuracy,
                "reference": one.reference,
                "difference": one.difference,
                "low": one.low,
                "high": one.high,
                "p": one.p,
                "p_corrected": one.p_corrected,
                "verdict": one.verdict,
            }
            for one in benefit_.gains
        ],
    }


def table(found: dict[str, Any]) -> str:
    """The comparison as text."""
    lines = [f"\n{found['title']}: {found['images']:,} images, {found['repeats']} × {found['folds']} folds"]
    for one in sorted(found["gains"], key=lambda one: (one["model"], -one["difference"])):
        points = [100 * one[name] for name in ("accuracy", "difference", "low", "high")]
        lines.append(
            f"  {one['model']:<4} {one['pipeline']:<26} {points[0]:5.1f} %  {points[1]:+5.1f} points "
            f"({points[2]:+5.1f} to {points[3]:+5.1f})  p {one['p_corrected']:.3f}  {one['verdict']}"
        )
    return "\n".join([*lines, f"  {found['sentence']}"])


def main() -> None:
    """Run what was asked for, print the tables and write the numbers."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", nargs="*", choices=list(image_data.SETS), default=["faces", "cells", "clothes"])
    parser.add_argument("--folder")
    parser.add_argument("--labels")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--images", type=int, default=1500)
    asked = parser.parse_args()
    if asked.folder:
        began = time.perf_counter()
        texts = {name: image_data.pipeline_of(text) for name, text in image_data.PIPELINE_TEXTS.items()}
        own, _ = benefit_of_folder(
            asked.folder, texts, labels=asked.labels, folds=asked.folds, repeats=asked.repeats, most=asked.images,
            progress=said(),
        )  # fmt: skip
        print(table(row(own, asked.folder, time.perf_counter() - began)))
        return
    out: dict[str, Any] = {"cutaway": __version__, "pipelines": dict(image_data.PIPELINE_TEXTS), "sets": {}}
    for one in (image_data.SETS[name]() for name in asked.data):
        began = time.perf_counter()
        first = one.first(asked.images)
        repeats = asked.repeats if len(first.y) > 300 else 3 * asked.repeats
        found = benefit(
            first.images,
            first.y,
            image_data.pipelines(in_colour=first.in_colour),
            side=first.side,
            folds=asked.folds,
            repeats=repeats,
            groups=first.groups,
            progress=said(),
        )
        out["sets"][one.name] = row(found, one.title, time.perf_counter() - began)
        print(table(out["sets"][one.name]), flush=True)
        text = json.dumps(out, indent=1) + "\n"
        (HERE / "results" / "image_benefit.json").write_text(text, encoding="utf-8")
    if set(out["sets"]) == set(image_data.SETS):
        KEPT.write_text(json.dumps(out) + "\n", encoding="utf-8")


def said() -> Progress:
    """Says every fiftieth fit on the terminal."""

    def tell(stage: str, done: int, total: int | None) -> None:
        if done % 50 == 0:
            print(f"  {stage} {done}/{total}", flush=True)

    return tell


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()
