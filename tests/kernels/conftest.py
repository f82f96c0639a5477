"""One set of environments and one server for all tests that need them, since they take half of these tests' time."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from cutaway.kernels import local, lock
from cutaway.kernels.local import Running
from cutaway.kernels.lock import Lock
from cutaway.kernels.model import Setup, read

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
SETUP = f"""
[kernels.old]
display = "NumPy of old"
pip = ["numpy==2.1.*"]
python = "{PYTHON}"
[kernels.new]
display = "NumPy of now"
pip = ["numpy==2.2.*"]
python = "{PYTHON}"
env = {{ GREETING = "it's $HOME" }}
[kernels.shell]
display = "The shell"
pip = ["bash_kernel"]
python = "{PYTHON}"
[kernels.deno]
pip = ["deno"]
python = "{PYTHON}"
[kernels.r]
display = "R of Debian"
apt = ["r-cran-irkernel"]
"""


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Setup, Lock]:
    """A setup in its folder, locked, whose environments have been made."""
    folder = tmp_path_factory.mktemp("a setup")
    (folder / "local").mkdir()
    (folder / "kernels.toml").write_text(SETUP)
    setup = read(folder / "kernels.toml")
    locked = lock.resolve(setup)
    lock.place(setup).write_text(locked.text())
    local.built(setup, locked)
    return setup, locked


@pytest.fixture(scope="session")
def running(made: tuple[Setup, Lock]) -> Iterator[Running]:
    """Its server."""
    with local.serving(made[0], 0, allow_root=True) as found:
        yield found
