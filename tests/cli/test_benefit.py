"""`cutaway images FOLDER --benefit`: a table of pipelines with intervals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from cutaway.checks.run.images_example import scenes
from cutaway.cli.benefit import spread
from tests.cli.conftest import Command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for i, image in enumerate(scenes(16)):
        place = tmp_path / "pets" / "ab"[i % 2] / f"{i}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place)
    for name in ("stretch", "sobel"):
        (tmp_path / f"{name}.toml").write_text(f'[[step]]\noperation = "{name}"\n')
    return tmp_path / "pets"


def test_pipelines_are_compared(cutaway: Command, folder: Path) -> None:
    files = [str(folder.parent / f"{name}.toml") for name in ("stretch", "sobel")]
    ended = cutaway("images", folder, "--benefit", *files, "--folds", 2, "--repeats", 1, "--side", 16)
    assert ended.status == 0, ended.err
    assert ended.out.count("stretch") == ended.out.count("sobel") == 2 and "HOG" in ended.out
    ended = cutaway("images", folder, "--benefit", files[0], "--folds", 2, "--repeats", 1, "--side", 16, "--json")
    told = json.loads(ended.out)
    assert told["images"] == 16 and {one["model"] for one in told["gains"]} == {"cnn", "hog"}


def test_bad_input_is_one_sentence(cutaway: Command, folder: Path) -> None:
    for arguments in (["--benefit", "absent.toml"], ["--benefit", str(folder.parent / "sobel.toml"), "--folds", "9"]):
        ended = cutaway("images", folder, *arguments)
        assert ended.status == 2 and ended.out == "" and len(ended.err.strip().splitlines()) == 1


def test_several_files_after_one_option() -> None:
    assert spread(["f", "--benefit", "a.toml", "b.toml"]) == ["f", "--benefit", "a.toml", "--benefit", "b.toml"]
