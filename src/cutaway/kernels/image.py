"""The third backend: an OCI image written with the standard library, the same digest on every build.

A layer for each environment, kept beside the setup by what it holds, so that a change in one makes that one anew.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import platform
import re
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutaway.core.errors import InputError
from cutaway.kernels import environments, layers, tools
from cutaway.kernels.docker import SYSTEM
from cutaway.kernels.layers import LEVEL, Layer, Move
from cutaway.kernels.local import root_of
from cutaway.kernels.lock import AT_ONCE, Lock, digest
from cutaway.kernels.model import Setup
from cutaway.kernels.network import reach
from cutaway.kernels.plan import HOME_IN_IMAGE, IN_IMAGE, NOTEBOOKS_IN_IMAGE, Environment, Plan, in_image

FORMAT = 1
LONGEST = 70  # characters of a folder in which environments are made
CREATED = "1980-01-01T00:00:00Z"
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
PYTHON = re.compile(r"(?:\./)?(usr/(?:local/)?bin/python(3\.\d+))")


@dataclass(frozen=True, slots=True)
class Base:
    """What lies below: its layers as the manifest describes them, its configuration, and what was found in them."""

    blobs: tuple[tuple[dict[str, Any], Path], ...]
    config: dict[str, Any]
    pythons: dict[str, str]
    names: frozenset[str]


def write(setup: Setup, lock: Lock, out: Path, base: Path | None, say: Callable[[str], None]) -> str:
    """Write the image as an OCI layout, and return the digest of its manifest.

    Raises: InputError: the place holds something else, the base lacks what a kernel needs, or a package cannot be had.
    """
    if out.exists() and not (out / "oci-layout").is_file() and any(out.iterdir() if out.is_dir() else [out]):
        raise InputError(f"{out}: expected a new folder or an earlier image, got something else; name another")
    plan = in_image(setup)
    kept = root_of(setup) / "layers"
    kept.mkdir(parents=True, exist_ok=True)
    below = read_base(base, setup) if base is not None else made_base(setup, lock, kept, say)
    _refuse(setup, lock, plan, below)
    own = [one for one in (plan.server, *plan.environments) if _own(one)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        parts = list(pool.map(lambda one: _environment(one, lock, setup, below, kept, say), own))
    part = out.with_name(f".{out.name}.part")
    environments.removed(part)
    try:
        name = _layout(part, plan, below, parts)
        environments.removed(out)
        part.rename(out)
    except OSError as error:
        environments.removed(part)
        raise InputError(f"{out}: {tools.reason(str(error))}") from error
    except BaseException:
        environments.removed(part)
        raise
    return name


def _own(one: Environment) -> bool:
    return bool(one.packages.keys() - {"apt"})


def read_base(folder: Path, setup: Setup) -> Base:
    """A base from a folder that is an OCI layout.

    Raises: InputError: it is none, or has no image for this machine.
    """
    try:
        index = json.loads((folder / "index.json").read_bytes())
        manifest = _manifest(folder, index)
        config = json.loads(_blob(folder, manifest["config"]["digest"]).read_bytes())
        blobs = tuple((dict(one), _blob(folder, one["digest"])) for one in manifest["layers"])
        names, pythons = _names(path for _, path in blobs)
    except (OSError, ValueError, KeyError, TypeError, StopIteration, tarfile.TarError, gzip.BadGzipFile) as error:
        raise InputError(
            f"--base {str(folder)!r}: expected an OCI layout with an image for this machine, such as "
            f"`skopeo copy docker://{setup.server.base} oci:base` writes; got something else"
        ) from error
    return Base(blobs, config, pythons, names)


def _manifest(folder: Path, index: dict[str, Any]) -> dict[str, Any]:
    """The manifest for this machine, below indexes of indexes."""
    machine = MACHINES.get(platform.machine(), platform.machine())
    for one in index["manifests"]:
        if one.get("platform", {}).get("architecture", machine) != machine:
            continue
        found: dict[str, Any] = json.loads(_blob(folder, one["digest"]).read_bytes())
        return _manifest(folder, found) if "manifests" in found else found
    raise StopIteration


def _blob(folder: Path, name: str) -> Path:
    kind, _, value = name.partition(":")
    if kind != "sha256" or not re.fullmatch(r"[0-9a-f]{64}", value):
        raise ValueError(name)
    path = folder / "blobs/sha256" / value
    with path.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != value:
            raise ValueError(name)
    return path


def _names(paths: Iterable[Path]) -> tuple[frozenset[str], dict[str, str]]:
    """The names of all files in the layers, and Python version -> interpreter."""
    names: set[str] = set()
    pythons: dict[str, str] = {}
    for path in paths:
        with tarfile.open(path) as tar:
            for member in tar:
                name = member.name.removeprefix("./")
                names.add(name)
                found = PYTHON.fullmatch(name)
                if found:
                    pythons[found[2]] = f"/{found[1]}"
    return frozenset(names), pythons


def made_base(setup: Setup, lock: Lock, kept: Path, say: Callable[[str], None]) -> Base:
    """A base made by mmdebstrap, of the release that the setup's base names, with the kernels' packages of the system.

    Raises: InputError: mmdebstrap is not there or fails.
    """
    release = re.fullmatch(r"debian:(\w+?)(?:-slim)?", setup.server.base)
    program = shutil.which("mmdebstrap")
    if program is None or release is None:
        raise InputError(
            "an image needs a base: name an OCI layout with --base, or install mmdebstrap (a Debian package), which "
            "makes one for a base such as debian:bookworm-slim"
        )
    wanted = [*SYSTEM, *(one for entry in lock.kernels.values() for one in entry.get("apt", ()))]
    if any("npm" in entry for entry in lock.kernels.values()):
        wanted.append("nodejs")
    key = digest([FORMAT, release[1], sorted(wanted)])
    path = kept / f"{key}.base.tar"
    if not path.is_file():
        say(f"making the base, {setup.server.base}")
        part = path.with_suffix(".part")
        command = [program, "--quiet", "--variant=minbase", f"--include={','.join(wanted)}"]
        # What a package manager leaves behind differs from day to day, and documentation is not read in a container.
        unread = ("/usr/share/doc/*", "/usr/share/man/*")
        command += [f"--dpkgopt=path-exclude={pattern}" for pattern in unread]
        hook = 'rm -rf "$1"/var/cache/ldconfig/aux-cache "$1"/var/log/* "$1"/var/lib/apt/lists/*'
        command += [f"--customize-hook={hook}", release[1], str(part)]
        mirror = setup.network.apt
        variables = {**reach(setup).variables, "SOURCE_DATE_EPOCH": str(layers.TIME), "TMPDIR": str(kept)}
        try:
            tools.called([*command, "--format=tar", *([mirror] if mirror else [])], "the base", variables)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    packed = kept / f"{key}.base.tar.gz"
    if not packed.is_file():
        _packed(path, packed)
    with packed.open("rb") as stream:
        name = hashlib.file_digest(stream, "sha256").hexdigest()
    with path.open("rb") as stream:
        diff = hashlib.file_digest(stream, "sha256").hexdigest()
    descriptor = {"mediaType": LAYER, "digest": f"sha256:{name}", "size": packed.stat().st_size}
    config = {
        "architecture": MACHINES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{diff}"]},
        "history": [{"created": CREATED, "created_by": f"mmdebstrap {release[1]}"}],
    }
    names, pythons = _names([packed])
    return Base(((descriptor, packed),), config, pythons, names)


def _packed(path: Path, packed: Path) -> None:
    part = packed.with_suffix(".part")
    with (
        path.open("rb") as plain,
        part.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=file, mtime=0) as stream,
    ):
        shutil.copyfileobj(plain, stream, 1 << 20)
    part.replace(packed)


def _refuse(setup: Setup, lock: Lock, plan: Plan, below: Base) -> None:
    """Raise InputError for what the base lacks: nothing is installed into it."""
    for one in (plan.server, *plan.environments):
        at = "server" if one.name == "server" else f"kernels.{one.name}"
        entry = lock.of(one)
        if entry.get("pip") and not entry.get("conda") and entry["python"] not in below.pythons:
            has = ", ".join(sorted(below.pythons)) or "none"
            raise InputError(
                f"{at}: asks for Python {entry['python']}, and the base has {has}; ask for that, or take another base"
            )
        lacking = [
            name for name in (word.partition("=")[0] for word in entry.get("apt", ())) if not _holds(below, name)
        ]
        if lacking:
            raise InputError(
                f"{at}.apt: the base lacks {', '.join(lacking)}, and an image installs nothing into it; put them "
                "into the base, or use cutaway kernels docker"
            )
    for need in ("usr/bin/bash", "bin/bash"):
        if need in below.names:
            return
    raise InputError("the base has no bash, which the activation of environments needs; take another base")


def _holds(below: Base, package: str) -> bool:
    """Whether a Debian package is in the base, by the list of its files."""
    found = re.compile(rf"var/lib/dpkg/info/{re.escape(package)}(:\w+)?\.list")
    return any(found.fullmatch(name) for name in below.names)


def _environment(
    one: Environment, lock: Lock, setup: Setup, below: Base, kept: Path, say: Callable[[str], None]
) -> Layer:
    """The layer of one environment, from those that are kept where it is among them."""
    entry = lock.of(one)
    own_python = bool(entry.get("conda")) or not entry.get("pip")
    python = None if own_python else below.pythons[entry["python"]]
    key = digest([FORMAT, {**entry, "asked": None}, str(one.prefix), python])
    path, notes = kept / f"{key}.tar.gz", kept / f"{key}.json"
    with suppress(OSError, ValueError, KeyError):
        said = json.loads(notes.read_text("utf-8"))
        if path.stat().st_size == said["size"]:
            return Layer(path, said["digest"], said["diff"], said["size"])
    say(f"making {one.name}")
    part = path.with_suffix(".part")
    # Programs begin otherwise where the path of their interpreter has a space or is long, and layers would differ.
    place = None if " " in str(kept) or len(str(kept)) > LONGEST else kept
    with tempfile.TemporaryDirectory(prefix="cutaway-image-", dir=place) as temporary:
        made = Path(temporary).resolve() / one.name
        environments.made(one, entry, made, setup.folder, reach(setup), target=str(one.prefix))
        try:
            layer = layers.of_environment(part, Move(made, str(one.prefix), python))
        except OSError as error:
            part.unlink(missing_ok=True)
            raise InputError(f"{one.name}: {tools.reason(str(error))}") from error
    part.replace(path)
    content = {"digest": layer.digest, "diff": layer.diff, "size": layer.size}
    tools.replaced(notes, json.dumps(content))
    return Layer(path, layer.digest, layer.diff, layer.size)


def _layout(out: Path, plan: Plan, below: Base, parts: list[Layer]) -> str:
    """Write the blobs, the configuration, the manifest and the index; the manifest's digest."""
    blobs = out / "blobs/sha256"
    blobs.mkdir(parents=True)
    texts = {f"{IN_IMAGE}/{name}": text for name, text in plan.files().items()}
    last = layers.of_files(out / "last.part", texts, {str(HOME_IN_IMAGE): 1000, str(NOTEBOOKS_IN_IMAGE): 1000})
    described = []
    for descriptor, path in below.blobs:
        _copied(path, blobs / descriptor["digest"].partition(":")[2])
        described.append({key: descriptor[key] for key in ("mediaType", "digest", "size")})
    for layer in (*parts, last):
        _copied(layer.path, blobs / layer.digest.partition(":")[2])
        described.append({"mediaType": LAYER, "digest": layer.digest, "size": layer.size})
    last.path.unlink()
    config = _stored(blobs, _config(plan, below, [*parts, last]))
    manifest = _stored(
        blobs,
        {"schemaVersion": 2, "mediaType": MANIFEST, "config": {"mediaType": CONFIG, **config}, "layers": described},
    )
    index = {
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [
            {
                "mediaType": MANIFEST,
                **manifest,
                "platform": {"architecture": below.config["architecture"], "os": "linux"},
                "annotations": {"org.opencontainers.image.ref.name": "latest"},
            }
        ],
    }
    (out / "index.json").write_text(json.dumps(index), "utf-8")
    (out / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}', "utf-8")
    return str(manifest["digest"])


