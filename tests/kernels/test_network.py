"""A user's own configuration reaches the tools, and what they say comes back as one sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cutaway.core.errors import InputError
from cutaway.kernels import network, tools
from cutaway.kernels.network import of_pip, reach
from tests.kernels import samples


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """The variables of a user who has no configuration."""
    return {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path / "none"), "PATH": os.defpath, "PIP_CERT": ""}


def test_the_configuration_of_pip_is_translated(tmp_path: Path, home: dict[str, str]) -> None:
    (tmp_path / ".config/pip").mkdir(parents=True)
    (tmp_path / ".config/pip/pip.conf").write_text(
        "[global]\nindex-url = https://one.example/simple\nextra_index_url =\n  https://two.example/a\n"
        "  https://two.example/b\nfind-links = /wheels /more\n"
    )
    found = of_pip(home)
    assert found["UV_DEFAULT_INDEX"] == "https://one.example/simple"
    assert found["UV_INDEX"] == "https://two.example/a https://two.example/b"
    assert found["UV_FIND_LINKS"] == "/wheels,/more"
    assert found["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    assert of_pip({**home, "PIP_INDEX_URL": "https://three.example"})["UV_DEFAULT_INDEX"] == "https://three.example"
    assert "UV_DEFAULT_INDEX" not in of_pip({**home, "PIP_CONFIG_FILE": os.devnull})


def test_what_is_said_to_uv_itself_comes_first(tmp_path: Path, home: dict[str, str]) -> None:
    setup = samples.setup(tmp_path)
    said = {**home, "PIP_INDEX_URL": "https://pip.example", "UV_INDEX_URL": "https://uv.example"}
    assert "UV_DEFAULT_INDEX" not in reach(setup, said).variables
    (tmp_path / ".config/uv").mkdir(parents=True)
    (tmp_path / ".config/uv/uv.toml").write_text("")
    assert "UV_DEFAULT_INDEX" not in reach(setup, {**home, "PIP_INDEX_URL": "https://pip.example"}).variables


def test_what_the_setup_says_comes_before_all(tmp_path: Path, home: dict[str, str]) -> None:
    (tmp_path / "company.pem").write_text("-")
    setup = samples.setup(tmp_path, samples.TEXT + samples.NETWORK)
    found = reach(setup, {**home, "UV_DEFAULT_INDEX": "https://uv.example", "VIRTUAL_ENV": "/v"})
    assert found.variables["UV_DEFAULT_INDEX"] == "https://user:secret@packages.example/simple"
    assert found.variables["https_proxy"] == "http://user:secret@proxy.example:3128"
    assert "VIRTUAL_ENV" not in found.variables
    assert found.conda == "https://packages.example/conda/"


def test_further_certificates_are_added_to_the_systems(tmp_path: Path, home: dict[str, str]) -> None:
    (tmp_path / "company.pem").write_text("COMPANY\n")
    (tmp_path / "system.pem").write_text("SYSTEM")
    setup = samples.setup(tmp_path, samples.TEXT + '[network]\nca = "company.pem"')
    found = reach(setup, {**home, "SSL_CERT_FILE": str(tmp_path / "system.pem")})
    for name in network.CERTIFICATES:
        assert Path(found.variables[name]).read_text() == "SYSTEM\nCOMPANY\n"


def test_certificates_that_are_not_there(tmp_path: Path) -> None:
    setup = samples.setup(tmp_path, samples.TEXT + '[network]\nca = "nowhere.pem"')
    with pytest.raises(InputError, match=r"network\.ca 'nowhere\.pem': expected a file of certificates"):
        reach(setup)


def test_a_failure_is_one_sentence_without_passwords() -> None:
    assert tools.reason("") == "it failed without a word"
    said = tools.reason("\x1b[31merror\x1b[0m: Failed to fetch: https://me:secret@host.example/simple/\n  cause: dns")
    assert "secret" not in said
    assert said.startswith("failed to fetch: https://host.example")
    assert len(tools.reason("word " * 1000)) <= tools.LONGEST
    for full in ("failed: No space left on device (os error 28)", "npm error ENOSPC: no space"):
        assert tools.reason(full).startswith("the disk is full")


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    place = tmp_path / "kernels.lock"
    tools.replaced(place, "old")
    with pytest.raises(UnicodeEncodeError):
        tools.replaced(place, "new\udc80")
    assert place.read_text() == "old"
    with pytest.raises(InputError, match="expected a place that can be written to"):
        tools.replaced(tmp_path / "kernels.lock/x", "new")
    tools.replaced(tmp_path / "token", "t", 0o600)
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
