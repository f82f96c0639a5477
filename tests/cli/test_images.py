"""`cutaway images`: a folder, the list of operations, and code; what is wrong is one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cutaway.cli.images import listing, summary
from cutaway.engines.images import Outcome, Skipped
from cutaway.science.images import operations
from tests.cli.conftest import Command
from tests.science.images.examples import noisy_scene

PIPELINE = '[[step]]\noperation = "resize"\nheight = 8\nwidth = 9\n[[step]]\noperation = "grey"\n'


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    (tmp_path / "photos").mkdir()
    for k in range(3):
        Image.fromarray(np.roll(noisy_scene(), k, axis=0)).save(tmp_path / "photos" / f"{k}.png")
    (tmp_path / "p.toml").write_text(PIPELINE, encoding="utf-8")
    return tmp_path / "photos"


def test_a_folder_is_put_through_and_resumed(cutaway: Command, photos: Path, tmp_path: Path) -> None:
    (photos / "cut.png").write_bytes((photos / "0.png").read_bytes()[:300])
    ended = cutaway("images", "photos", "--pipeline", "p.toml", "--out", "ready")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith("3 images made in ready, in ")
    assert "1 image left out:\n  cut.png: is truncated" in ended.out
    assert np.asarray(Image.open(tmp_path / "ready/0.png")).shape == (8, 9)
    again = cutaway("images", "photos", "--pipeline", "p.toml", "--out", "ready")
    assert again.out.startswith("0 images made in ready")
    assert "3 images kept, made by an earlier run" in again.out
    anew = cutaway("images", "photos", "--pipeline", "p.toml", "--out", "ready", "--no-resume", "--workers", "1")
    assert anew.out.startswith("3 images made in ready")


def test_the_operations_are_listed(cutaway: Command) -> None:
    ended = cutaway("images", "--operations")
    assert (ended.status, ended.err) == (0, "")
    for one in operations():
        assert f"\n  {one.name}\n" in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80
    assert "method = triangle | linear | area | cubic | nearest (default triangle)" in ended.out
    assert "sigma = 0.1 … 50 pixels (required): Standard deviation." in ended.out
    assert "histogram: unchanged" in ended.out
    assert ended.out == listing(operations(), 80)


@pytest.mark.parametrize(
    ("library", "call"),
    [
        ("skimage", "skimage.transform.resize("),
        ("opencv", "cv2.cvtColor(x, cv2.COLOR_RGB2GRAY)"),
        ("torch", "functional.interpolate("),
    ],
)
def test_code_is_printed(library: str, call: str, cutaway: Command, photos: Path) -> None:
    ended = cutaway("images", "--pipeline", "p.toml", "--code", library)
    assert (ended.status, ended.err) == (0, "")
    compile(ended.out, "printed", "exec")
    assert call in ended.out
    assert '    x = grey(x, weights="601")\n    return x\n' in ended.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["photos", "--out", "ready"], "--pipeline: expected a .toml file; cutaway images --operations lists"),
        (["photos", "--pipeline", "p.toml"], "expected a folder and --out, such as cutaway images photos/"),
        (["--pipeline", "p.toml"], "expected a folder and --out"),
        (["photos", "--pipeline", "none.toml", "--out", "ready"], "'none.toml': cannot be read"),
        (["photos", "--pipeline", "photos/0.png", "--out", "ready"], "is no text in UTF-8"),
        (["gone", "--pipeline", "p.toml", "--out", "ready"], "'gone': expected a folder of images or a .zip"),
        (["photos", "--pipeline", "p.toml", "--out", "photos"], "holds files that no run of cutaway images made"),
        (["photos", "--pipeline", "p.toml", "--out", "p.toml"], "expected a folder, got a file"),
        (["photos", "--pipeline", "p.toml", "--out", "p.toml/x"], "cannot be written to"),
        (["photos", "--pipeline", "p.toml", "--out", "ready", "--workers", "0"], "'--workers'"),
        (["--pipeline", "p.toml", "--code", "matlab"], "'matlab'"),
        (["photos", "--pipline", "p.toml"], "--pipline"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_sentence_and_writes_nothing(
    arguments: list[str], says: str, cutaway: Command, photos: Path, tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*"))
    ended = cutaway("images", *arguments)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("cutaway images: ")
    assert ended.err.count("\n") == 1
    assert says in ended.err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_of_which_nothing_could_be_read_is_bad_input(cutaway: Command, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/a.png").write_bytes(b"x")
    (tmp_path / "p.toml").write_text(PIPELINE, encoding="utf-8")
    ended = cutaway("images", "photos", "--pipeline", "p.toml", "--out", "ready")
    assert ended.status == 2
    assert "a.png: is no image of a known kind" in ended.out
    assert "no image could be put through the pipeline" in ended.err


def test_many_left_out_are_counted_and_hostile_names_are_escaped() -> None:
    left_out = tuple(Skipped(f"esc\x1b[31m{k}.png", "is empty") for k in range(25))
    text = summary(Outcome(Path("out"), 1, 0, left_out, 0.25))
    assert text.startswith("1 image made in out, in 0.2 s\n25 images left out:\n")
    assert text.endswith("  and 5 more\n")
    assert "\x1b" not in text