def _copied(source: Path, target: Path) -> None:
    if target.exists():
        return
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _stored(blobs: Path, content: dict[str, Any]) -> dict[str, Any]:
    data = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    name = hashlib.sha256(data).hexdigest()
    (blobs / name).write_bytes(data)
    return {"digest": f"sha256:{name}", "size": len(data)}


def _config(plan: Plan, below: Base, parts: list[Layer]) -> dict[str, Any]:
    python = f"{plan.layout.server}/bin/python"
    start = [python, "-I", f"{plan.layout.programs}/start.py", str(IN_IMAGE)]
    first = ["/usr/bin/tini", "--"] if "usr/bin/tini" in below.names else []
    before = below.config.get("config", {})
    kept = [one for one in before.get("Env", []) if one.partition("=")[0] not in ("HOME", "LANG", "USER")]
    made = [one.name for one in (plan.server, *plan.environments) if _own(one)]
    history = [{"created": CREATED, "created_by": f"cutaway kernels image: {name}"} for name in (*made, "kernels")]
    return {
        "architecture": below.config["architecture"],
        "os": "linux",
        "created": CREATED,
        "config": {
            "User": "1000:0",
            # Nothing below the prefixes can be written to, so that compiled files go elsewhere.
            "Env": [
                *kept,
                f"HOME={HOME_IN_IMAGE}",
                "LANG=C.UTF-8",
                "PYTHONPYCACHEPREFIX=/tmp/pycache",
                "USER=notebook",
            ],
            "Entrypoint": [*first, *start],
            "WorkingDir": str(NOTEBOOKS_IN_IMAGE),
            "ExposedPorts": {"8888/tcp": {}},
        },
        "rootfs": {
            "type": "layers",
            "diff_ids": [*below.config["rootfs"]["diff_ids"], *(layer.diff for layer in parts)],
        },
        "history": [*below.config.get("history", []), *history],
    }
