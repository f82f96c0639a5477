"""What `kernels.toml` says, as checked values.

Every error is one sentence that names the file, the place in it, what was expected and what stands there.
"""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from cutaway.core.errors import InputError
from cutaway.kernels import requirements, studies
from cutaway.kernels.requirements import KINDS

FILE = "kernels.toml"
BASE = "debian:bookworm-slim"
THIS_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
CHANNELS = ("conda-forge",)

NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
PYTHON = re.compile(r"3\.\d{1,2}")
PASSWORD = re.compile(r"(argon2:\$argon2id?\$\S+|(?:sha1|sha256|sha512):[0-9a-f]+:[0-9a-f]+)")
SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kMGT])i?B?")
UNITS = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
OWN_VARIABLES = re.compile(r"PATH|VIRTUAL_ENV|CONDA_.*|JUPYTER_TOKEN.*|LD_PRELOAD|PYTHONHOME|BASH_ENV")
"""Variables that the activation sets, or that would undo it."""


@dataclass(frozen=True, slots=True)
class Server:
    """The notebook server: its own environment, and where it listens.

    Attributes:
        python: its Python, as `3.11`.
        pip: its own packages, which no kernel sees.
        port: on loopback; 0 is any free one.
        notebooks: the folder that it shows, relative to the file.
        password: a hash, as `jupyter server password` writes; None for a token.
        base: the image below the container's layers.
        memory: bytes that the container may take; None for no limit.
        cpus: cores that the container may take; None for no limit.
        with_studies: frameworks that get a kernel of their own, with this cutaway in it.
    """

    python: str = THIS_PYTHON
    pip: tuple[str, ...] = ("jupyterlab>=4.2,<5",)
    port: int = 8888
    notebooks: str = "."
    password: str | None = None
    base: str = BASE
    memory: int | None = None
    cpus: float | None = None
    with_studies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Network:
    """How packages are reached; none of it enters a lock file or an image.

    Attributes:
        ca: a file of further certificate authorities (PEM), relative to the file.
        proxy: the proxy of both HTTP and HTTPS.
        no_proxy: hosts that are reached without it.
        pip: the index in place of the usual one; likewise `conda` (what precedes a channel's name), `apt`, `npm`.
        pythons: where uv finds interpreters that the machine lacks.
    """

    ca: str | None = None
    proxy: str | None = None
    no_proxy: str | None = None
    pip: str | None = None
    conda: str | None = None
    apt: str | None = None
    npm: str | None = None
    pythons: str | None = None


@dataclass(frozen=True, slots=True)
class Kernel:
    """One kernel: the packages of its environment, and how it is shown and held.

    Attributes:
        name: letters, digits, `.`, `-` and `_`; what notebooks store.
        display: what the launcher shows.
        python: of an environment with pip packages, or with conda packages and Python.
        packages: kind (pip, conda, apt, npm) -> what is asked for.
        channels: of the conda packages, the first preferred.
        env: variables of the kernel's environment.
        argv: the command, where the packages do not tell it; `{prefix}` is the environment.
        language: as notebooks store it, for a kernel with `argv`.
        memory: bytes of writable memory that a process of the kernel may take; None for no limit.
        threads: of OpenMP and the BLAS libraries; None for as many as they like.
    """

    name: str
    display: str
    python: str
    packages: dict[str, tuple[str, ...]]
    channels: tuple[str, ...] = CHANNELS
    env: dict[str, str] = field(default_factory=dict)
    argv: tuple[str, ...] = ()
    language: str | None = None
    memory: int | None = None
    threads: int | None = None

    def wants(self, kind: str) -> tuple[str, ...]:
        """What is asked for of one kind of package."""
        return self.packages.get(kind, ())


@dataclass(frozen=True, slots=True)
class Setup:
    """The whole file; `folder` is where it stands."""

    folder: Path
    server: Server
    network: Network
    kernels: tuple[Kernel, ...]


def read(path: str | Path, *, with_studies: bool = False) -> Setup:
    """The checked content of the file; with studies, it has the kernels of `with_studies = true` too.

    Raises: InputError: it cannot be read, is no TOML, or says what cannot be done.
    """
    place = Path(path)
    try:
        text = place.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; cutaway kernels init writes one to begin with") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise InputError(f"{path}: expected a text file to read, got {reason!r}") from error
    return parsed(text, place.name, place.resolve().parent, with_studies=with_studies)


