"""Whether preparing helps, asked of a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cutaway.core.errors import InputError
from cutaway.engines.image_benefit import benefit_of_folder
from cutaway.science.images import Pipeline


def test_a_folder_is_compared(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for i in range(24):
        label = "light" if i % 2 else "dark"
        (tmp_path / label).mkdir(exist_ok=True)
        image = np.clip(rng.normal(200 if i % 2 else 60, 20, (300, 200, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(image).save(tmp_path / label / f"{i}.png")
    (tmp_path / "light" / "broken.png").write_bytes(b"")
    found, left_out = benefit_of_folder(
        tmp_path, {"stretch": Pipeline.of_toml('[[step]]\noperation = "stretch"')}, models=["hog"], folds=3, repeats=1
    )
    assert (found.images, found.classes, left_out) == (24, 2, 1)
    assert [one.pipeline for one in found.gains] == ["stretch"]
    few, rest = benefit_of_folder(tmp_path, {}, models=["hog"], folds=2, repeats=1, most=12)
    assert few.images + rest == 25 and few.images <= 12 and few.gains == ()


def test_a_folder_without_labels_is_refused(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(tmp_path / "1.png")
    with pytest.raises(InputError, match="add --labels"):
        benefit_of_folder(tmp_path, {})
