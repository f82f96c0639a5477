"""The Pythons of the kernels' environments, to be started by other commands as the kernels themselves are."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cutaway.core.errors import CutawayError, InputError
from cutaway.kernels import local, lock, tools
from cutaway.kernels.inside.activated_exec import KEPT
from cutaway.kernels.launchers import launcher
from cutaway.kernels.lock import AT_ONCE, Lock
from cutaway.kernels.model import Kernel, Setup
from cutaway.kernels.network import reach
from cutaway.kernels.plan import Environment
from cutaway.kernels.wheel import NAME, PACKAGE

OLDEST = (3, 11)
"""The Python that cutaway itself needs."""
WRAPPER = Path(__file__).parent / "inside/activated_exec.py"


@dataclass(frozen=True, slots=True)
class Interpreter:
    """What starts a kernel's Python, in its activated environment; it finds the cutaway that is running."""

    kernel: str
    command: tuple[str, ...]
    variables: dict[str, str]


@contextmanager
def interpreters(
    setup: Setup, say: Callable[[str], None] = lambda text: None
) -> Iterator[tuple[tuple[Interpreter, ...], dict[str, str]]]:
    """The Pythons of the kernels, resolved and made where they are not yet; and kernel -> why it has none.

    Nothing is installed into an environment for this: cutaway is on the path only, and only while the block lasts.

    Raises: InputError: no kernel is of Python.
    """
    kernels = [one for one in setup.kernels if _of_python(one)]
    if not kernels:
        raise InputError("no kernel of the setup is one of Python, so that there is nothing to compare")
    found, failed = _made(setup, kernels, say)
    with TemporaryDirectory(prefix="cutaway-path-") as folder:
        (Path(folder) / NAME).symlink_to(PACKAGE, target_is_directory=True)
        yield tuple(_interpreter(kernel, prefix, folder) for kernel, prefix in found), failed


def _of_python(kernel: Kernel) -> bool:
    one = launcher(kernel)
    return one is not None and one.language == "python"


def _made(
    setup: Setup, kernels: list[Kernel], say: Callable[[str], None]
) -> tuple[list[tuple[Kernel, Path]], dict[str, str]]:
    """The kernels whose environment stands, with its prefix; and kernel -> what is in the way of it."""
    place, way = lock.place(setup), reach(setup)
    before = lock.read(place) if place.exists() else Lock({}, {}, {})
    plan = local.plan_of(replace(setup, kernels=tuple(kernels)))
    entries: dict[str, dict[str, Any]] = {}
    failed: dict[str, str] = {}

    def one(environment: Environment) -> bool:
        name = environment.name
        try:
            entry = lock.entry(environment, before.kernels.get(name, {}), setup, way, say)
            entries[name] = entry
            if tuple(map(int, re.findall(r"\d+", entry["python"])[:2])) < OLDEST:
                raise InputError(f"its Python is {entry['python']}, and cutaway needs 3.11 or later")
            local.environment_built(setup, entry, environment, way, say)
        except CutawayError as error:
            failed[name] = re.sub(rf"^kernels\.{re.escape(name)}(\.\w+)?: ", "", str(error))
        return name not in failed

    with local.alone(local.root_of(setup)), ThreadPoolExecutor(AT_ONCE) as pool:
        stands = list(pool.map(one, plan.environments))
    after = Lock(before.server, before.tools, {**before.kernels, **entries})
    if after != before:
        tools.replaced(place, after.text())
    found = [(kernel, Path(each.prefix)) for kernel, each in zip(kernels, plan.environments, strict=True)]
    return [one for one, good in zip(found, stands, strict=True) if good], failed


def _interpreter(kernel: Kernel, prefix: Path, folder: str) -> Interpreter:
    limits: list[str] = []
    for name, value in (("--memory", kernel.memory), ("--threads", kernel.threads)):
        limits += [] if value is None else [name, str(value)]
    command = (sys.executable, "-IS", str(WRAPPER), *limits, str(prefix), str(prefix / "bin/python"))
    own = {**kernel.env, "PYTHONPATH": folder}
    return Interpreter(kernel.name, command, {**tools.plain_environment(), **own, KEPT: ",".join(own)})
