"""How the kernels of each language are started: which package brings one, and its command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cutaway.kernels.requirements import title
from cutaway.kernels.wheel import NAME, version

if TYPE_CHECKING:
    from cutaway.kernels.model import Kernel

CONNECTION = "{connection_file}"


@dataclass(frozen=True, slots=True)
class Launcher:
    """One way to start a kernel.

    Attributes:
        name: of the kernel's own program.
        language: as notebooks store it.
        packages: kind -> names of packages, any of which brings it.
        argv: the command; `{prefix}` is the environment.
        interrupt: `signal` or `message`, as the kernel's specification has it.
    """

    name: str
    language: str
    packages: dict[str, tuple[str, ...]]
    argv: tuple[str, ...]
    interrupt: str = "signal"


PYTHON = Launcher(
    "ipykernel",
    "python",
    {"pip": ("ipykernel",), "conda": ("ipykernel",)},
    ("{prefix}/bin/python", "-m", "ipykernel_launcher", "-f", CONNECTION),
)
R = ("--slave", "-e", "IRkernel::main()", "--args", CONNECTION)
LAUNCHERS = (
    Launcher("IRkernel", "R", {"apt": ("r-cran-irkernel",)}, ("/usr/bin/R", *R)),
    Launcher("IRkernel", "R", {"conda": ("r-irkernel",)}, ("{prefix}/bin/R", *R)),
    Launcher(
        "bash_kernel",
        "bash",
        {"pip": ("bash-kernel",), "conda": ("bash_kernel", "bash-kernel")},
        ("{prefix}/bin/python", "-m", "bash_kernel", "-f", CONNECTION),
    ),
    Launcher(
        "octave_kernel",
        "octave",
        {"pip": ("octave-kernel",), "conda": ("octave_kernel", "octave-kernel")},
        ("{prefix}/bin/python", "-m", "octave_kernel", "-f", CONNECTION),
    ),
    Launcher(
        "deno",
        "typescript",
        {"pip": ("deno",), "conda": ("deno",)},
        ("{prefix}/bin/deno", "jupyter", "--kernel", "--conn", CONNECTION),
        "message",
    ),
    Launcher(
        "tslab",
        "typescript",
        {"npm": ("tslab",)},
        ("{prefix}/node_modules/.bin/tslab", "kernel", "--config-path", CONNECTION),
    ),
    Launcher(
        "xeus-python",
        "python",
        {"conda": ("xeus-python",)},
        ("{prefix}/bin/xpython", "-f", CONNECTION),
        "message",
    ),
    PYTHON,
)


def launcher(kernel: Kernel) -> Launcher | None:
    """How the kernel is started, judged by its packages; None where no package tells.

    An environment of pip or conda packages that brings no kernel of its own gets ipykernel.
    """
    asked = {kind: {title(kind, one) for one in ones} for kind, ones in kernel.packages.items()}
    for one in LAUNCHERS:
        if any(asked.get(kind, set()).intersection(names) for kind, names in one.packages.items()):
            return one
    return PYTHON if asked.keys() & {"pip", "conda"} else None


def complete(kernel: Kernel, kind: str) -> tuple[str, ...]:
    r"""What is to be installed of one kind of package: what was asked for, the kernel's own program, and pip.

    Without a pip of its own, `!pip install` in a cell would reach another environment.

    A cutaway of no version is the one that is running.

    >>> from cutaway.kernels.model import parsed
    >>> complete(parsed('[kernels.a]\npip = ["numpy"]').kernels[0], "pip")
    ('numpy', 'ipykernel', 'pip')
    """
    asked = kernel.wants(kind)
    wanted: tuple[str, ...] = ()
    program = ("ipykernel",) if launcher(kernel) == PYTHON and not kernel.argv else ()
    if kind == "pip" and asked:
        conda = {title("conda", one) for one in kernel.wants("conda")}
        wanted = (*(one for one in program if one not in conda), "pip")
    elif kind == "conda" and asked and "pip" in kernel.packages:
        wanted = (f"python {kernel.python}.*",)
    elif kind == "conda" and asked and program:
        wanted = (f"python {kernel.python}.*", *program, "pip")
    names = {title(kind, one) for one in asked}
    if kind == "pip":
        asked = tuple(_this(one) if title(kind, one) == NAME else one for one in asked)
    return (*asked, *(one for one in wanted if title(kind, one) not in names))


def _this(asked: str) -> str:
    """The requirement of cutaway, with the version of the wheel that is made of the running one."""
    return asked if any(sign in asked for sign in "<>=!~@;") else f"{asked}=={version()}"


def wants_this(kernel: Kernel) -> bool:
    """Whether the kernel's environment holds the running cutaway."""
    return any(title("pip", one) == NAME and _this(one) != one for one in kernel.wants("pip"))
