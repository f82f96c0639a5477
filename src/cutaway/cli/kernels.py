"""`cutaway kernels`: one file, many isolated notebook kernels."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cutaway.cli import VERBS, endings
from cutaway.cli.arguments import HELP, parsed
from cutaway.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway.kernels.diagnosis import Verdict
    from cutaway.kernels.lock import Lock
    from cutaway.kernels.model import Setup

FILE = "kernels.toml"
ACTIONS = {
    "init": "Write kernels.toml, a commented example.",
    "lock": "Resolve every environment, and write kernels.lock with hashes.",
    "up": "Serve JupyterLab on this machine, every environment a kernel.",
    "check": "Run cells in every kernel, and explain each failure.",
    "docker": "Write Dockerfile, compose.yaml and .dockerignore.",
    "image": "Write an OCI image without Docker; every build has the same digest.",
}
"""Action -> its summary in one line."""

FileOption = Annotated[Path, typer.Option("--file", metavar="FILE", help="The setup.")]
StudiesOption = Annotated[
    bool, typer.Option("--with-studies", help="A kernel for each framework besides, in which the studies run.")
]
RootOption = Annotated[bool, typer.Option("--allow-root", help="Serve although this user is root.")]


def run(arguments: list[str]) -> int:
    """Do what the first argument names, and return the exit status."""
    first = arguments[0] if arguments else "help"
    if first == "help" or (first not in ACTIONS and any(word in HELP for word in arguments)):
        return endings.show(_overview())
    if first not in ACTIONS:
        near = get_close_matches(first, ACTIONS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"the actions are {', '.join(ACTIONS)}"
        raise InputError(f"no action {first!r}; {hint}")
    verb, work = DOERS[first]
    verb.__doc__ = (
        f"{ACTIONS[first]}\n\nExit status: 0 done, {'1 a kernel failed, ' if first == 'check' else ''}2 bad input."
    )
    request = parsed(verb, f"kernels {first}", arguments[1:])
    if isinstance(request, int):
        return request
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        return work(request)
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: object) -> None:
    """What ends the command ends its server too."""
    raise KeyboardInterrupt


def _overview() -> str:
    width = max(map(len, ACTIONS))
    lines = (f"  {name:<{width}}  {summary}" for name, summary in ACTIONS.items())
    return "\n".join(
        [
            "Usage: cutaway kernels ACTION [OPTIONS]",
            "",
            VERBS["kernels"],
            "",
            "Actions:",
            *lines,
            "",
            "cutaway kernels ACTION --help lists the options of one.",
            "",
        ]
    )


def _say(text: str) -> None:
    endings.say(f"cutaway kernels: {text}")


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for; each action reads what it takes."""

    file: Path = Path(FILE)
    names: tuple[str, ...] = ()
    notebooks: tuple[str, ...] = ()
    upgrade: bool = False
    locked: bool = False
    port: int | None = None
    browser: bool = False
    allow_root: bool = False
    timeout: float = 60.0
    out: Path = Path()
    base: Path | None = None
    with_studies: bool = False


def _read(request: Request) -> Setup:
    """The setup; studies alone need no file."""
    from cutaway.kernels import model

    if request.with_studies and request.file == Path(FILE) and not request.file.exists():
        return model.parsed("", folder=Path.cwd(), with_studies=True)
    return model.read(request.file, with_studies=request.with_studies)


def _locked(request: Request) -> tuple[Setup, Lock]:
    """The setup and a lock that holds for it; what was changed is resolved, unless only the lock may be used."""
    from cutaway.kernels import lock, tools

    setup = _read(request)
    place = lock.place(setup)
    before = lock.read(place) if place.exists() else None
    if request.locked:
        return setup, lock.current(setup)
    found = lock.resolve(setup, before, _say, upgrade=request.upgrade)
    if found != before:
        tools.replaced(place, found.text())
    return setup, found


def _init(request: Request) -> int:
    from cutaway.kernels import tools
    from cutaway.kernels.example import EXAMPLE

    if request.file.exists():
        raise InputError(f"{request.file}: is there already; remove it, or name another with --file")
    tools.replaced(request.file, EXAMPLE)
    _say(f"wrote {request.file}; next: cutaway kernels lock")
    return endings.DONE


def _lock(request: Request) -> int:
    _, found = _locked(request)
    for name, entry in [("server", found.server), *found.kernels.items()]:
        counts = ", ".join(f"{_count(entry[kind])} {kind}" for kind in ("pip", "conda", "apt", "npm") if kind in entry)
        endings.show(f"{name}: {counts}\n")
    return endings.DONE


def _count(found: Any) -> int:
    """How many packages an entry holds; npm's own lock counts itself too."""
    return len(found["lock"]["packages"]) - 1 if isinstance(found, dict) else len(found)


def _up(request: Request) -> int:
    from cutaway.kernels import local

    setup, lock = _locked(request)
    port = setup.server.port if request.port is None else request.port
    local.free_port(port)  # refused before minutes are spent on the environments
    local.refuse_root(allowed=request.allow_root)
    local.built(setup, lock, _say)
    with local.serving(setup, port, allow_root=request.allow_root, browser=request.browser) as running:
        endings.show(f"JupyterLab is at {running.address} (Ctrl-C ends it)\n")
        _say(f"its token is in {running.token_file}, which only you can read")
        if setup.server.with_studies:
            _say('in a kernel of the studies: import cutaway; cutaway.show("counts")')
        running.process.wait()
    raise InputError(f"the server ended by itself, with status {running.process.returncode}")


