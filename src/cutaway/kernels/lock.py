"""`kernels.lock`: what every environment was resolved to, to the hash."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cutaway.core.errors import InputError
from cutaway.kernels import apt, conda, tools
from cutaway.kernels.model import FILE, Setup
from cutaway.kernels.network import Reach, reach
from cutaway.kernels.plan import Environment, Plan, in_image, written

LOCK = "kernels.lock"
FORMAT = 1
AT_ONCE = 4
"""Environments that are resolved, or made, at the same time."""
TOOLS = ("uv", "py-rattler")
"""What the container's build needs, in an environment of its own that stays out of the image."""


@dataclass(frozen=True, slots=True)
class Lock:
    """The resolved environments, by name; `server` and `tools` are not kernels."""

    server: dict[str, Any]
    tools: dict[str, Any]
    kernels: dict[str, dict[str, Any]]

    def of(self, environment: Environment) -> dict[str, Any]:
        """What one of a plan's environments was resolved to."""
        return self.server if environment.name == "server" else self.kernels[environment.name]

    def text(self) -> str:
        """The file's content."""
        return written({"format": FORMAT, "server": self.server, "tools": self.tools, "kernels": self.kernels})


def digest(content: Any) -> str:
    """A name for the content of JSON values."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def asked(environment: Environment, base: str) -> str:
    """A name for what an environment asks for; a lock holds for it as long as this is the same."""
    said: list[Any] = [environment.python, environment.packages, environment.channels]
    return digest([*said, base] if environment.has("apt") else said)


def resolve(
    setup: Setup, before: Lock | None = None, say: Callable[[str], None] = lambda text: None, upgrade: bool = False
) -> Lock:
    """Every environment resolved; what asks for the same as `before` keeps what it had, unless `upgrade`.

    Raises: InputError: an environment cannot be resolved; the resolver's reason, shortened.
    """
    plan = in_image(setup)
    way = reach(setup)
    old = before if before is not None and not upgrade else Lock({}, {}, {})
    wanted = Environment("tools", plan.layout.root / "tools", setup.server.python, {"pip": _tools(plan)})

    had = [old.server, old.tools, *(old.kernels.get(each.name, {}) for each in plan.environments)]
    parts = [plan.server, wanted, *plan.environments]
    with ThreadPoolExecutor(AT_ONCE) as pool:  # the programs that resolve wait for the network
        server, held, *kernels = pool.map(lambda one, had: entry(one, had, setup, way, say), parts, had)
    return Lock(server, held, {each.name: found for each, found in zip(plan.environments, kernels, strict=True)})


def entry(
    environment: Environment, had: dict[str, Any], setup: Setup, way: Reach, say: Callable[[str], None]
) -> dict[str, Any]:
    """What one environment is resolved to; `had`, where it asked for the same.

    Raises: InputError: it cannot be resolved.
    """
    name = asked(environment, setup.server.base)
    if had.get("asked") == name:
        return had
    say(f"resolving {environment.name}")
    return {"asked": name, **_resolved(environment, setup, way)}


def _tools(plan: Plan) -> tuple[str, ...]:
    """uv, and py-rattler for conda packages: as they are installed here, so that both sides agree."""
    needed = TOOLS if any(one.has("conda") for one in plan.environments) else TOOLS[:1]
    out = []
    for name in needed:
        try:
            out.append(f"{name}=={version(name)}")
        except PackageNotFoundError:
            out.append(name)
    return tuple(out)


def _resolved(environment: Environment, setup: Setup, way: Reach) -> dict[str, Any]:
    out: dict[str, Any] = {}
    what = f"kernels.{environment.name}" if environment.name not in ("server", "tools") else environment.name
    python = environment.python
    if environment.has("conda"):
        out["conda"] = conda.solved(
            environment.packages["conda"],
            environment.channels,
            f"{what}.conda",
            setup.folder,
            way.conda,
            way.variables,
        )
        found = [one["record"]["version"] for one in out["conda"] if one["record"]["name"] == "python"]
        python = ".".join(found[0].split(".")[:2]) if found else python
    if python is not None:
        out["python"] = python
    if environment.has("pip"):
        out["pip"] = _pip(environment.packages["pip"], python or setup.server.python, f"{what}.pip", way)
    if environment.has("apt"):
        out["apt"] = apt.resolved(environment.packages["apt"], setup.server.base, f"{what}.apt")
    if environment.has("npm"):
        out["npm"] = _npm(environment.packages["npm"], f"{what}.npm", way)
    return out


def _pip(asked: tuple[str, ...], python: str, what: str, way: Reach) -> list[str]:
    """Lines of pip's own form, each with its hashes, good for every platform."""
    command = [tools.uv(), "pip", "compile", "--quiet", "--no-progress", "--color", "never", "--universal"]
    command += ["--python-version", python, "--generate-hashes", "--no-header", "--no-annotate"]
    command += ["--no-emit-index-url", "--no-emit-find-links", "-"]
    said = tools.called(command, what, way.variables, stdin="\n".join(asked) + "\n")
    lines = [" ".join(line.replace("\\\n", " ").split()) for line in re.split(r"\n(?=\S)", said.strip())]
    return [line for line in lines if line and not line.startswith("#")]


