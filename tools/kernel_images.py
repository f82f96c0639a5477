"""Containers and images of `cutaway kernels`, built without any network and run: `kernel_images.py [FOLDER]`.

The Dockerfile is the one that is written, unmodified. What it asks the network for is fetched before, into a mirror of
exactly those packages, and the build runs where there is no network at all. In the folder (.cache/kernel-images) the
mirror and the base are kept from one run to the next.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from urllib.request import urlopen

from cutaway.kernels import check, lock, model, tools
from cutaway.kernels.docker import SYSTEM
from cutaway.kernels.plan import HOME_IN_IMAGE, IN_IMAGE, in_image

NEEDED = {
    "apt-get": "fetches the packages of Debian",
    "buildah": "builds the Dockerfile",
    "mmdebstrap": "makes the base image",
    "podman": "runs the images",
    "podman-compose": "reads compose.yaml",
    "runc": "starts containers",
    "skopeo": "copies the image",
    "umoci": "unpacks the image",
    "unshare": "takes the network away from the build",
}
"""Program -> what it does here. All are packages of Debian by these names but `apt` and `util-linux`."""
SETUP = """\
[kernels.old]
pip = ["numpy==2.1.*"]
python = "3.11"
[kernels.new]
pip = ["numpy==2.2.*"]
python = "3.11"
env = { GREETING = "it's so" }
[kernels.shell]
pip = ["bash_kernel"]
python = "3.11"
[kernels.deno]
pip = ["deno"]
python = "3.11"
[kernels.r]
apt = ["r-cran-irkernel"]
[server]
python = "3.11"
"""
NETWORK = """
[network]
pip = "file:///mirror/pypi"
apt = "file:///mirror/debian"
"""
RELEASE = "bookworm"
INTERPRETER = "3.11.2"  # of that release
DEBIAN = "http://deb.debian.org/debian"
STORE = '[storage]\ndriver = "{driver}"\ngraphroot = "{folder}/store"\nrunroot = "{folder}/run"\n'
CONTAINERS = """\
[containers]
default_ulimits = []
[engine]
cgroup_manager = "cgroupfs"
runtime = "runc"
events_logger = "file"
"""
ALONE = ["--read-only", "--cap-drop=all", "--security-opt=no-new-privileges", "--tmpfs=/tmp"]
PYTHON = f"{IN_IMAGE}/server/bin/python"


def main() -> int:
    """Do all of it; the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path(".cache/kernel-images"))
    parser.add_argument("--part", choices=("container", "image"), help="only the Dockerfile, or only the OCI image")
    given = parser.parse_args()
    folder = given.folder.resolve()
    lacking = [f"{name} (which {why})" for name, why in NEEDED.items() if shutil.which(name) is None]
    if lacking or os.geteuid() != 0:
        why = f"this machine lacks {', '.join(lacking)}" if lacking else "it needs root, to mount what it builds"
        print(f"make test-images: {why}; nothing was tested", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    try:
        whole(folder, given.part)
    except (subprocess.CalledProcessError, AssertionError) as error:
        said = "\n".join(getattr(error, name, None) or "" for name in ("stdout", "stderr"))
        print(f"{said[-4000:].strip()}\nmake test-images: failed: {str(error)[:2000]}", file=sys.stderr)
        return 1
    print(f"make test-images: done in {time.monotonic() - began:.0f} s")
    return 0


def whole(folder: Path, part: str | None) -> None:
    """The Dockerfile with compose.yaml, and the image."""
    setup, locked = lock_of(folder)
    if part != "image":
        contained(folder, setup, locked)
    if part != "container":
        with storage(folder):
            images(folder, setup, locked)


def contained(folder: Path, setup: model.Setup, locked: lock.Lock) -> None:
    """The Dockerfile built offline and run, and run again by compose.yaml."""
    mirror, base = mirrored(folder, locked)
    container = folder / "setup/container"
    with storage(folder):
        with told("the base is tagged"):
            run("podman", "import", "--quiet", base, f"docker.io/library/{setup.server.base}")
        (folder / "setup/kernels.toml").write_text(SETUP + NETWORK, "utf-8")
        cutaway(folder, "docker", "--locked", "--out", container)
        with told("the Dockerfile is built, offline"):
            build(container, mirror)
        with told("it is built again, of layers that are there"):
            build(container, mirror)
        with started("localhost/kernels") as name:
            asked(name, setup, locked, "the container, read-only and without capabilities")
        composed(container, setup, locked)


def lock_of(folder: Path) -> tuple[model.Setup, lock.Lock]:
    """The setup, resolved through this machine's own network."""
    place = folder / "setup"
    (place / "notes").mkdir(parents=True, exist_ok=True)
    (place / "kernels.toml").write_text(SETUP, "utf-8")
    with told("every environment is resolved"):
        cutaway(folder, "lock")
    setup = model.read(place / "kernels.toml")
    return setup, lock.current(setup)


def mirrored(folder: Path, locked: lock.Lock) -> tuple[Path, Path]:
    """A mirror of what is locked, and the base image's files as an archive."""
    mirror, base = folder / "mirror", folder / "base.tar"
    if not base.is_file():
        with told("the base is made"):
            part = base.with_suffix(".part")
            run("mmdebstrap", "--quiet", "--variant=minbase", "--format=tar", RELEASE, part, DEBIAN)
            part.replace(base)
    wheels(folder, mirror / "pypi", [locked.server, locked.tools, *locked.kernels.values()])
    names = [*SYSTEM, "python3-venv", *(one for entry in locked.kernels.values() for one in entry.get("apt", ()))]
    debs(folder, mirror / "debian", base, names)
    return mirror, base


def wheels(folder: Path, index: Path, entries: Sequence[Mapping[str, Any]]) -> None:
    """The wheels of the lock, laid out as an index that is a folder."""
    done = folder / "wheels.done"
    asked_for = [[one for line in entry.get("pip", ()) for one in wanted(line)] for entry in entries]
    lines = "\n".join(sorted({line for listed in asked_for for line in listed}))
    if done.is_file() and done.read_text("utf-8") == lines:
        return
    with told("the wheels are fetched"):
        environment = folder / "fetching"
        run(tools.uv(), "venv", "--quiet", "--clear", "--seed", "--python", "3.11", environment)
        kept = folder / "wheels"
        for number, listed in enumerate(asked_for):  # one after another, since their versions exclude each other
            asked = folder / f"requirements-{number}.txt"
            asked.write_text("\n".join(listed) + "\n", "utf-8")
            command = [environment / "bin/python", "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
            run(*command, "--only-binary=:all:", "--dest", kept, "-r", asked)
        shutil.rmtree(index, ignore_errors=True)
        for wheel in sorted(kept.iterdir()):
            title = wheel.name.partition("-")[0].replace("_", "-").replace(".", "-").lower()
            (index / title).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(wheel, index / title / wheel.name)
        for one in index.iterdir():
            links = "".join(f'<a href="{wheel.name}">{wheel.name}</a>\n' for wheel in sorted(one.iterdir()))
            (one / "index.html").write_text(f"<!DOCTYPE html><html><body>\n{links}</body></html>\n", "utf-8")
        done.write_text(lines, "utf-8")


def wanted(line: str) -> Iterator[str]:
    """The line of a lock without its marker, where that holds for the Python of the base."""
    from packaging.markers import Marker

    asked, _, hashes = line.partition(" --hash")
    package, _, marker = asked.partition(";")
    if not marker.strip() or Marker(marker).evaluate({"python_full_version": INTERPRETER, "python_version": "3.11"}):
        yield f"{package.strip()} --hash{hashes}"


def debs(folder: Path, mirror: Path, base: Path, names: Sequence[str]) -> None:
    """What Debian's packages need above the base, under Debian's own signed index."""
    done = folder / "debs.done"
    if done.is_file() and done.read_text("utf-8") == " ".join(names):
        return
    with told("the packages of Debian are fetched"):
        state = folder / "apt"
        shutil.rmtree(state, ignore_errors=True)
        for name in ("lists/partial", "archives/partial"):
            (state / name).mkdir(parents=True)
        run("tar", "--extract", "--file", base, "--directory", state, "./var/lib/dpkg/status")
        (state / "sources.list").write_text(f"deb {DEBIAN} {RELEASE} main\n", "utf-8")
        options = [
            f"--option=Dir::State::Lists={state}/lists",
            f"--option=Dir::State::status={state}/var/lib/dpkg/status",
            f"--option=Dir::Cache={state}",
            f"--option=Dir::Cache::archives={state}/archives",
            f"--option=Dir::Etc::sourcelist={state}/sources.list",
            "--option=Dir::Etc::sourceparts=-",
            "--option=APT::Sandbox::User=root",
        ]
        run("apt-get", *options, "update", "-qq")
        said = run("apt-get", *options, "install", "-qq", "--yes", "--no-install-recommends", "--print-uris", *names)
        for address in [line.split()[0].strip("'") for line in said.splitlines() if line.startswith("'")]:
            fetched(address, mirror / unquote(address.removeprefix(DEBIAN + "/")))
        for name in ("InRelease", "main/binary-amd64/Packages.xz", "main/i18n/Translation-en.xz"):
            fetched(f"{DEBIAN}/dists/{RELEASE}/{name}", mirror / "dists" / RELEASE / name, anew=True)
        done.write_text(" ".join(names), "utf-8")


def fetched(address: str, place: Path, *, anew: bool = False) -> None:
    """The file of an address, where it is not there yet."""
    if place.is_file() and not anew:
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(place.name + ".part")
    with urlopen(address, timeout=60) as answer, part.open("wb") as stream:
        shutil.copyfileobj(answer, stream)
    part.replace(place)


def build(container: Path, mirror: Path) -> None:
    """Build the Dockerfile where there is no network, not even this machine's own address."""
    run(
        *(
            "unshare",
            "--net",
            "buildah",
            "build",
            "--quiet",
            "--isolation=chroot",
            "--format=docker",
            "--layers",
            "--pull-never",
        ),
        f"--volume={mirror}:/mirror:ro",
        *(f"--secret=id={name},src={container}/secrets/{name}" for name in ("network", "ca")),
        "--tag=localhost/kernels",
        container,
    )


@contextmanager
def storage(folder: Path) -> Iterator[None]:
    """A storage of images of its own, by overlay where the file system bears it and else by copies; gone afterwards."""
    place = folder / "storage"
    clear(place)
    place.mkdir()
    (place / "containers.conf").write_text(CONTAINERS, "utf-8")
    settings = place / "storage.conf"
    os.environ |= {"CONTAINERS_CONF": str(place / "containers.conf"), "CONTAINERS_STORAGE_CONF": str(settings)}
    for driver in ("overlay", "vfs"):
        settings.write_text(STORE.format(driver=driver, folder=place), "utf-8")
        if not subprocess.run(["podman", "info"], capture_output=True, check=False).returncode:
            break
    print(f"images are stored by {driver}")
    try:
        yield
    finally:
        subprocess.run(["podman", "rm", "--all", "--force", "--time", "2"], capture_output=True, check=False)
        clear(place)


def clear(place: Path) -> None:
    """Remove a storage, with what is still mounted in it."""
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text("utf-8").splitlines()]
    for point in sorted((one for one in mounted if one.startswith(f"{place}/")), reverse=True):
        subprocess.run(["umount", "--lazy", point], check=False)
    shutil.rmtree(place, ignore_errors=True)


@contextmanager
def started(image: str) -> Iterator[str]:
    """A container of the image, as compose.yaml would run it; gone afterwards."""
    name = "cutaway-kernels-test"
    home = f"--volume=cutaway-home:{HOME_IN_IMAGE}"
    run("podman", "run", "--detach", "--name", name, "--network=none", *ALONE, home, image)
    try:
        yield name
    finally:
        run("podman", "rm", "--force", "--time", "2", name)
        run("podman", "volume", "rm", "--force", "cutaway-home")


def asked(name: str, setup: model.Setup, locked: lock.Lock, what: str) -> None:
    """Ask every kernel of a running container, by the probe within it, which `check` uses too."""
    began = time.monotonic()
    healthy(name)
    plan = in_image(setup)
    job = {
        "address": "http://127.0.0.1:8888",
        "token_file": f"{HOME_IN_IMAGE}/.kernels-token",
        "timeout": 120.0,
        "kernels": [check.task(plan, kernel, plan.specifications[kernel.name]) for kernel in setup.kernels],
        "notebooks": [],
    }
    command = ["podman", "exec", "--interactive", name, PYTHON, "-I", f"{IN_IMAGE}/bin/probe.py"]
    found = list(check.judged(command, job, locked))
    wrong = [f"{one.name}: {one.told}" for one in found if one.trouble is not None]
    said = run("podman", "logs", name)
    assert not wrong and len(found) == len(setup.kernels), f"{what}: {wrong}\n{said[-1500:]}"
    secret = run("podman", "exec", name, PYTHON, f"{IN_IMAGE}/bin/start.py", str(IN_IMAGE), "--token").strip()
    assert len(secret) == 48 and secret not in said and secret not in run("podman", "inspect", name), what
    refused = subprocess.run(["podman", "exec", name, "touch", f"{IN_IMAGE}/x"], capture_output=True, check=False)
    assert refused.returncode, f"{what}: its root can be written to"
    rights = run("podman", "exec", name, "grep", "-E", "^(CapEff|NoNewPrivs|Uid)", "/proc/self/status").split()
    assert rights == ["Uid:", *["1000"] * 4, "CapEff:", "0" * 16, "NoNewPrivs:", "1"], rights
    seconds = time.monotonic() - began
    print(f"{seconds:6.1f} s  {what}: {', '.join(one.name for one in found)} answer")


def healthy(name: str) -> None:
    """Wait until the server answers, as its health check asks it."""
    ask = "import urllib.request as u; u.urlopen('http://127.0.0.1:8888/api', timeout=3)"
    for _ in range(240):
        done = subprocess.run(["podman", "exec", name, PYTHON, "-Ic", ask], capture_output=True, check=False)
        if not done.returncode:
            return
        time.sleep(0.25)
    raise AssertionError(f"{name} does not answer: {run('podman', 'logs', name)[-1500:]}")


def composed(container: Path, setup: model.Setup, locked: lock.Lock) -> None:
    """The services of compose.yaml, as podman-compose starts them."""
    command = ["podman-compose", "--project-name", "cutaway", "--file", container / "compose.yaml"]
    run(*command, "up", "--detach", "--no-build")
    try:
        name = run("podman", "ps", "--format={{.Names}}", "--filter=name=cutaway").strip()
        asked(name, setup, locked, "compose.yaml")
        status = json.loads(run("podman", "inspect", name))[0]["HostConfig"]
        assert status["ReadonlyRootfs"] and next(iter(status["PortBindings"].values()))[0]["HostIp"] == "127.0.0.1"
    finally:
        run(*command, "down", "--volumes")


def images(folder: Path, setup: model.Setup, locked: lock.Lock) -> None:
    """Two images from nothing, in two folders: one digest, read by skopeo and umoci, and run."""
    (folder / "setup/kernels.toml").write_text(SETUP, "utf-8")
    found = []
    for name in ("setup", "another folder"):
        place = folder / name
        place.mkdir(exist_ok=True)
        shutil.rmtree(place / ".kernels/layers", ignore_errors=True)
        shutil.rmtree(place / "IMAGE", ignore_errors=True)
        if name != "setup":
            (place / "notes").mkdir(exist_ok=True)
            for file in ("kernels.toml", "kernels.lock"):
                shutil.copyfile(folder / "setup" / file, place / file)
        with told(f"an image is written to {name}/"):
            found.append(cutaway(folder, "image", "--locked", "--out", place / "IMAGE", setup=name).strip())
    assert found[0] == found[1], found
    shutil.rmtree(folder / "another folder")
    image = folder / "setup/IMAGE"
    with told("umoci unpacks it"):
        run("umoci", "unpack", "--image", f"{image}:latest", folder / "unpacked")
        assert (folder / "unpacked/rootfs/opt/kernels/env/old/bin/python").exists()
        shutil.rmtree(folder / "unpacked")
    with told("skopeo copies it to where podman finds it"):
        run("skopeo", "--insecure-policy", "copy", f"oci:{image}:latest", "containers-storage:localhost/image:latest")
    with started("localhost/image:latest") as name:
        asked(name, setup, locked, f"the image {found[0][:19]}…")


def cutaway(folder: Path, *arguments: str | Path, setup: str = "setup") -> str:
    """The command line, for the setup in the folder."""
    file = folder / setup / "kernels.toml"
    return run(sys.executable, "-m", "cutaway", "kernels", *arguments, "--file", file)


def run(*command: str | Path) -> str:
    """A program's standard output; its standard error is in the error that is raised where it fails."""
    return subprocess.run([str(one) for one in command], capture_output=True, text=True, check=True).stdout


@contextmanager
def told(what: str) -> Iterator[None]:
    """Say what was done, and how long it took."""
    began = time.monotonic()
    yield
    print(f"{time.monotonic() - began:6.1f} s  {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
