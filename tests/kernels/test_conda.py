"""A conda package that needs activation, made here into a channel of its own: the naive command fails on it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cutaway.core.errors import InputError
from cutaway.kernels import conda, environments, layers, lock
from cutaway.kernels.layers import Move
from cutaway.kernels.lock import Lock
from cutaway.kernels.model import Setup, parsed
from cutaway.kernels.network import reach
from cutaway.kernels.plan import in_image

RECIPE = """
package:
  name: beacon
  version: "1.2"
build:
  number: 0
  script:
    - mkdir -p $PREFIX/bin $PREFIX/share/beacon $PREFIX/etc/conda/activate.d
    - echo lit > $PREFIX/share/beacon/light
    - echo 'export BEACON_DATA="$CONDA_PREFIX/share/beacon"' > $PREFIX/etc/conda/activate.d/beacon.sh
    - echo "#!/bin/sh" > $PREFIX/bin/beacon
    - echo 'cat "${BEACON_DATA:?is not set}/light"' >> $PREFIX/bin/beacon
    - echo "# $PREFIX" >> $PREFIX/bin/beacon
    - chmod +x $PREFIX/bin/beacon
"""
SETUP = """
[kernels.light]
conda = ["beacon >=1"]
channels = ["./channel"]
language = "bash"
argv = ["{prefix}/bin/beacon", "{connection_file}"]
"""
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    """A setup whose channel holds the package."""
    folder = tmp_path_factory.mktemp("conda")
    (folder / "recipe").mkdir()
    (folder / "recipe/recipe.yaml").write_text(RECIPE)
    build = (
        "import sys, rattler_build as r\n"
        "r.build_recipes([sys.argv[1]], output_dir=sys.argv[2], channel=[], no_build_id=True, test='skip')\n"
    )
    subprocess.run(
        [sys.executable, "-c", build, folder / "recipe/recipe.yaml", folder / "channel"],
        check=True,
        capture_output=True,
    )
    return parsed(SETUP, folder=folder)


@pytest.fixture(scope="module")
def locked(setup: Setup) -> Lock:
    """Its lock, but for the server's."""
    way = reach(setup)
    found = conda.solved(["beacon >=1"], ["./channel"], "kernels.light.conda", setup.folder, None, way.variables)
    return Lock({}, {}, {"light": {"conda": found}})


def test_the_lock_names_the_channel_as_the_setup_does(locked: Lock) -> None:
    (found,) = locked.kernels["light"]["conda"]
    assert found["channel"] == "./channel"
    assert found["file"].split("/")[1].startswith("beacon-1.2-")
    assert found["record"]["version"] == "1.2"
    assert len(found["record"]["sha256"]) == 64
    assert "/tmp" not in json.dumps(found)


def test_the_naive_command_fails_and_ours_passes(setup: Setup, locked: Lock, tmp_path: Path) -> None:
    one = in_image(setup).environments[0]
    prefix = tmp_path / "light"
    environments.made(one, locked.kernels["light"], prefix, setup.folder, reach(setup))
    path = {"PATH": f"{prefix}/bin:/usr/bin:/bin"}
    naive = subprocess.run([prefix / "bin/beacon"], env=path, capture_output=True, text=True, check=False)
    assert naive.returncode != 0
    assert "BEACON_DATA" in naive.stderr
    wrapper = [sys.executable, "-IS", Path(lock.__file__).parent / "inside/activated_exec.py"]
    ours = subprocess.run([*wrapper, prefix, prefix / "bin/beacon"], capture_output=True, text=True, check=False)
    assert (ours.returncode, ours.stdout, ours.stderr) == (0, "lit\n", "")


def test_in_an_image_it_is_linked_as_if_it_stood_there(setup: Setup, locked: Lock, tmp_path: Path) -> None:
    one = in_image(setup).environments[0]
    found = []
    for name in ("one", "other"):
        prefix = tmp_path / name
        environments.made(one, locked.kernels["light"], prefix, setup.folder, reach(setup), target=str(one.prefix))
        assert f"# {one.prefix}\n" in (prefix / "bin/beacon").read_text()
        found.append(layers.of_environment(tmp_path / f"{name}.tar.gz", Move(prefix, str(one.prefix), None)).digest)
    assert found[0] == found[1]


def test_what_cannot_be_resolved_is_told_by_the_resolver(setup: Setup) -> None:
    way = reach(setup)
    with pytest.raises(InputError, match=r"^kernels\.light\.conda: .*beacon"):
        conda.solved(["beacon >=9"], ["./channel"], "kernels.light.conda", setup.folder, None, way.variables)
    with pytest.raises(InputError, match="a channel is out of reach"):
        conda.solved(["beacon"], ["./nowhere"], "kernels.light.conda", setup.folder, None, way.variables)
    with pytest.raises(InputError, match="a channel is out of reach"):
        conda.solved(["x"], ["http://127.0.0.1:9/c"], "kernels.light.conda", setup.folder, None, way.variables)


def test_a_package_that_was_exchanged_is_refused(setup: Setup, locked: Lock, tmp_path: Path) -> None:
    one = in_image(setup).environments[0]
    entry = json.loads(json.dumps(locked.kernels["light"]))
    entry["conda"][0]["record"]["sha256"] = "0" * 64
    with pytest.raises(InputError, match=r"^kernels\.light\.conda: "):
        environments.made(one, entry, tmp_path / "light", setup.folder, reach(setup))
    assert not (tmp_path / "light").exists()
