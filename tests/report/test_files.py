from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from cutaway.core.errors import InputError
from cutaway.report import write


def test_writes_utf8(tmp_path: Path) -> None:
    write("5 µm “ok” \ud800\n", tmp_path / "a.html")
    assert (tmp_path / "a.html").read_bytes() == "5 µm “ok” \\ud800\n".encode()
    assert os.listdir(tmp_path) == ["a.html"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.html"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for name in ("fsync", "replace"):
        with monkeypatch.context() as patched:
            patched.setattr(os, name, full)
            with pytest.raises(InputError, match=r"a\.html.*no space left on device"):
                write("new", path)
        assert path.read_text() == "old"
        assert os.listdir(tmp_path) == ["a.html"]


def test_an_interruption_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write("new", tmp_path / "a.html")
    assert os.listdir(tmp_path) == []


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="got a folder"):
        write("x", tmp_path)
    with pytest.raises(InputError, match="expected an existing folder"):
        write("x", tmp_path / "none" / "a.html")
    with pytest.raises(InputError, match="expected an existing folder"):
        write("x", tmp_path / "file" / "a.html")
    with pytest.raises(InputError, match="can be written"):
        write("x", tmp_path / ("n" * 300))
    with pytest.raises(InputError, match="null"):
        write("x", "a\0b")


def test_a_new_file_has_ordinary_permissions_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    mask = os.umask(0o027)
    try:
        write("x", path)
    finally:
        os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    path.chmod(0o604)
    write("y", path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o604


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write("new", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_device_is_written_to() -> None:
    write("gone", "/dev/null")
    assert not Path("/dev/null").is_file()
