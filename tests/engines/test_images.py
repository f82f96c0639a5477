"""Images read safely, and a folder of them: what is made, kept, left out, and never touched."""

from __future__ import annotations

import io
import os
import signal
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cutaway import images
from cutaway.core.errors import InputError
from cutaway.engines.images import Outcome, Skipped, apply_folder, decoded, open_image, read_pipeline
from cutaway.science.images import Pipeline
from tests.science.images.examples import noisy_scene

SHRINK = Pipeline((images.Resize(16, 20), images.Grey()))


def saved(path: Path, image: np.ndarray, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path, **options)
    return path


def scenes(folder: Path, count: int = 6) -> Path:
    for k in range(count):
        kind = ("png", "jpg", "bmp")[k % 3]
        saved(folder / ("inner" if k % 2 else ".") / f"{k}.{kind}", np.roll(noisy_scene(), k, axis=1))
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """The results in a folder: name -> bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".cutaway-")
    }


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises so many pixels and has none."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


# -- one image --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["png", "bmp", "tiff", "ppm"])
def test_levels_are_read_as_they_were_written(kind: str, tmp_path: Path) -> None:
    for name, image in (("colour", noisy_scene()), ("grey", noisy_scene(colour=False))):
        assert np.array_equal(open_image(saved(tmp_path / f"{name}.{kind}", image)), image)


@pytest.mark.parametrize("options", [{}, {"quality": 60, "subsampling": 0}, {"progressive": True}], ids=str)
def test_a_jpeg_has_pillows_pixels(options: dict[str, object], tmp_path: Path) -> None:
    for image in (noisy_scene(), noisy_scene(colour=False)):
        path = saved(tmp_path / "x.jpg", image, **options)
        assert np.array_equal(open_image(path), np.asarray(Image.open(path)))


def test_profiles_and_gamma_change_no_pixel(tmp_path: Path) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in ("png", "jpg"):
        path = saved(tmp_path / f"x.{kind}", noisy_scene(), icc_profile=profile)
        assert np.array_equal(open_image(path), np.asarray(Image.open(path)))
    data = (tmp_path / "x.png").read_bytes()
    gamma = b"gAMA" + struct.pack(">I", 100_000)
    (tmp_path / "y.png").write_bytes(data[:33] + b"\0\0\0\4" + gamma + struct.pack(">I", zlib.crc32(gamma)) + data[33:])
    assert np.array_equal(open_image(tmp_path / "y.png"), noisy_scene())


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["jpg", "png", "tiff"])
def test_the_orientation_of_exif_is_honoured(turn: int, kind: str, tmp_path: Path) -> None:
    image = np.zeros((16, 24, 3), np.uint8)
    image[:8, :8] = 250  # the upper left corner
    exif = Image.Exif()
    exif[0x0112] = turn
    given = open_image(saved(tmp_path / f"x.{kind}", image, exif=exif))
    corner = {1: (0, 0), 2: (0, -1), 3: (-1, -1), 4: (-1, 0), 5: (0, 0), 6: (0, -1), 7: (-1, -1), 8: (-1, 0)}[turn]
    assert given.shape == ((16, 24, 3) if turn < 5 else (24, 16, 3))
    assert given[corner].min() > 200
    assert (given.max(axis=2) > 128).mean() == pytest.approx(64 / 384, abs=0.02)


def test_transparency_palettes_and_16_bits(tmp_path: Path) -> None:
    clear = np.dstack([np.full((4, 4, 3), 200, np.uint8), np.tile(np.array([0, 255, 128, 255], np.uint8), (4, 1))])
    given = open_image(saved(tmp_path / "clear.png", clear))
    assert given[0, :, 0].tolist() == pytest.approx([0, 200, 100, 200], abs=1)
    Image.fromarray(noisy_scene()).convert("P").save(tmp_path / "palette.png")
    assert open_image(tmp_path / "palette.png").shape == (48, 61, 3)
    deep = (np.arange(256, dtype=np.uint16) * 257).reshape(16, 16)
    assert np.array_equal(open_image(saved(tmp_path / "deep.png", deep)), np.arange(256).reshape(16, 16))
    Image.fromarray(noisy_scene()).convert("CMYK").save(tmp_path / "inks.jpg")
    assert open_image(tmp_path / "inks.jpg").shape == (48, 61, 3)
    Image.fromarray(noisy_scene(colour=False) > 99).save(tmp_path / "bits.png")
    assert set(np.unique(open_image(tmp_path / "bits.png"))) == {0, 255}


@pytest.mark.parametrize("kind", ["jpg", "png", "bmp", "tiff", "webp", "gif"])
def test_what_is_cut_short_is_refused_by_name(kind: str, tmp_path: Path) -> None:
    whole = saved(tmp_path / f"whole.{kind}", noisy_scene()).read_bytes()
    for share in (0.3, 0.6, 0.9):
        path = tmp_path / f"cut.{kind}"
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(InputError, match=rf"cut\.{kind}'.*(truncated|damaged|no image)"):
            open_image(path)


def test_a_header_of_50_000_by_50_000_is_refused_without_allocating(tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(png_header(50_000, 50_000))
    with pytest.raises(InputError, match=r"bomb\.png'.*(50,000 × 50,000|2500000000) pixels"):
        open_image(tmp_path / "bomb.png")
    (tmp_path / "large.png").write_bytes(png_header(12_000, 12_000))
    warned = pytest.warns(Image.DecompressionBombWarning)
    with warned, pytest.raises(InputError, match=r"12,000 × 12,000 pixels, more than 100,000,000"):
        open_image(tmp_path / "large.png")
    with pytest.raises(InputError, match=r"61 × 48 pixels, more than 100"):
        open_image(saved(tmp_path / "small.png", noisy_scene()), most_pixels=100)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"no image at all", "is no image of a known kind"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is no image of a known kind"),  # would start a program
        (b"\xff\xd8\xff\xd9", "is (damaged|truncated|no image)"),
        (b"\xff\xd8\xff\xc0\x00\x0b\x08\x00\x10\x00\x10\x01\x01\x11\x00\xff\xd9", "is (damaged|truncated|no image)"),
        (png_header(3, 3), "is (damaged|truncated)"),
        (png_header(3, 3)[:16] + b"IEND\xaeB`\x82", "is (damaged|truncated|no image)"),
    ],
    ids=["empty", "text", "postscript", "no frame", "frame only", "no pixels", "no header"],
)
def test_what_is_no_image_is_refused_by_name(data: bytes, says: str) -> None:
    with pytest.raises(InputError, match=f"'here.png': {says}"):
        decoded(data, "here.png")


@pytest.mark.filterwarnings("ignore")  # Pillow's, of what it could not read
def test_damaged_bytes_end_in_pixels_or_in_one_sentence() -> None:
    rng = np.random.default_rng(3)
    for kind in ("PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP"):
        file = io.BytesIO()
        Image.fromarray(noisy_scene(h=20, w=20)).save(file, kind)
        for _ in range(40):
            data = bytearray(file.getvalue())
            for at in rng.integers(0, len(data), rng.integers(1, 6)):
                data[at] = rng.integers(256)
            try:
                assert decoded(bytes(data), "x").dtype == np.uint8
            except InputError as error:
                assert str(error).startswith("'x': ")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.png': cannot be read \(No such file or directory\)"):
        open_image(tmp_path / "gone.png")


# -- a pipeline's file ------------------------------------------------------------------------------------------------


def test_a_pipeline_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(SHRINK.to_toml(), encoding="utf-8")
    assert read_pipeline(tmp_path / "p.toml") == SHRINK
    (tmp_path / "bad.toml").write_text('[[step]]\noperation = "flop"', encoding="utf-8")
    with pytest.raises(InputError, match=r"bad\.toml': pipeline, step 1: no operation 'flop'; did you mean 'flip'"):
        read_pipeline(tmp_path / "bad.toml")
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9")
    with pytest.raises(InputError, match="is no text in UTF-8"):
        read_pipeline(tmp_path / "latin.toml")
    for place in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            read_pipeline(place)


# -- a folder ---------------------------------------------------------------------------------------------------------


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
