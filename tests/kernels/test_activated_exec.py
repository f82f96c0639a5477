"""The wrapper that every kernel is started through, against environments made by hand."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from cutaway.kernels.inside import activated_exec
from cutaway.kernels.inside.activated_exec import KEPT, activated

PROGRAM = Path(activated_exec.__file__)
OUTER = {
    "PATH": "/outer/bin:/usr/bin:/bin",
    "HOME": "/nowhere",
    "VIRTUAL_ENV": "/outer",
    "CONDA_PREFIX": "/base",
    "CONDA_SHLVL": "3",
    "JUPYTER_TOKEN": "secret",
    "JUPYTER_TOKEN_FILE": "/secret",
    "JPY_API_TOKEN": "secret",
    "PYTHONPATH": "/elsewhere",
}


@pytest.fixture
def conda(tmp_path: Path) -> Path:
    prefix = tmp_path / "a prefix"
    for folder in ("bin", "conda-meta", "etc/conda/activate.d", "etc/conda/env_vars.d"):
        (prefix / folder).mkdir(parents=True)
    (prefix / "etc/conda/activate.d/b.sh").write_text('export GDAL_DATA="$CONDA_PREFIX/share/$FROM_PACKAGE"\n')
    (prefix / "etc/conda/activate.d/c.sh").write_text("export GREETING=theirs SECOND=$GDAL_DATA\nfalse\n")
    (prefix / "etc/conda/env_vars.d/p.json").write_text('{"FROM_PACKAGE": "gdal", "BOTH": "package"}')
    (prefix / "conda-meta/state").write_text(json.dumps({"env_vars": {"BOTH": "state", "GONE": "***unset***"}}))
    return prefix


def environment(*arguments: object, before: dict[str, str]) -> dict[str, str]:
    command = [sys.executable, "-IS", str(PROGRAM), *map(str, arguments), "/usr/bin/env", "-0"]
    done = subprocess.run(command, env=before, capture_output=True, text=True, check=True)
    return dict(line.split("=", 1) for line in done.stdout.split("\0") if line)


def test_a_conda_environment_is_activated(conda: Path) -> None:
    inside = environment(conda, before=OUTER)
    assert inside["GDAL_DATA"] == f"{conda}/share/gdal"
    assert inside["SECOND"] == inside["GDAL_DATA"]
    assert inside["BOTH"] == "state"
    assert "GONE" not in inside
    assert inside["CONDA_PREFIX"] == str(conda)
    assert inside["CONDA_DEFAULT_ENV"] == "a prefix"
    assert inside["CONDA_SHLVL"] == "1"
    assert inside["PATH"].split(":") == [f"{conda}/bin", "/usr/bin", "/bin"]
    assert (
        not {"VIRTUAL_ENV", "PYTHONPATH", "CUTAWAY_AFTER", *(name for name in OUTER if "TOKEN" in name)} & inside.keys()
    )


def test_setting_the_path_alone_leaves_the_package_without_its_variable(conda: Path) -> None:
    before = {**OUTER, "PATH": f"{conda}/bin:{OUTER['PATH']}"}
    done = subprocess.run(["/usr/bin/env"], env=before, capture_output=True, text=True, check=True)
    assert "GDAL_DATA" not in done.stdout


def test_the_specification_has_the_last_word(conda: Path) -> None:
    said = 'it\'s "mine" $HOME\\'
    inside = environment(conda, before={**OUTER, "GREETING": said, "BOTH": "own", KEPT: "GREETING,BOTH"})
    assert (inside["GREETING"], inside["BOTH"]) == (said, "own")
    assert KEPT not in inside


def test_a_virtual_environment_is_activated(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "pyvenv.cfg").write_text("home = /usr/bin\n")
    inside = environment(tmp_path, before=OUTER)
    assert inside["VIRTUAL_ENV"] == str(tmp_path)
    assert inside["PATH"].split(":")[0] == f"{tmp_path}/bin"
    assert not any(name.startswith("CONDA_") for name in inside)


def test_packages_of_the_system_keep_the_path() -> None:
    assert activated(Path("/usr"), dict(OUTER))["PATH"] == OUTER["PATH"]


def test_limits(tmp_path: Path) -> None:
    inside = environment("--threads", 3, tmp_path, before={**OUTER, "MKL_NUM_THREADS": "1"})
    assert (inside["OMP_NUM_THREADS"], inside["MKL_NUM_THREADS"]) == ("3", "1")
    show = "import resource; print(resource.getrlimit(resource.RLIMIT_DATA)[0])"
    command = [sys.executable, "-IS", PROGRAM, "--memory", "3000000000", tmp_path, sys.executable, "-c", show]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    assert int(done.stdout) == (3_000_000_000 if hard == resource.RLIM_INFINITY else min(hard, 3_000_000_000))


def test_the_program_keeps_the_number_of_the_process(conda: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-IS", str(PROGRAM), str(conda), "/usr/bin/env", "bash", "-c", "echo $$"],
        env=OUTER,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.communicate()[0].strip() == str(process.pid)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [([], "usage:"), (["/nowhere/at/all", "true"], "is not there"), ([os.sep, "/nowhere/x"], "No such file")],
    ids=["nothing", "prefix", "program"],
)
def test_what_cannot_be_started_is_said(arguments: list[str], said: str) -> None:
    done = subprocess.run([sys.executable, str(PROGRAM), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
