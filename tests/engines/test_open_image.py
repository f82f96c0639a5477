"""An image read safely, and a pipeline read from its file."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cutaway.core.errors import InputError
from cutaway.engines.images import decoded, open_image, read_pipeline
from tests.engines.picture_files import SHRINK, png_header, saved
from tests.science.images.examples import noisy_scene

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
    with pytest.raises(InputError, match=r"bomb\.png'.*(50,000 × 50,000|2,500,000,000) pixels"):
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
