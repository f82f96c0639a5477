"""Kernels in which the studies run: which there are, and how the running cutaway gets into them."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cutaway.core.errors import InputError
from cutaway.core.version import __version__
from cutaway.kernels import docker, network, studies, tools, wheel
from cutaway.kernels.launchers import complete
from cutaway.kernels.model import parsed
from cutaway.kernels.plan import served
from tests.kernels import samples


def test_each_framework_gets_a_kernel_with_its_extra() -> None:
    setup = parsed("[server]\nwith_studies = true")
    assert [one.name for one in setup.kernels] == [f"studies-{one}" for one in studies.USUAL]
    asked = complete(setup.kernels[1], "pip")
    assert asked == (f"cutaway[torch,notebook]=={wheel.version()}", "ipykernel", "pip")
    assert wheel.version().startswith(f"{__version__}+")
    assert served(setup) == ("jupyterlab>=4.2,<5", "anywidget"), "the page that draws the widgets is the server's"


def test_the_option_adds_them_to_what_the_file_has() -> None:
    setup = parsed(samples.TEXT, with_studies=True)
    names = [one.name for one in setup.kernels]
    assert names[:4] == ["tf", "geo", "r", "js"]
    assert names[4:] == [f"studies-{one}" for one in studies.USUAL]
    only = parsed('[server]\nwith_studies = ["jax"]', with_studies=False)
    assert [one.display for one in only.kernels] == ["Studies: JAX"]


def test_a_framework_that_there_is_not_and_a_name_that_is_taken() -> None:
    with pytest.raises(
        InputError, match=r"server\.with_studies: no framework is named 'pytorhc'; did you mean pytorch"
    ):
        parsed('[server]\nwith_studies = ["pytorhc"]')
    with pytest.raises(InputError, match="expected true or a list"):
        parsed('[server]\nwith_studies = "yes"')
    with pytest.raises(InputError, match=r"kernels\.studies-jax has the name of a kernel of with_studies"):
        parsed('[server]\nwith_studies = true\n[kernels.studies-jax]\npip = ["numpy"]')


def test_a_version_that_was_named_is_the_index_s() -> None:
    setup = parsed('[kernels.a]\npip = ["cutaway[torch]==0.1"]')
    assert complete(setup.kernels[0], "pip")[0] == "cutaway[torch]==0.1"


def test_the_same_files_make_the_same_wheel_and_older_ones_go(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    (one / "cutaway-0.0.1-py3-none-any.whl").touch()
    first, second = wheel.kept(one), wheel.kept(other)
    assert first.read_bytes() == second.read_bytes()
    assert list(one.iterdir()) == [first]
    with zipfile.ZipFile(first) as made:
        names = made.namelist()
        about = made.read(f"cutaway-{wheel.version()}.dist-info/METADATA").decode()
    assert "cutaway/cli/kernels.py" in names
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".nbi"))]
    assert any(line.startswith('Requires-Dist: torch>=2.2; extra == "torch"') for line in about.splitlines())


@pytest.mark.slow
def test_uv_installs_it_without_any_network(tmp_path: Path) -> None:
    setup = parsed("[kernels.a]\npip = ['cutaway']", folder=tmp_path)
    way = network.reach(setup)
    assert str(tmp_path / ".kernels/wheels") in way.variables["UV_FIND_LINKS"].split(",")
    prefix = tmp_path / "env"
    tools.called(
        [tools.uv(), "venv", "--quiet", "--no-project", "--python", sys.executable, str(prefix)], "a", os.environ
    )
    command = [
        tools.uv(),
        "pip",
        "install",
        "--quiet",
        "--offline",
        "--no-deps",
        "--python",
        str(prefix / "bin/python"),
    ]
    tools.called([*command, f"cutaway=={wheel.version()}"], "a", way.variables)
    done = subprocess.run(
        [prefix / "bin/python", "-Ic", "import cutaway, importlib.metadata as m; print(m.version('cutaway'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == wheel.version()


def test_a_container_brings_the_wheel_with_it(tmp_path: Path) -> None:
    setup = parsed("[kernels.a]\npip = ['cutaway']", folder=tmp_path)
    docker.write(setup, samples.lock(setup), tmp_path / "container")
    folder = tmp_path / "container/env/a"
    assert sorted(one.name for one in folder.iterdir()) == [
        f"cutaway-{wheel.version()}-py3-none-any.whl",
        "requirements.txt",
    ]