def _check(request: Request) -> int:
    from cutaway.kernels import check, local

    setup = _read(request)
    kernels = check.chosen(setup, request.names)
    notebooks = [check.read_notebook(path, setup) for path in request.notebooks]
    local.refuse_root(allowed=request.allow_root)
    setup, lock = _locked(request)
    local.built(setup, lock, _say)
    if notebooks and not request.names:
        kernels = check.chosen(setup, [one.kernel for one in notebooks])
    failed = 0
    width = max(len(name) for name in [*(kernel.name for kernel in kernels), *request.notebooks])
    with local.serving(setup, 0, allow_root=request.allow_root) as running:
        for verdict in check.checked(setup, lock, running, kernels, notebooks, request.timeout):
            failed += verdict.trouble is not None
            endings.show(_line(verdict, width))
    return endings.FOUND if failed else endings.DONE


def _docker(request: Request) -> int:
    from cutaway.kernels import docker

    setup, lock = _locked(request)
    names = docker.write(setup, lock, request.out)
    _say(f"wrote {len(names)} files to {request.out}")
    endings.show(f"docker compose --project-directory {request.out} up --build --detach\n")
    return endings.DONE


def _image(request: Request) -> int:
    from cutaway.kernels import image

    setup, lock = _locked(request)
    digest = image.write(setup, lock, request.out, request.base, _say)
    endings.show(f"{digest}\n")
    return endings.DONE


def _line(verdict: Verdict, width: int) -> str:
    time = "" if verdict.seconds is None else f" ({verdict.seconds:.1f} s)"
    mark = "ok  " if verdict.trouble is None else "FAIL"
    text = f"{mark}  {verdict.name:<{width}}  {verdict.told}{time if verdict.trouble is None else ''}\n"
    return text + (f"      {'':<{width}}  To do: {verdict.remedy}.\n" if verdict.remedy else "")


def _init_options(file: FileOption = Path(FILE)) -> Request:
    return Request(file=file)


def _lock_options(
    file: FileOption = Path(FILE),
    upgrade: Annotated[bool, typer.Option("--upgrade", help="Resolve what has not changed, too.")] = False,
    with_studies: StudiesOption = False,
) -> Request:
    return Request(file=file, upgrade=upgrade, with_studies=with_studies)


def _up_options(
    file: FileOption = Path(FILE),
    port: Annotated[
        int | None, typer.Option(metavar="N", min=0, max=65_535, help="The port, in place of the setup's; 0 is any.")
    ] = None,
    browser: Annotated[bool, typer.Option("--browser", help="Open JupyterLab in the browser.")] = False,
    locked: Annotated[bool, typer.Option("--locked", help="Use kernels.lock as it is, or refuse.")] = False,
    with_studies: StudiesOption = False,
    allow_root: RootOption = False,
) -> Request:
    return Request(
        file=file, port=port, browser=browser, locked=locked, with_studies=with_studies, allow_root=allow_root
    )


def _check_options(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KERNEL|NOTEBOOK]...", help="Kernels, and notebooks to run whole; by default all kernels."
        ),
    ] = None,
    file: FileOption = Path(FILE),
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", min=1.0, help="How long a kernel or a cell may take.")
    ] = 60.0,
    locked: Annotated[bool, typer.Option("--locked", help="Use kernels.lock as it is, or refuse.")] = False,
    with_studies: StudiesOption = False,
    allow_root: RootOption = False,
) -> Request:
    given = what or []
    notebooks = tuple(one for one in given if one.endswith(".ipynb"))
    names = tuple(one for one in given if one not in notebooks)
    return Request(
        file, names, notebooks, locked=locked, with_studies=with_studies, allow_root=allow_root, timeout=timeout
    )


def _docker_options(
    file: FileOption = Path(FILE),
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where they are written.")] = Path("container"),
    locked: Annotated[bool, typer.Option("--locked", help="Use kernels.lock as it is, or refuse.")] = False,
    with_studies: StudiesOption = False,
) -> Request:
    return Request(file=file, out=out, locked=locked, with_studies=with_studies)


def _image_options(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="The OCI layout that is written.")],
    base: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="An OCI layout to build on; without it mmdebstrap makes a base."),
    ] = None,
    file: FileOption = Path(FILE),
    locked: Annotated[bool, typer.Option("--locked", help="Use kernels.lock as it is, or refuse.")] = False,
    with_studies: StudiesOption = False,
) -> Request:
    return Request(file=file, out=out, base=base, locked=locked, with_studies=with_studies)


DOERS: dict[str, tuple[Callable[..., Request], Callable[[Request], int]]] = {
    "init": (_init_options, _init),
    "lock": (_lock_options, _lock),
    "up": (_up_options, _up),
    "check": (_check_options, _check),
    "docker": (_docker_options, _docker),
    "image": (_image_options, _image),
}
