"""The container's files: as they were read and approved, clean to hadolint, and without a secret."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cutaway.core.errors import InputError
from cutaway.kernels import docker
from tests.kernels import samples

GOLDEN = Path(__file__).parent / "golden"
APPROVED = ("Dockerfile", "compose.yaml", ".dockerignore", "root/share/jupyter/kernels/tf/kernel.json")


@pytest.fixture
def written(tmp_path: Path) -> Path:
    setup = samples.setup(tmp_path)
    docker.write(setup, samples.lock(setup), tmp_path / "container")
    return tmp_path / "container"


@pytest.mark.parametrize("name", APPROVED)
def test_the_files_are_the_approved_ones(written: Path, name: str) -> None:
    golden = GOLDEN / Path(name).name.lstrip(".")
    text = (written / name).read_text("utf-8")
    if os.environ.get("CUTAWAY_APPROVE"):
        GOLDEN.mkdir(exist_ok=True)
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8"), "read the change; CUTAWAY_APPROVE=1 approves it"


def test_hadolint_finds_nothing(written: Path) -> None:
    beside = Path(sys.executable).with_name("hadolint")
    program = str(beside) if beside.exists() else shutil.which("hadolint")
    assert program is not None
    done = subprocess.run([program, written / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_scripts_are_shell(written: Path) -> None:
    for name in ("make.sh", "apt.sh"):
        subprocess.run(["sh", "-n", written / "build" / name], check=True)


def test_older_builders_can_read_it(written: Path) -> None:
    text = (written / "Dockerfile").read_text("utf-8")
    assert "<<" not in text
    assert "--link" not in text


def test_a_change_in_one_environment_changes_what_one_stage_reads(tmp_path: Path) -> None:
    before = samples.setup(tmp_path)
    after = samples.setup(
        tmp_path, samples.TEXT.replace('["tensorflow-cpu==2.21.*"]', '["tensorflow-cpu==2.21.*", "x"]')
    )
    out = tmp_path / "container"
    one, two = (docker.files(setup, samples.lock(setup), out) for setup in (before, after))
    assert {name for name in two if one.get(name) != two[name]} == {"env/tf/requirements.txt"}


def test_all_that_a_stage_copies_is_written(written: Path) -> None:
    for source in re.findall(r"^COPY (?!--from)(\S+)", (written / "Dockerfile").read_text("utf-8"), re.MULTILINE):
        assert any((written / source).iterdir())
        assert f"!{source.split('/')[0]}" in (written / ".dockerignore").read_text("utf-8").splitlines()


def test_the_network_stays_in_the_secrets(tmp_path: Path) -> None:
    (tmp_path / "company.pem").write_text("-----BEGIN CERTIFICATE-----")
    setup = samples.setup(tmp_path, samples.TEXT + samples.NETWORK)
    out = tmp_path / "container"
    names = docker.write(setup, samples.lock(setup), out)
    for name in names:
        text = (out / name).read_text("utf-8")
        private = name.startswith("secrets/")
        assert private or not re.search(r"secret@|\.example|BEGIN CERT", text), name
        assert not private or stat.S_IMODE((out / name).stat().st_mode) == 0o600
    said = subprocess.run(
        ["sh", "-c", "set -a; . ./secrets/network; env"], cwd=out, env={}, capture_output=True, text=True, check=True
    ).stdout
    for line in (
        "HTTPS_PROXY=http://user:secret@proxy.example:3128",
        "UV_DEFAULT_INDEX=https://user:secret@packages.example/simple",
        "PIP_INDEX_URL=https://user:secret@packages.example/simple",
        "CONDA_CHANNEL_ALIAS=https://packages.example/conda/",
        "APT_MIRROR=https://packages.example/debian",
        "npm_config_registry=https://packages.example/npm/",
    ):
        assert line in said.splitlines()
    assert (out / "secrets/ca").read_text() == "-----BEGIN CERTIFICATE-----"


def test_a_file_of_certificates_that_is_not_there(tmp_path: Path) -> None:
    setup = samples.setup(tmp_path, samples.TEXT + samples.NETWORK)
    with pytest.raises(InputError, match="expected a file of certificates"):
        docker.write(setup, samples.lock(setup), tmp_path / "container")
    assert not (tmp_path / "container").exists()


def test_a_dockerfile_of_another_is_left_alone(tmp_path: Path) -> None:
    setup = samples.setup(tmp_path)
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    with pytest.raises(InputError, match="was not written by cutaway"):
        docker.write(setup, samples.lock(setup), tmp_path)
    assert (tmp_path / "Dockerfile").read_text() == "FROM scratch\n"


def test_what_is_no_longer_asked_for_is_gone(written: Path) -> None:
    folder = written.parent
    fewer = samples.setup(folder, "[kernels.r]\napt = ['r-cran-irkernel']")
    docker.write(fewer, samples.lock(fewer), written)
    assert sorted(one.name for one in (written / "env").iterdir()) == [".server", ".tools"]
    assert sorted(one.name for one in (written / "root/share/jupyter/kernels").iterdir()) == ["r"]
