"""The study of images on a folder of the reader's own: with labels and without, with files that cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cutaway.core.errors import InputError
from cutaway.lab.catalogue import Catalogue
from cutaway.lab.questions import question
from cutaway.science.images import Pipeline
from cutaway.studies import images
from cutaway.studies.run import own_images as own
from cutaway.studies.run.image_data import pipeline_of
from cutaway.studies.run.result import Outcome
from cutaway.studies.run.study import Study
from tests.cli.conftest import Command, cutaway

STUDY = Study(images)
__all__ = ["cutaway"]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few folds and habits: what is tried here is the way, not the verdict."""
    for name, value in (("FOLDS", 2), ("REPEATS", 1), ("EPOCHS", 1)):
        monkeypatch.setattr(own, name, value)
    monkeypatch.setattr(own, "pipelines", lambda in_colour: {"stretch": pipeline_of("stretch")})


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Light cats and dark dogs, larger than what is looked at, and a file cut off."""
    rng = np.random.default_rng(0)
    for i in range(24):
        place = tmp_path / "pets" / ("cat" if i % 2 else "dog") / f"{i:02d}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        image = rng.normal(170 if i % 2 else 80, 25, (120, 200, 3))
        Image.fromarray(np.clip(image, 0, 255).astype(np.uint8)).save(place)
    (tmp_path / "pets" / "cat" / "00.png").write_bytes((tmp_path / "pets" / "cat" / "01.png").read_bytes()[:900])
    return tmp_path / "pets"


def found(folder: Path, **given: Any) -> Outcome:
    return STUDY.run(data=own.images(folder), **given)


def test_the_reader_s_images_are_prepared_and_measured(pets: Path) -> None:
    outcome = found(pets, image=2, pipeline="grey | gaussian sigma=2")
    tables = outcome.result.tables
    stages = tables["stages"].columns
    assert stages["name"] == ["image", "grey", "gaussian sigma=2"]
    assert (stages["height"][0], stages["width"][0], stages["channels"]) == (115, 192, [3, 1, 1])
    gains = tables["gains"].columns
    assert gains["pipeline"] == ["your pipeline", "your pipeline", "stretch", "stretch"]
    assert tables["gains"].note.endswith("; yours") and tables["filters"].note.endswith("; yours")
    assert tables["maps"].columns["height"] == [30] * 8
    assert all(low <= d <= high for low, d, high in zip(gains["low"], gains["difference"], gains["high"], strict=True))
    said = outcome.result.sentences
    assert said[0] == (
        "This is cat/01.png, one of 25 images of pets; it is shown, and prepared, at 115 × 192 pixels of 120 × 200."
    )
    assert said[1].startswith("24 of 25 images are compared on") and said[-1].startswith("On your images, pets: in ")
    assert [each.text for each in outcome.claims if each.holds is False] == []


def test_what_was_measured_is_not_measured_again(pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = own.images(pets)
    first = own.verdicts(data, pipeline_of("median"), 50)
    monkeypatch.setattr(own, "benefit", lambda *_, **__: pytest.fail("measured twice"))
    monkeypatch.setattr(own, "trained", lambda *_, **__: pytest.fail("trained, which was not asked for"))
    assert own.verdicts(data, pipeline_of("median"), 50) == first
    assert own.verdicts(data, Pipeline(), 50)["gains"] == first["gains"][2:]


def test_a_file_that_cannot_be_read_is_passed_over(pets: Path) -> None:
    image, told = own.shown(own.images(pets), 1)
    assert image.shape == (115, 192, 3)
    assert told[0].startswith("This is cat/01.png, one of 25 images of pets; 1 image before it could not be read; ")


def test_without_labels_what_is_known_is_shown_and_said(pets: Path) -> None:
    outcome = found(pets / "cat", pipeline="equalise")
    assert "On your images nothing could be measured: they have no labels" in outcome.result.sentences[1]
    assert outcome.result.sentences[-1].startswith("On blood cells (BCCD): ")
    assert outcome.result.tables["gains"].note.endswith("; stored")
    assert outcome.result.tables["about"].columns["sentence"] == list(outcome.result.sentences[:2])


def test_classes_with_few_images_are_left_out(pets: Path) -> None:
    for name in ("eel", "fox"):
        (pets / name).mkdir()
        Image.fromarray(np.zeros((9, 9), np.uint8)).save(pets / name / "1.png")
    some = own.labelled(own.images(pets), 50)
    assert np.bincount(some.y).tolist() == [12, 12]
    assert some.left_out[0] == "Left out of the comparison, with fewer than 2 images: eel, fox."
    with pytest.raises(InputError, match="expected two classes with 2 images each, one for each fold, got 1 of dog"):
        own.labelled(own.images(pets), 3)


def test_steps_that_fail_on_other_images_are_told(pets: Path) -> None:
    """The image that is looked at is in colour, another is not."""
    Image.fromarray(np.zeros((40, 40), np.uint8)).save(pets / "dog" / "grey.png")
    outcome = found(pets, image=3, pipeline="colour to=lab")
    assert "nothing could be measured: pipeline 'your pipeline': fails on image" in outcome.result.sentences[1]


def test_a_folder_of_nothing_that_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"")
    with pytest.raises(InputError, match="none of its 1 images can be read; the first: "):
        found(tmp_path)


def test_from_the_command_line(cutaway: Command, pets: Path) -> None:
    run = cutaway("study", "images", "--folder", pets, "--labels", "folder", "--pipeline", "grey", "--json")
    assert run.status == 0, run.err
    told = json.loads(run.out)
    assert told["tables"]["gains"]["note"].endswith("; yours") and told["params"]["pipeline"] == "grey"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("images", "--folder", "absent"), "expected a folder of images, got no such folder"),
        (("images", "--labels", "folder"), "--labels: is for --folder FOLDER, which is missing"),
        (("images", "--folder", "pets", "--labels", "nul.csv"), "line 2: expected text, got a NUL byte"),
        (("images", "--table", "nul.csv"), "study images takes a folder of images (--folder, --labels)"),
        (("cauchy", "--folder", "pets"), "study cauchy takes no data of yours"),
    ],
    ids=["no folder", "labels alone", "NUL", "a table", "another study"],
)
def test_bad_input_is_one_sentence(
    cutaway: Command, pets: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "nul.csv").write_bytes(b"path,label\ncat/01.png,c\0t\n")
    run = cutaway("study", *arguments)
    assert run.status == 2 and run.out == ""
    assert said in run.err and len(run.err.strip().splitlines()) == 1


def test_the_lab_says_where_a_folder_is_read() -> None:
    with pytest.raises(InputError, match="takes a folder, no table; cutaway study images --folder DIR reads one"):
        question(Catalogue(["cutaway.studies.images"]), None, "images", [("data", "1")])  # type: ignore[arg-type]
