"""The first backend: a local server on loopback, without any container."""

from __future__ import annotations

import fcntl
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from cutaway.core.errors import InputError
from cutaway.kernels import apt, environments, tools
from cutaway.kernels.lock import AT_ONCE, Lock
from cutaway.kernels.model import Setup
from cutaway.kernels.network import Reach, reach
from cutaway.kernels.plan import LOOPBACK, Environment, Layout, Plan, configuration, planned

FOLDER = ".kernels"
PATIENCE = 60.0  # seconds that a server may take to begin, on a busy machine


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers.

    Attributes:
        address: of JupyterLab, without its token.
        token_file: only its owner may read it.
        log: what the server and its kernels say.
        process: the server's.
    """

    address: str
    token_file: Path
    log: Path
    process: subprocess.Popen[bytes]


def root_of(setup: Setup) -> Path:
    """The folder in which a local server's parts stand."""
    return setup.folder / FOLDER


def plan_of(setup: Setup, port: int = 0, *, allow_root: bool = False, browser: bool = False) -> Plan:
    """The plan of a local server."""
    notebooks = (setup.folder / setup.server.notebooks).resolve()
    if not notebooks.is_dir():
        raise InputError(f"server.notebooks: expected a folder, got {setup.server.notebooks!r}, which is none; make it")
    configured = configuration(setup, notebooks=str(notebooks), port=port, inside=False, allow_root=allow_root)
    configured["ServerApp"]["open_browser"] = browser
    return planned(setup, Layout(PurePosixPath(root_of(setup))), configured)


def built(setup: Setup, lock: Lock, say: Callable[[str], None] = lambda text: None) -> None:
    """Every environment as the lock has it; those that are so already stay, and one that was interrupted is made anew.

    Raises: InputError: one cannot be made, or a package of the system is absent; those that were finished stay.
    """
    plan = plan_of(setup)
    for each in plan.environments:
        lacking = apt.absent(each.packages.get("apt", ()))
        if lacking:
            raise InputError(
                f"kernels.{each.name}.apt: this machine lacks {', '.join(lacking)}; install with "
                f"`apt-get install {' '.join(lacking)}`, or use cutaway kernels docker"
            )
    root, way = root_of(setup), reach(setup)
    with alone(root):
        with ThreadPoolExecutor(AT_ONCE) as pool:
            made = [
                pool.submit(environment_built, setup, lock.of(each), each, way, say)
                for each in (plan.server, *plan.environments)
            ]
        _forgotten(root, {each.name for each in plan.environments})
    for one in made:
        one.result()


def environment_built(
    setup: Setup, entry: Mapping[str, Any], each: Environment, way: Reach, say: Callable[[str], None]
) -> None:
    """One environment as its lock has it, unless it is so already; nobody else may be making any meanwhile.

    Raises: InputError: it cannot be made.
    """
    root = root_of(setup)
    prefix, marker = Path(each.prefix), root / "state" / f"{each.name}.json"
    if not each.packages.keys() - {"apt"} or environments.finished(marker, entry, prefix):
        return
    say(f"making {each.name}")
    marker.unlink(missing_ok=True)
    environments.made(each, entry, prefix, setup.folder, way)
    tools.replaced(marker, environments.mark(entry, prefix))


def _forgotten(root: Path, names: set[str]) -> None:
    """Remove the environments of kernels that are no longer named."""
    for folder in (root / "env").glob("*"):
        if folder.name not in names:
            (root / "state" / f"{folder.name}.json").unlink(missing_ok=True)
            environments.removed(folder)


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Wait until no other process makes environments in the folder."""
    try:
        root.mkdir(exist_ok=True)
        (root / ".gitignore").write_text("*\n", "utf-8")
        handle = os.open(root / "making", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise tools.unwritable(root, error) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def free_port(port: int) -> int:
    """The port, or any free one for 0.

    Raises: InputError: it is in use, or this user may not listen on it.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise InputError(
                f"port {port}: expected a free port, got {(error.strerror or str(error)).lower()!r}; "
                "name another with --port, or 0 for any"
            ) from error
        number: int = probe.getsockname()[1]
        return number


def refuse_root(*, allowed: bool) -> None:
    """Raise InputError where the user is root and was not allowed to be."""
    if hasattr(os, "geteuid") and os.geteuid() == 0 and not allowed:
        raise InputError(
            "this user is root, so every cell would be too; use another user, or add --allow-root to have it so"
        )


@contextmanager
def serving(setup: Setup, port: int, *, allow_root: bool = False, browser: bool = False) -> Iterator[Running]:
    """The server, from when it answers until the block is left; its kernels end with it.

    Raises: InputError: it does not begin, or the user is root and was not allowed to be.
    """
    refuse_root(allowed=allow_root)
    root = root_of(setup)
    plan = plan_of(setup, free_port(port), allow_root=allow_root, browser=browser)
    for name, text in plan.parts().items():
        tools.replaced(root / name, text)
    kept = root / "share/jupyter/kernels"
    for folder in kept.iterdir():
        if folder.name not in plan.specifications:
            environments.removed(folder)
    (root / "run").mkdir(mode=0o700, exist_ok=True)
    run = Path(tempfile.mkdtemp(dir=root / "run"))  # only its owner may enter it
    token_file, log = run / "token", run / "server.log"
    tools.replaced(token_file, secrets.token_hex(24), 0o600)  # without an end of line, which would count
    process = _started(plan, run, token_file, log)
    try:
        number = plan.configuration["ServerApp"]["port"]
        _answering(process, run, log)
        yield Running(f"http://{LOOPBACK}:{number}/lab", token_file, log, process)
    finally:
        _ended(process)
        environments.removed(run)


def _started(plan: Plan, run: Path, token_file: Path, log: Path) -> subprocess.Popen[bytes]:
    root = Path(plan.layout.root)
    variables = tools.plain_environment()
    # A folder of its own for each server, so that two of one setup do not meet.
    configured = run / "etc"
    for name, text in plan.configurations().items():
        tools.replaced(configured / name, text)
    variables |= {
        "JUPYTER_TOKEN_FILE": str(token_file),
        "JUPYTER_CONFIG_DIR": str(configured),
        "JUPYTER_PATH": str(plan.layout.data),
        "JUPYTER_DATA_DIR": str(root / "data"),
        "JUPYTER_RUNTIME_DIR": str(run / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(root / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(root / "workspaces"),
    }
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(
            [str(plan.layout.server / "bin/python"), "-I", str(plan.layout.programs / "lab.py")],
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
            cwd=plan.configuration["ServerApp"]["root_dir"],
            env=variables,
            start_new_session=True,  # an interrupt of the terminal is ours to answer
        )
    finally:
        os.close(handle)


def _answering(process: subprocess.Popen[bytes], run: Path, log: Path) -> None:
    """Wait for the file that the server writes once it listens."""
    began = time.monotonic()
    while not any((run / "runtime").glob("jpserver-*.json")):
        if process.poll() is not None or time.monotonic() - began > PATIENCE:
            said = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
            raise InputError(f"the server did not begin: {tools.reason(said[-1] if said else '')}")
        time.sleep(0.05)


def _ended(process: subprocess.Popen[bytes]) -> None:
    """End the server, which ends its kernels; what does not end in time is killed with all of its session."""
    process.send_signal(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
