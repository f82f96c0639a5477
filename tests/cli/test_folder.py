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
        (["--training", "absent.toml", "--serving", "pillow", "--resize", "8"], "No such file"),
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


@pytest.fixture
def grain(tmp_path: Path) -> Path:
    """Pictures of a fine grain, which shows how an image is made smaller."""
    (tmp_path / "grain").mkdir()
    for i, image in enumerate(scenes(6, (128, 128))):
        Image.fromarray(image).save(tmp_path / "grain" / f"{i}.png")
    return tmp_path / "grain"


def written(folder: Path, name: str, *steps: str) -> str:
    place = folder / f"{name}.toml"
    place.write_text("\n".join(f"[[step]]\noperation = {step}" for step in steps))
    return str(place)


SMALL = '"resize"\nheight = 16\nwidth = 16'


@pytest.mark.parametrize(
    ("training", "serving", "said"),
    [
        ([SMALL, '"grey"'], [SMALL + '\nmethod = "triangle"', '"grey"\nweights = "601"'], ""),
        ([SMALL, '"standardise"'], ['"crop"\nheight = 128\nwidth = 128', SMALL, '"standardise"'], ""),
        ([SMALL], [SMALL + '\nmethod = "linear"'], "Training (training.toml) and serving (serving.toml) give"),
        ([SMALL, '"grey"'], [SMALL, '"grey"\nweights = "709"'], "levels of 255 apart on average"),
        ([SMALL, '"colour"', '"rgb"'], [SMALL, '"colour"'], "Training (training.toml) and serving (serving.toml) give"),
        ([SMALL], [SMALL, '"grey"'], "Training makes 0.png 16 × 16 in colour, serving 16 × 16 in grey"),
        ([SMALL], ['"resize"\nheight = 20\nwidth = 16'], "Training makes 0.png 16 × 16 in colour, serving 20 × 16"),
    ],
    ids=["the same", "the same otherwise", "other resize", "other grey", "other colours", "a channel", "a size"],
)
def test_two_pipelines_are_compared(
    cutaway: Command, grain: Path, tmp_path: Path, training: list[str], serving: list[str], said: str
) -> None:
    """IMG006 from two files, training's and serving's."""
    files = written(tmp_path, "training", *training), written(tmp_path, "serving", *serving)
    run = cutaway(
        "audit", str(grain), "--training", files[0], "--serving", files[1], "--select", "IMG006", "--format", "json"
    )
    assert run.status == 0, run.err
    told = json.loads(run.out)
    (only,) = told["findings"]
    assert (only["status"] == "issue") == bool(said)
    assert (said or "Both preparations give these images nearly the same pixels") in only["title"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[step]]\noperation = "resise"\n', "did you mean 'resize'"),
        ("resize = 16 ×", "is no TOML"),
        ("\0", "is no TOML"),
    ],
    ids=["operation", "no table", "NUL"],
)
def test_a_pipeline_that_is_none_is_one_sentence(
    cutaway: Command, grain: Path, tmp_path: Path, text: str, said: str
) -> None:
    good, bad = written(tmp_path, "training", SMALL), tmp_path / "serving.toml"
    bad.write_text(text)
    run = cutaway("audit", str(grain), "--training", good, "--serving", str(bad))
    assert run.status == 2 and run.out == ""
    assert "--serving" in run.err and said in run.err and len(run.err.strip().splitlines()) == 1
    run = cutaway("audit", str(grain), "--training", good)
    assert run.status == 2 and "expected both or neither" in run.err


def test_sizes() -> None:
    assert size_of("224x160") == (224, 160) and size_of("32") == (32, 32) and size_of(None) is None
