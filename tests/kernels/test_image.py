"""An OCI image: the same digest on every build, accepted by the tools that read images."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from cutaway.core.errors import InputError
from cutaway.kernels import image, layers, lock
from cutaway.kernels.layers import Move
from tests.kernels import samples

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
Built = tuple[Path, list[str], lock.Lock]
SMALL = f"""
[server]
pip = ["six==1.17.0"]
python = "{PYTHON}"
[kernels.a]
pip = ["six==1.16.0"]
python = "{PYTHON}"
argv = ["{{prefix}}/bin/python", "-m", "a", "{{connection_file}}"]
[kernels.r]
apt = ["r-cran-irkernel"]
"""


def base(folder: Path, names: tuple[str, ...] = ("bin/bash", f"usr/bin/python{PYTHON}")) -> Path:
    """A folder with an OCI layout of one layer that holds these files."""
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)

    def stored(data: bytes) -> dict[str, Any]:
        name = hashlib.sha256(data).hexdigest()
        (blobs / name).write_bytes(data)
        return {"digest": f"sha256:{name}", "size": len(data)}

    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name in (*names, "var/lib/dpkg/info/r-cran-irkernel.list"):
            tar.addfile(layers.entry(name))
    diff = "sha256:" + hashlib.sha256(stream.getvalue()).hexdigest()
    machine = image.MACHINES.get(os.uname().machine, os.uname().machine)
    config = {"architecture": machine, "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": [diff]}}
    config["history"] = [{"created": image.CREATED, "created_by": "test"}]
    layer = {"mediaType": image.LAYER, **stored(gzip.compress(stream.getvalue(), mtime=0))}
    described = {"mediaType": image.CONFIG, **stored(json.dumps(config).encode())}
    manifest = {"schemaVersion": 2, "mediaType": image.MANIFEST, "config": described, "layers": [layer]}
    index = {"schemaVersion": 2, "manifests": [{"mediaType": image.MANIFEST, **stored(json.dumps(manifest).encode())}]}
    (folder / "index.json").write_text(json.dumps(index))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return folder


def environment(prefix: Path) -> Path:
    """A virtual environment in small, as uv leaves it, with what differs from one build to the next."""
    (prefix / "bin").mkdir(parents=True)
    (prefix / "lib/__pycache__").mkdir(parents=True)
    (prefix / "lib/__pycache__/x.pyc").write_bytes(os.urandom(9))
    (prefix / "lib/module.py").write_text("x = 1\n")
    (prefix / "bin/python").symlink_to(sys.executable)
    (prefix / "bin/python3").symlink_to("python")
    (prefix / "bin/tool").write_text(f"#!{prefix}/bin/python\n")
    (prefix / "bin/tool").chmod(0o775)
    (prefix / "lib/tool.dist-info").mkdir()
    record = f"../../bin/tool,sha256={hash(str(prefix))},{len(str(prefix))}\nmodule.py,sha256=x,6\n"
    (prefix / "lib/tool.dist-info/RECORD").write_text(record)
    (prefix / "pyvenv.cfg").write_text(f"home = {sys.prefix}/bin\nversion_info = 3.11.7\n")
    return prefix


def test_a_layer_is_the_same_wherever_and_whenever_it_is_made(tmp_path: Path) -> None:
    found = []
    for name in ("one", "another"):
        made = environment(tmp_path / name)
        os.utime(made / "lib/module.py", (len(name), len(name)))
        found.append(
            layers.of_environment(tmp_path / f"{name}.tar.gz", Move(made, "/opt/kernels/env/a", "/usr/bin/python3.11"))
        )
    assert (found[0].digest, found[0].diff) == (found[1].digest, found[1].diff)
    data = found[0].path.read_bytes()
    assert found[0].digest == "sha256:" + hashlib.sha256(data).hexdigest()
    assert found[0].diff == "sha256:" + hashlib.sha256(gzip.decompress(data)).hexdigest()
    with tarfile.open(found[0].path) as tar:
        members = {member.name: member for member in tar}
        prefix = "opt/kernels/env/a"
        assert list(members) == sorted(members, key=lambda name: name.split("/"))
        assert members[f"{prefix}/bin/python"].linkname == "/usr/bin/python3.11"
        assert members[f"{prefix}/bin/python3"].linkname == "python"
        tool = tar.extractfile(f"{prefix}/bin/tool")
        settings = tar.extractfile(f"{prefix}/pyvenv.cfg")
        assert tool is not None and settings is not None
        assert tool.read() == b"#!/opt/kernels/env/a/bin/python\n"
        assert settings.read() == b"home = /usr/bin\nversion_info = 3.11\n"
    assert members[f"{prefix}/bin/tool"].mode == 0o755
    assert {member.mtime for member in members.values()} == {layers.TIME}
    assert {(member.uid, member.gid) for member in members.values()} == {(0, 0)}
    assert not any("__pycache__" in name for name in members)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Two builds of one lock, from nothing, in two places."""
    below = base(tmp_path_factory.mktemp("base") / "layout")
    locked, found, folders = None, [], []
    for name in ("build", "a build"):  # with a space in its path, a program begins otherwise
        folder = tmp_path_factory.mktemp(name)
        setup = samples.setup(folder, SMALL)
        locked = lock.resolve(setup, locked)
        found.append(image.write(setup, locked, folder / "IMAGE", below, lambda text: None))
        folders.append(folder)
    assert locked is not None
    return folders[0], found, locked