def _npm(asked: tuple[str, ...], what: str, way: Reach) -> dict[str, Any]:
    """The lock of npm, without the addresses of registries."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="cutaway-kernels-") as temporary:
        folder = Path(temporary)
        (folder / "package.json").write_text('{"private": true}', "utf-8")
        command = [
            tools.npm(),
            "install",
            *tools.NPM,
            "--package-lock-only",
            "--ignore-scripts",
            "--omit-lockfile-registry-resolved",
        ]
        tools.called([*command, "--no-audit", "--no-fund", *asked], what, way.variables, folder=folder)
        lock = json.loads((folder / "package-lock.json").read_text("utf-8"))
        manifest = json.loads((folder / "package.json").read_text("utf-8"))
    for package in lock["packages"].values():
        package.pop("resolved", None)
    lock["name"] = "kernel"
    lock["packages"][""]["name"] = "kernel"
    return {"manifest": {"name": "kernel", "private": True, **manifest}, "lock": lock}


def place(setup: Setup) -> Path:
    """Where the lock of a setup lies."""
    return setup.folder / LOCK


def read(path: Path) -> Lock:
    """The lock of the file.

    Raises: InputError: it cannot be read, or is none.
    """
    try:
        content = json.loads(path.read_bytes())
        if content["format"] != FORMAT:
            raise InputError(
                f"{path.name}: expected format {FORMAT}, got {content['format']!r}; this file is another release's: "
                "write it anew with cutaway kernels lock --upgrade"
            )
        found = Lock(content["server"], content["tools"], content["kernels"])
        if not all(
            isinstance(one, dict) for one in (found.server, found.tools, found.kernels, *found.kernels.values())
        ):
            raise TypeError("expected tables")
        return found
    except FileNotFoundError:
        raise InputError(f"{path.name}: no such file beside {FILE}; cutaway kernels lock writes it") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path.name}: is no lock; write it anew with cutaway kernels lock") from error


def current(setup: Setup) -> Lock:
    """The lock beside the setup, which holds for all of it.

    Raises: InputError: there is none, or an environment has been changed since.
    """
    lock = read(place(setup))
    plan = in_image(setup)
    for environment in (plan.server, *plan.environments):
        had = lock.server if environment.name == "server" else lock.kernels.get(environment.name, {})
        if had.get("asked") != asked(environment, setup.server.base):
            at = "[server]" if environment.name == "server" else f"[kernels.{environment.name}]"
            raise InputError(f"{LOCK}: {at} has been changed since it was locked; run cutaway kernels lock")
    return lock