def parsed(text: str, file: str = FILE, folder: Path = Path(), *, with_studies: bool = False) -> Setup:
    r"""The checked content of the text.

    Raises: InputError: as `read` does.

    >>> parsed('[kernels.tf]\npip = ["tensorflow-cpu==2.21.*"]').kernels[0].display
    'tf'
    """
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # the first, for numbers of thousands of digits, too
        raise InputError(f"{file}: {_syntax(text, error)}") from error
    root = Table(file, "", content)
    root.only("server", "network", "kernels")
    server, network = _server(root.table("server"), with_studies=with_studies), _network(root.table("network"))
    kernels = root.table("kernels")
    for name, content in map(studies.table, server.with_studies):
        if name in kernels.content:
            raise InputError(f"{file}: kernels.{name} has the name of a kernel of with_studies; give it another")
        kernels.content[name] = content
    names = list(kernels.content)
    if not names:
        raise InputError(f'{file}: expected at least one kernel, such as [kernels.tf] with pip = ["numpy"]; got none')
    found = tuple(_kernel(name, kernels.table(name)) for name in names)
    _distinct(file, found)
    return Setup(folder, server, network, found)


def _syntax(text: str, error: ValueError | RecursionError) -> str:
    said = str(error)
    headings = re.findall(r"^\s*\[\s*kernels\s*\.\s*[\"']?([^\]\"']+?)[\"']?\s*\]", text, re.MULTILINE)
    twice = sorted({name for name in headings if headings.count(name) > 1})
    if twice and "twice" in said:
        return f"two kernels are named {twice[0]!r}; give one of them another name"
    return f"expected TOML, got a syntax error: {said[:1].lower()}{said[1:]}"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the file, whose values are taken out with their types checked."""

    file: str
    place: str
    content: dict[str, Any]

    def at(self, key: str) -> str:
        """The file and the dotted place, for a message."""
        return f"{self.file}: {self.place + '.' if self.place else ''}{key}"

    def only(self, *known: str) -> None:
        """Refuse a key that is not among these, naming the nearest."""
        for key in self.content:
            if key not in known:
                near = get_close_matches(key, known, n=1, cutoff=0.5)
                hint = f"did you mean {near[0]}?" if near else f"the keys are {', '.join(known)}"
                raise InputError(f"{self.at(key)}: no such key; {hint}")

    def refuse(self, key: str, expected: str) -> InputError:
        """The error for a value that is not what was expected."""
        return InputError(f"{self.at(key)}: expected {expected}, got {self.content[key]!r}"[:400])

    def table(self, key: str) -> Table:
        """The table below, or an empty one."""
        value = self.content.get(key, {})
        if not isinstance(value, dict):
            raise self.refuse(key, f"a table, [{self.place + '.' if self.place else ''}{key}]")
        return Table(self.file, f"{self.place}.{key}" if self.place else key, value)

    def text(self, key: str, form: re.Pattern[str] | None = None, expected: str = "text") -> str | None:
        """One line of text that has the form; None where the key is absent."""
        if key not in self.content:
            return None
        value = self.content[key]
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise self.refuse(key, expected)
        if form is not None and not form.fullmatch(value):
            raise self.refuse(key, expected)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of lines of text."""
        value = self.content.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one.isprintable() for one in value):
            raise self.refuse(key, "a list of texts")
        return tuple(value)

    def whole(self, key: str, low: int, high: int) -> int | None:
        """A whole number between the bounds."""
        if key not in self.content:
            return None
        value: object = self.content[key]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.refuse(key, f"a whole number from {low} to {high}")
        return value

    def size(self, key: str) -> int | None:
        """A number of bytes, from text such as `2GB`."""
        said = self.text(key, SIZE, "a size such as '500MB' or '2GB'")
        if said is None:
            return None
        number, unit = SIZE.fullmatch(said).groups()  # type: ignore[union-attr]
        return round(float(number) * UNITS[unit])


