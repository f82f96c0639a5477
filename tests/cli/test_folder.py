"""`cutaway audit FOLDER`: a folder of images, its report in every format, and bad input as one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image

from cutaway.checks.run.images_example import scenes
from cutaway.cli.folder import prepared, size_of
from cutaway.core.errors import InputError
from cutaway.report import schema
from tests.cli.conftest import Command


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    for i, image in enumerate(scenes(24)):
        place = tmp_path / "pets" / ("cat" if i % 2 else "dog") / f"{i}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[:, : 48 if i % 2 else 24]).save(place)
    (tmp_path / "pets" / "cat" / "broken.png").write_bytes(b"")
    return tmp_path / "pets"


def test_a_folder_is_audited(cutaway: Command, pets: Path) -> None:
    run = cutaway("audit", str(pets), "--resize", "32x32", "--training", "opencv", "--serving", "pillow")
    assert run.status == 0, run.err
    for said in ("Images of pets", "25 images", "2 classes by folder", "IMG001", "IMG005", "cat/broken.png", "CLASSES"):
        assert said in run.out


def test_its_json_satisfies_the_schema(cutaway: Command, pets: Path) -> None:
    run = cutaway("audit", str(pets), "--labels", "folder", "--format", "json")
    told = json.loads(run.out)
    jsonschema.Draft202012Validator(schema("images")).validate(told)
    assert told["kind"] == "images" and told["images"]["classes"] == ["cat", "dog"]
    assert told["images"]["parts"] == {"": [12, 12]}
    pictured = next(one for one in told["findings"] if one["code"] == "IMG005")
    assert pictured["figure"]["kind"] == "distribution"


def test_its_page_is_one_file(cutaway: Command, pets: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    assert cutaway("audit", str(pets), "--out", str(page)).status == 0
    text = page.read_text("utf-8")
    assert '"kind":"images"' in text and "Images of pets" in text and "http://" not in text.split("<body>")[0]


def test_a_finding_may_fail_the_command(cutaway: Command, pets: Path) -> None:
    assert cutaway("audit", str(pets), "--fail-on", "issue").status == 1
    assert cutaway("audit", str(pets), "--select", "IMG007", "--fail-on", "issue").status == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--resize", "big"], "expected HEIGHTxWIDTH"),
        (["--labels", "absent.csv"], "no such file"),
        (["--training", "absent.toml", "--serving", "pillow", "--resize", "8"], "no such file"),
        (["--set", "IMG003.fence=2"], "no setting"),
        (["--select", "DAT001"], "no check has the code"),
    ],
    ids=["size", "labels", "pipeline", "setting", "code"],
)
def test_bad_input_is_one_sentence(cutaway: Command, pets: Path, arguments: list[str], said: str) -> None:
    run = cutaway("audit", str(pets), *arguments)
    assert run.status == 2 and run.out == ""
    assert said in run.err and len(run.err.strip().splitlines()) == 1


def test_a_folder_that_is_not_there(cutaway: Command, tmp_path: Path) -> None:
    run = cutaway("audit", str(tmp_path / "absent"), "--labels", "folder")
    assert run.status == 2 and "no such folder" in run.err


def test_a_pipeline_prepares(tmp_path: Path) -> None:
    place = tmp_path / "p.toml"
    place.write_text('[[step]]\noperation = "standardise"\n')
    made = prepared(str(place), "training")
    image = np.random.default_rng(0).integers(0, 256, (9, 9), np.uint8)
    assert made.name == "p.toml" and abs(made.of(image).mean()) < 1e-2
    assert prepared("pillow", "training") == "pillow" and prepared(None, "serving") is None
    with pytest.raises(InputError, match="p2"):
        prepared(str(tmp_path / "p2.toml"), "serving")


def test_sizes() -> None:
    assert size_of("224x160") == (224, 160) and size_of("32") == (32, 32) and size_of(None) is None
