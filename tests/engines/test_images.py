"""A folder of images through a pipeline: what is made, kept, left out, and never touched."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cutaway import images
from cutaway.core.errors import InputError
from cutaway.engines.images import Outcome, Skipped, apply_folder, open_image
from cutaway.science.images import Pipeline
from tests.engines.picture_files import SHRINK, contents, png_header, saved, scenes
from tests.science.images.examples import noisy_scene


@pytest.mark.parametrize("workers", [1, 3])
def test_every_image_goes_through_the_pipeline(workers: int, tmp_path: Path) -> None:
    folder, out = scenes(tmp_path / "in"), tmp_path / "out"
    told: list[tuple[float, float | None]] = []
    outcome = apply_folder(
        folder, SHRINK, out, workers=workers, progress=lambda _, done, total: told.append((done, total))
    )
    assert isinstance(outcome, Outcome)
    assert (outcome.made, outcome.kept, outcome.skipped) == (6, 0, ())
    assert told[-1] == (6, 6)
    names = {"0.png", "2.png", "4.png", "inner/1.png", "inner/3.png", "inner/5.png"}
    assert set(contents(out)) == names
    assert np.array_equal(open_image(out / "inner/1.png"), SHRINK(open_image(folder / "inner/1.jpg")))


def test_floats_become_npy_and_jpeg_is_written_when_asked_for(tmp_path: Path) -> None:
    folder = scenes(tmp_path / "in", 2)
    standard = Pipeline((images.Standardise(),))
    apply_folder(folder, standard, tmp_path / "floats")
    found = np.load(tmp_path / "floats/0.npy", allow_pickle=False)
    assert np.array_equal(found, standard(open_image(folder / "0.png")))
    assert apply_folder(folder, standard, tmp_path / "floats").kept == 2
    apply_folder(folder, SHRINK, tmp_path / "jpegs", kind="jpeg")
    assert set(contents(tmp_path / "jpegs")) == {"0.jpg", "inner/1.jpg"}
    assert np.abs(open_image(tmp_path / "jpegs/0.jpg").astype(int) - SHRINK(open_image(folder / "0.png"))).max() < 30


def test_names_that_would_meet_keep_their_suffix(tmp_path: Path) -> None:
    for name in ("a.png", "a.bmp", "A.PNG", "b.png"):
        saved(tmp_path / "in" / name, noisy_scene())
    apply_folder(tmp_path / "in", SHRINK, tmp_path / "out")
    assert set(contents(tmp_path / "out")) == {"a.png.png", "a.bmp.png", "A.PNG.png", "b.png"}


def test_what_cannot_be_read_is_left_out_and_told(tmp_path: Path) -> None:
    folder = scenes(tmp_path / "in", 2)
    (folder / "cut.jpg").write_bytes((folder / "inner/1.jpg").read_bytes()[:700])
    (folder / "bomb.png").write_bytes(png_header(50_000, 50_000))
    (folder / "notes.txt").write_text("no image")
    (folder / ".hidden.png").write_bytes(b"")
    saved(folder / "small.png", noisy_scene()[:5, :5])
    outcome = apply_folder(folder, Pipeline((images.Crop(20, 20),)), tmp_path / "out")
    assert outcome.made == 2
    assert all(isinstance(one, Skipped) for one in outcome.skipped)
    said = {one.name: one.reason for one in outcome.skipped}
    assert list(said) == ["bomb.png", "cut.jpg", "small.png"]
    assert "pixels" in said["bomb.png"]
    assert said["cut.jpg"].startswith("is truncated")
    assert said["small.png"].startswith("crop: expected an image of at least 20 × 20")
    assert set(contents(tmp_path / "out")) == {"0.png", "inner/1.png"}


def test_a_second_run_keeps_what_is_made_and_makes_what_changed(tmp_path: Path) -> None:
    folder, out = scenes(tmp_path / "in"), tmp_path / "out"
    apply_folder(folder, SHRINK, out)
    before = contents(out)
    (out / "2.png").unlink()
    saved(folder / "0.png", np.zeros((30, 30, 3), np.uint8))
    saved(folder / "new.png", noisy_scene())
    again = apply_folder(folder, SHRINK, out)
    assert (again.made, again.kept) == (3, 4)
    after = contents(out)
    assert after["2.png"] == before["2.png"]
    assert after["0.png"] != before["0.png"]
    assert "new.png" in after


def test_another_pipeline_needs_another_folder_or_to_begin_anew(tmp_path: Path) -> None:
    folder, out = scenes(tmp_path / "in"), tmp_path / "out"
    apply_folder(folder, SHRINK, out)
    before = contents(out)
    other = Pipeline((images.Flip(), images.Standardise()))
    with pytest.raises(
        InputError, match=r"holds the results of another pipeline; name a new folder, or .* --no-resume"
    ):
        apply_folder(folder, other, out)
    assert contents(out) == before
    assert apply_folder(folder, other, out, resume=False).made == 6
    assert {Path(name).suffix for name in contents(out)} == {".npy"}  # nothing of the first is left
    assert apply_folder(folder, other, out).kept == 6


def test_a_folder_with_other_files_is_not_written_to(tmp_path: Path) -> None:
    folder, out = scenes(tmp_path / "in"), tmp_path / "out"
    out.mkdir()
    (out / "0.png").write_text("mine")
    for resume in (True, False):
        with pytest.raises(InputError, match="holds files that no run of cutaway images made"):
            apply_folder(folder, SHRINK, out, resume=resume)
    assert contents(out) == {"0.png": b"mine"}
    with pytest.raises(InputError, match="holds files that no run"):
        apply_folder(folder, SHRINK, folder)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="expected a folder, got a file"):
        apply_folder(folder, SHRINK, tmp_path / "file")


def test_results_inside_the_folder_are_no_images_of_it(tmp_path: Path) -> None:
    folder = scenes(tmp_path / "in")
    assert apply_folder(folder, SHRINK, folder / "out").made == 6
    again = apply_folder(folder, SHRINK, folder / "out")
    assert (again.made, again.kept) == (0, 6)


def test_links_are_not_followed(tmp_path: Path) -> None:
    secret = saved(tmp_path / "elsewhere/secret.png", noisy_scene())
    folder, out = scenes(tmp_path / "in", 2), tmp_path / "out"
    (folder / "link.png").symlink_to(secret)
    (folder / "linked").symlink_to(secret.parent)
    os.mkfifo(folder / "pipe.png")
    outcome = apply_folder(folder, SHRINK, out)
    assert {one.name: one.reason for one in outcome.skipped} == {
        "link.png": "is a link; links stay closed",
        "linked": "is a link to a folder; links stay closed",
        "pipe.png": "is no plain file",
    }
    assert set(contents(out)) == {"0.png", "inner/1.png"}


def test_a_link_in_the_results_leads_nowhere(tmp_path: Path) -> None:
    folder, out, elsewhere = scenes(tmp_path / "in", 2), tmp_path / "out", tmp_path / "elsewhere"
    apply_folder(folder, SHRINK, out)
    elsewhere.mkdir()
    (out / "inner/1.png").unlink()
    (out / "inner").rmdir()
    (out / "inner").symlink_to(elsewhere)
    (elsewhere / "mine.txt").write_text("mine")
    (out / "0.png").unlink()
    (out / "0.png").symlink_to(elsewhere / "mine.txt")
    for resume in (True, False):
        outcome = apply_folder(folder, SHRINK, out, resume=resume)
        assert "is a link that leads out of" in outcome.skipped[0].reason
        assert outcome.skipped[0].name == "inner/1.jpg"
    assert contents(elsewhere) == {"mine.txt": b"mine"}
    assert not (out / "0.png").is_symlink()
    (tmp_path / "door").symlink_to(elsewhere)
    with pytest.raises(InputError, match="expected a folder, got a link"):
        apply_folder(folder, SHRINK, tmp_path / "door")


def test_a_zip_with_safe_names_is_as_good_as_a_folder(tmp_path: Path) -> None:
    folder = scenes(tmp_path / "in")
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for path in sorted(folder.rglob("*.*")):
            archive.write(path, path.relative_to(folder))
        archive.writestr("__MACOSX/0.png", b"")
    apply_folder(folder, SHRINK, tmp_path / "one")
    outcome = apply_folder(tmp_path / "in.zip", SHRINK, tmp_path / "other")
    assert (outcome.made, outcome.skipped) == (6, ())
    assert contents(tmp_path / "one") == contents(tmp_path / "other")
    assert apply_folder(tmp_path / "in.zip", SHRINK, tmp_path / "other").kept == 6


@pytest.mark.parametrize("name", ["../out.png", "a/../../b.png", "/etc/x.png", "C:/x.png", "..\\x.png", "a\\x.png"])
def test_a_zip_whose_names_lead_out_is_not_unpacked(name: str, tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.fromarray(noisy_scene()).save(file, "PNG")
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr("good.png", file.getvalue())
        archive.writestr(name, file.getvalue())
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=r"leads out of its folder; nothing of this \.zip was unpacked"):
        apply_folder(tmp_path / "in.zip", SHRINK, tmp_path / "out")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_zip_with_a_link_a_twin_or_damage_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.png")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(InputError, match=r"'link\.png' in it is a link"):
        apply_folder(tmp_path / "link.zip", SHRINK, tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "twin.zip", "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("a.png", b"1")
        archive.writestr("a.png", b"2")
    with pytest.raises(InputError, match=r"holds the name 'a\.png' twice"):
        apply_folder(tmp_path / "twin.zip", SHRINK, tmp_path / "out")
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(InputError, match=r"is no readable \.zip"):
        apply_folder(tmp_path / "bad.zip", SHRINK, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_damaged_member_is_left_out(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for name in ("a.png", "b.png"):
            file = io.BytesIO()
            Image.fromarray(noisy_scene()).save(file, "PNG")
            archive.writestr(name, file.getvalue())
    data = bytearray((tmp_path / "in.zip").read_bytes())
    data[len(data) // 4] ^= 255
    (tmp_path / "in.zip").write_bytes(data)
    outcome = apply_folder(tmp_path / "in.zip", SHRINK, tmp_path / "out")
    assert (outcome.made, [one.name for one in outcome.skipped]) == (1, ["a.png"])
    assert "cannot be unpacked" in outcome.skipped[0].reason


def test_no_images_no_folder_no_workers(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no image"):
        apply_folder(tmp_path / "empty", SHRINK, tmp_path / "out")
    with pytest.raises(InputError, match=r"expected a folder of images or a \.zip, got nothing there"):
        apply_folder(tmp_path / "none", SHRINK, tmp_path / "out")
    with pytest.raises(InputError, match="at least one worker, got 0"):
        apply_folder(tmp_path / "empty", SHRINK, tmp_path / "out", workers=0)
    assert not (tmp_path / "out").exists()


def test_two_runs_do_not_write_into_one_folder(tmp_path: Path) -> None:
    folder, out = scenes(tmp_path / "in"), tmp_path / "out"
    met: list[str] = []

    def other(*_: object) -> None:
        if not met:
            with pytest.raises(InputError, match="another run writes into it; wait for its end"):
                apply_folder(folder, SHRINK, out)
            met.append("once")

    assert apply_folder(folder, SHRINK, out, workers=1, progress=other).made == 6
    assert met == ["once"]


def test_an_interrupt_stops_the_run_and_leaves_whole_files(tmp_path: Path) -> None:
    folder, out = scenes(tmp_path / "in", 40), tmp_path / "out"

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply_folder(folder, SHRINK, out, workers=2, progress=interrupted)
    assert not list(out.rglob(".cutaway-part-*"))
    some = contents(out)
    assert 0 < len(some) < 40
    rest = apply_folder(folder, SHRINK, out)
    assert (rest.made, rest.kept) == (40 - len(some), len(some))


def test_a_killed_run_is_resumed_without_loss(tmp_path: Path) -> None:
    folder, out = scenes(tmp_path / "in", 80), tmp_path / "out"
    slow = Pipeline((images.NonLocalMeans(0.1, 1, 4), *SHRINK.steps))
    (tmp_path / "p.toml").write_text(slow.to_toml(), encoding="utf-8")
    command = [sys.executable, "-m", "cutaway", "images", str(folder), "--pipeline", str(tmp_path / "p.toml")]
    process = subprocess.Popen([*command, "--out", str(out)], stdout=subprocess.DEVNULL)
    try:
        for _ in range(6000):
            if len(contents(out)) >= 10 or process.poll() is not None:
                break
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    finally:
        process.wait()
    some = contents(out)
    (out / ".cutaway-part-1-9.png").write_bytes(b"half")  # as the kill may have left one
    rest = apply_folder(folder, slow, out)
    assert (rest.made + rest.kept, rest.kept) == (80, len(some))
    assert not list(out.rglob(".cutaway-part-*"))
    apply_folder(folder, slow, tmp_path / "whole")
    assert contents(out) == contents(tmp_path / "whole")
    assert all(contents(out)[name] == data for name, data in some.items())