def _server(table: Table, *, with_studies: bool) -> Server:
    table.only("python", "pip", "port", "notebooks", "password", "base", "memory", "cpus", "with_studies")
    usual = Server()
    cpus = table.content.get("cpus")
    if cpus is not None and (isinstance(cpus, bool) or not isinstance(cpus, int | float) or not 0 < cpus <= 4096):
        raise table.refuse("cpus", "a number of cores above 0")
    port = table.whole("port", 0, 65_535)
    return Server(
        python=table.text("python", PYTHON, "a Python such as '3.11'") or usual.python,
        pip=requirements.checked("pip", table.texts("pip"), table.at("pip")) or usual.pip,
        port=usual.port if port is None else port,
        notebooks=table.text("notebooks", expected="the name of a folder") or usual.notebooks,
        password=_password(table),
        base=table.text("base", re.compile(r"[\w.][\w./:@-]*"), "an image such as 'debian:bookworm-slim'")
        or usual.base,
        memory=table.size("memory"),
        cpus=None if cpus is None else float(cpus),
        with_studies=studies.chosen(table.content.get("with_studies", False) or with_studies, table.at("with_studies")),
    )


def _password(table: Table) -> str | None:
    if "password" not in table.content:
        return None
    value = table.content["password"]
    if not isinstance(value, str) or not PASSWORD.fullmatch(value):
        # What stands there may be the password itself, so it is not repeated.
        raise InputError(
            f"{table.at('password')}: expected a hash such as 'argon2:$argon2id$…', as `jupyter server password` "
            "writes, got something else; a password itself has no place in a file"
        )
    return value


def _network(table: Table) -> Network:
    keys = tuple(Network.__dataclass_fields__)
    table.only(*keys)
    address = re.compile(r"(https?|file)://\S+")
    out: dict[str, str | None] = {}
    for key in keys:
        free = key in ("ca", "no_proxy")
        out[key] = table.text(key, None if free else address, "text" if free else "an address, http(s)://…")
    return Network(**out)


def _kernel(name: str, table: Table) -> Kernel:
    if not NAME.fullmatch(name):
        raise InputError(
            f"{table.file}: kernels.{name}: expected a name of at most 40 lower-case letters, digits, '.', '-' and "
            f"'_' that begins and ends with a letter or a digit, got {name!r}"
        )
    table.only("display", "python", *KINDS, "channels", "env", "argv", "language", "memory", "threads")
    packages = {kind: requirements.checked(kind, table.texts(kind), table.at(kind)) for kind in KINDS}
    packages = {kind: asked for kind, asked in packages.items() if asked}
    if not packages:
        raise InputError(f"{table.at('pip')}: expected packages in pip, conda, apt or npm, got none of them")
    if "channels" in table.content and "conda" not in packages:
        raise InputError(f"{table.at('channels')}: is for conda packages, and there are none; add conda = […]")
    kernel = Kernel(
        name=name,
        display=table.text("display", expected="a line of text for the launcher") or name,
        python=table.text("python", PYTHON, "a Python such as '3.11'") or THIS_PYTHON,
        packages=packages,
        channels=table.texts("channels") or CHANNELS,
        env=_env(table.table("env")),
        argv=table.texts("argv"),
        language=table.text("language", expected="the name of a language"),
        memory=table.size("memory"),
        threads=table.whole("threads", 1, 4096),
    )
    if kernel.argv and not any("{connection_file}" in word for word in kernel.argv):
        raise table.refuse("argv", "a command with {connection_file} among its arguments")
    if not kernel.argv:
        from cutaway.kernels.launchers import launcher

        if launcher(kernel) is None:
            raise InputError(
                f"{table.file}: kernels.{name}: none of its packages is a kernel that cutaway knows; add one such as "
                "r-cran-irkernel (apt) or tslab (npm), or give argv"
            )
    return kernel


def _env(table: Table) -> dict[str, str]:
    for key, value in table.content.items():
        if not VARIABLE.fullmatch(key):
            raise InputError(f"{table.at(key)}: expected a variable's name (letters, digits, '_'), got {key!r}")
        if OWN_VARIABLES.fullmatch(key):
            raise InputError(f"{table.at(key)}: is set by the activation of the environment; leave it out")
        if not isinstance(value, str) or "\0" in value or "\n" in value:
            raise table.refuse(key, "one line of text in quotes")
    return dict(table.content)


def _distinct(file: str, kernels: tuple[Kernel, ...]) -> None:
    shown: dict[str, str] = {}
    for kernel in kernels:
        other = shown.setdefault(kernel.display.casefold(), kernel.name)
        if other != kernel.name:
            raise InputError(
                f"{file}: kernels.{other} and kernels.{kernel.name} are both shown as {kernel.display!r}; give one of "
                "them another display"
            )