@pytest.mark.slow
def test_two_builds_have_one_digest(built: Built) -> None:
    folder, found, _ = built
    assert found[0] == found[1]
    blobs = folder / "IMAGE/blobs/sha256"
    assert all(hashlib.sha256(one.read_bytes()).hexdigest() == one.name for one in blobs.iterdir())
    config = json.loads(next(one for one in blobs.iterdir() if one.read_bytes().startswith(b'{"arch')).read_bytes())
    assert config["config"]["User"] == "1000:0"
    assert len(config["rootfs"]["diff_ids"]) == len(config["history"]) == 4
    everything = b"".join(
        gzip.decompress(one.read_bytes()) for one in blobs.iterdir() if one.read_bytes()[:2] == b"\x1f\x8b"
    )
    assert str(folder).encode() not in everything


@pytest.mark.slow
def test_an_environment_that_did_not_change_is_not_made_anew(built: Built) -> None:
    folder, _, before = built
    setup = samples.setup(folder, SMALL.replace("six==1.16.0", "six==1.15.0"))
    locked = lock.resolve(setup, before)
    said: list[str] = []
    image.write(setup, locked, folder / "IMAGE", base(folder / "base"), said.append)
    assert said == ["making a"]


@pytest.mark.slow
@pytest.mark.skopeo
def test_skopeo_accepts_it(built: Built, tmp_path: Path) -> None:
    folder, found, _ = built
    subprocess.run(
        ["skopeo", "--insecure-policy", "copy", f"oci:{folder}/IMAGE:latest", f"dir:{tmp_path}/copy"], check=True
    )
    said = subprocess.run(
        ["skopeo", "inspect", f"oci:{folder}/IMAGE:latest"], capture_output=True, text=True, check=True
    ).stdout
    assert json.loads(said)["Os"] == "linux"
    assert len(list((tmp_path / "copy").iterdir())) == 4 + 3
    assert found[0].startswith("sha256:")


@pytest.mark.slow
@pytest.mark.umoci
def test_umoci_unpacks_it(built: Built, tmp_path: Path) -> None:
    folder, _, _ = built
    rootless = [] if os.geteuid() == 0 else ["--rootless"]
    subprocess.run(
        ["umoci", "unpack", *rootless, "--image", f"{folder}/IMAGE:latest", str(tmp_path / "bundle")], check=True
    )
    root = tmp_path / "bundle/rootfs"
    assert os.readlink(root / "opt/kernels/env/a/bin/python") == f"/usr/bin/python{PYTHON}"
    assert (root / "opt/kernels/share/jupyter/kernels/a/kernel.json").is_file()
    assert (root / "var/lib/notebook").stat().st_mode & 0o777 == 0o775


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("bin/bash", "usr/bin/python2.7"), "asks for Python .*, and the base has none"),
        ((f"usr/local/bin/python{PYTHON}",), "the base has no bash"),
    ],
    ids=["python", "bash"],
)
def test_a_base_that_lacks_something(tmp_path: Path, names: tuple[str, ...], said: str) -> None:
    setup = samples.setup(tmp_path, SMALL)
    with pytest.raises(InputError, match=said):
        image.write(setup, samples.lock(setup), tmp_path / "IMAGE", base(tmp_path / "base", names), lambda text: None)
    assert not (tmp_path / "IMAGE").exists()


def test_a_base_without_the_packages_of_the_system(tmp_path: Path) -> None:
    setup = samples.setup(tmp_path, SMALL.replace('apt = ["', 'apt = ["r-cran-vgam", "'))
    with pytest.raises(InputError, match=r"kernels\.r\.apt: the base lacks r-cran-vgam"):
        image.write(setup, samples.lock(setup), tmp_path / "IMAGE", base(tmp_path / "base"), lambda text: None)


def test_a_base_that_is_none_or_was_damaged(tmp_path: Path) -> None:
    setup = samples.setup(tmp_path, SMALL)
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError, match="expected an OCI layout"):
            image.read_base(place, setup)
    damaged = base(tmp_path / "base")
    for blob in (damaged / "blobs/sha256").iterdir():
        blob.write_bytes(blob.read_bytes()[:-1])
    with pytest.raises(InputError, match="expected an OCI layout"):
        image.read_base(damaged, setup)


def test_what_is_no_image_is_not_replaced(tmp_path: Path) -> None:
    setup = samples.setup(tmp_path, SMALL)
    with pytest.raises(InputError, match="expected a new folder or an earlier image"):
        image.write(setup, samples.lock(setup), tmp_path, base(tmp_path / "base"), lambda text: None)
