"""How fast `cutaway kernels` is: from `up` to the last kernel's answer, and after a change in one environment.

    python benchmarks/kernels.py start [--rounds 5]
    python benchmarks/kernels.py rebuild [--rounds 5]

Five kernels: two environments of NumPy, bash, Deno, and R of Debian (r-cran-irkernel must be installed).

`start`: `cutaway kernels up --locked` as a process of its own, with its environments made; the clock runs from its
start until the last of the five kernels has answered a cell over its websocket. Target: 8 s.

`rebuild`: one environment asks for another version of NumPy. Its own time is that of resolving and making it where
nothing else is; beside it the time of `lock` and of what `up` makes for the whole setup with that change, and the same
for an image. Both in turn, with uv's cache warm for both. Target: 1.3 times the environment's own time.

Results go to benchmarks/results/kernels.json.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from cutaway.core.threads import cores
from cutaway.kernels import check, environments, image, layers, local, lock, model
from cutaway.kernels.network import reach
from cutaway.kernels.plan import in_image

HERE = Path(__file__).parent
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
OLD, CHANGED = "numpy==2.1.3", ("numpy==2.1.2", "numpy==2.1.1")
SETUP = f"""
[server]
python = "{PYTHON}"
[kernels.old]
pip = ["{OLD}"]
[kernels.new]
pip = ["numpy==2.2.*"]
[kernels.shell]
pip = ["bash_kernel"]
[kernels.deno]
pip = ["deno"]
[kernels.r]
apt = ["r-cran-irkernel"]
"""
START_TARGET, REBUILD_TARGET = 8.0, 1.3


def read(folder: Path, text: str = SETUP) -> model.Setup:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kernels.toml").write_text(text, "utf-8")
    return model.read(folder / "kernels.toml")


def start(folder: Path, rounds: int) -> dict[str, Any]:
    """Seconds until the server answers, and until the last kernel does."""
    setup = read(folder)
    locked = lock.resolve(setup)
    lock.place(setup).write_text(locked.text(), "utf-8")
    local.built(setup, locked)
    served, answered = [], []
    for _ in range(rounds + 1):
        one, all_of_them = answers(setup)
        served.append(one)
        answered.append(all_of_them)
    return {
        "kernels": [kernel.name for kernel in setup.kernels],
        "first_s": answered[0],  # Python compiles what it imports
        "server_s": spread(served[1:]),
        "every_kernel_s": spread(answered[1:]),
        "target_s": START_TARGET,
        "met": statistics.median(answered[1:]) <= START_TARGET,
    }


def answers(setup: model.Setup) -> tuple[float, float]:
    """One start: seconds to the server's address, and to the last kernel's answer."""
    root, plan = local.root_of(setup), local.plan_of(setup)
    began = time.monotonic()
    command = [sys.executable, "-m", "cutaway", "kernels", "up", "--locked", "--allow-root", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--file", str(setup.folder / "kernels.toml")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stderr is not None
    try:
        address = process.stdout.readline().split()[3]
        token_file = process.stderr.readline().split(" is in ")[1].split(",")[0]
        served = time.monotonic() - began
        tasks = [check.task(plan, kernel, plan.specifications[kernel.name]) for kernel in setup.kernels]
        job = {
            "address": address.removesuffix("/lab"),
            "token_file": token_file,
            "timeout": 120.0,
            "began": began,  # the clock is one for all processes
            "kernels": [{**task, "facts": None, "sleep": None} for task in tasks],
            "notebooks": [],
        }
        probe = [str(root / "server/bin/python"), "-I", str(root / "bin/probe.py")]
        done = subprocess.run(probe, input=json.dumps(job), capture_output=True, text=True, check=True)
        seen = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(seen) == len(tasks) and all("answered" in one for one in seen), seen
        return served, max(one["answered"] for one in seen)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()


def rebuild(folder: Path, rounds: int) -> dict[str, Any]:
    """Seconds of one environment alone, and of the whole setup after a change in it."""
    below = base(folder / "base")
    found = {}
    for what, make in (("up", made), ("image", imaged)):
        whole, alone = folder / what, folder / f"{what}-alone"
        state = make(read(whole), None, below)
        times: dict[str, list[float]] = {"own_s": [], "whole_s": []}
        for number in range(2 * rounds + 4):
            text = SETUP.replace(OLD, CHANGED[number // 2 % 2])
            which = ("own_s", "whole_s")[(number + number // 2) % 2]  # A B B A …
            setup = read(whole if which == "whole_s" else alone, text)
            began = time.monotonic()
            if which == "own_s":
                own(setup, what, below)
            else:
                state = make(setup, state, below)
            if number > 3:  # the first rounds fetch the other versions
                times[which].append(time.monotonic() - began)
        ratios = [a / b for a, b in zip(times["whole_s"], times["own_s"], strict=True)]
        found[what] = {
            **{name: spread(values) for name, values in times.items()},
            "ratio": spread(ratios),
            "target": REBUILD_TARGET,
            "met": statistics.median(ratios) <= REBUILD_TARGET,
        }
    return found


def made(setup: model.Setup, before: lock.Lock | None, below: Path) -> lock.Lock:
    """What `lock` and then `up` make."""
    locked = lock.resolve(setup, before)
    local.built(setup, locked)
    return locked


def imaged(setup: model.Setup, before: lock.Lock | None, below: Path) -> lock.Lock:
    """What `lock` and then `image` make, on a base that holds what the kernels need."""
    locked = lock.resolve(setup, before)
    kept = local.root_of(setup) / "layers"
    had = set(kept.glob("*"))
    image.write(setup, locked, setup.folder / "IMAGE", below, lambda text: None)
    if before is not None:  # a layer that is kept would not be made again
        for path in set(kept.glob("*")) - had:
            path.unlink()
    return locked


def own(setup: model.Setup, what: str, below: Path) -> None:
    """The environment `old` alone: resolved, made and, for an image, packed."""
    setup = replace(setup, kernels=setup.kernels[:1])
    one, way = in_image(setup).environments[0], reach(setup)
    entry = lock.entry(one, {}, setup, way, lambda text: None)
    with tempfile.TemporaryDirectory(dir=setup.folder) as temporary:
        prefix = Path(temporary) / "old"
        packed = what == "image"
        environments.made(one, entry, prefix, setup.folder, way, target=str(one.prefix) if packed else None)
        if packed:
            move = layers.Move(prefix, str(one.prefix), f"/usr/bin/python{PYTHON}")
            layers.of_environment(Path(temporary) / "layer.tar.gz", move)


def base(folder: Path) -> Path:
    """An image of one small layer, which has by name what the kernels ask of it."""
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)

    def stored(data: bytes, kind: str) -> dict[str, Any]:
        name = hashlib.sha256(data).hexdigest()
        (blobs / name).write_bytes(data)
        return {"mediaType": kind, "digest": f"sha256:{name}", "size": len(data)}

    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name in ("bin/bash", f"usr/bin/python{PYTHON}", "var/lib/dpkg/info/r-cran-irkernel.list"):
            tar.addfile(layers.entry(name))
    layer = stored(stream.getvalue(), "application/vnd.oci.image.layer.v1.tar")
    machine = image.MACHINES.get(platform.machine(), platform.machine())
    config = {"architecture": machine, "os": "linux", "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}}
    described = stored(json.dumps(config).encode(), image.CONFIG)
    manifest = stored(json.dumps({"config": described, "layers": [layer]}).encode(), image.MANIFEST)
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}), "utf-8")
    return folder


def spread(values: list[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "smallest": min(values), "largest": max(values)}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=("start", "rebuild"))
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cutaway-kernels-") as folder:
        found = {"start": start, "rebuild": rebuild}[given.what](Path(folder), given.rounds)
    place = HERE / "results/kernels.json"
    before = json.loads(place.read_text("utf-8")) if place.exists() else {}
    machine = {
        "cores": cores(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "load_after": os.getloadavg()[0],
    }
    before[given.what] = {**found, "rounds": given.rounds, "machine": machine}
    place.write_text(json.dumps(before, indent=1) + "\n", "utf-8")
    print(json.dumps(before[given.what], indent=1))


if __name__ == "__main__":
    main()
