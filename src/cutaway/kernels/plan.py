"""What is to stand where: from a setup to environments, kernel specifications and the server's configuration.

A plan is values only. The three backends (a local server, a Dockerfile, an OCI image) render it and decide nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files as packaged
from pathlib import PurePosixPath
from typing import Any

from cutaway.kernels.inside.activated_exec import KEPT
from cutaway.kernels.launchers import PYTHON, complete, launcher
from cutaway.kernels.model import Kernel, Setup
from cutaway.kernels.requirements import title
from cutaway.kernels.studies import WIDGETS

IN_IMAGE = PurePosixPath("/opt/kernels")
HOME_IN_IMAGE = PurePosixPath("/var/lib/notebook")
NOTEBOOKS_IN_IMAGE = PurePosixPath("/notebooks")
SYSTEM = PurePosixPath("/usr")
LOOPBACK = "127.0.0.1"
# JupyterLab asks for leave to fetch news, even where the server is told that there are none.
PAGE = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a plan's parts stand, below one folder."""

    root: PurePosixPath

    @property
    def server(self) -> PurePosixPath:
        """The prefix of the server's own environment."""
        return self.root / "server"

    def environment(self, name: str) -> PurePosixPath:
        """The prefix of a kernel's environment."""
        return self.root / "env" / name

    @property
    def programs(self) -> PurePosixPath:
        """The folder of what `cutaway.kernels.inside` holds."""
        return self.root / "bin"

    @property
    def data(self) -> PurePosixPath:
        """What Jupyter is told as JUPYTER_PATH: the folder that holds `kernels/`."""
        return self.root / "share/jupyter"

    @property
    def configuration(self) -> PurePosixPath:
        """What Jupyter is told as JUPYTER_CONFIG_DIR."""
        return self.root / "etc"


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment to be made.

    Attributes:
        name: that of its kernel, or `server`.
        prefix: where it stands; the system's own where all of its packages are the system's.
        python: the version; None for an environment without one of its own.
        packages: kind -> what is to be installed, the kernel's program included.
        channels: of the conda packages.
    """

    name: str
    prefix: PurePosixPath
    python: str | None
    packages: dict[str, tuple[str, ...]]
    channels: tuple[str, ...] = ()

    def has(self, kind: str) -> bool:
        """Whether it holds packages of the kind."""
        return bool(self.packages.get(kind))


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole: what the backends render."""

    layout: Layout
    server: Environment
    environments: tuple[Environment, ...]
    specifications: dict[str, dict[str, Any]]
    configuration: dict[str, Any]

    def configurations(self) -> dict[str, str]:
        """Path below the folder of configuration -> text: the server's own and its page's."""
        return {"jupyter_server_config.json": written(self.configuration), "labconfig/page_config.json": written(PAGE)}

    def files(self) -> dict[str, str]:
        """Path below the root -> text, of everything but the environments."""
        root = self.layout.root
        configured = {
            str((self.layout.configuration / name).relative_to(root)): text
            for name, text in self.configurations().items()
        }
        return dict(sorted({**self.parts(), **configured}.items()))

    def parts(self) -> dict[str, str]:
        """Path below the root -> text, of the programs and the kernels' specifications."""
        root = self.layout.root
        inside = packaged("cutaway.kernels.inside")
        out = {
            str((self.layout.programs / name).relative_to(root)): (inside / name).read_text("utf-8")
            for name in ("activated_exec.py", "lab.py", "probe.py", "start.py")
        }
        for name, content in self.specifications.items():
            place = self.layout.data / "kernels" / name / "kernel.json"
            out[str(place.relative_to(root))] = written(content)
        return out


def written(content: Mapping[str, Any]) -> str:
    """JSON as it stands in files: indented, in the order given, with an end of line."""
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def environment(kernel: Kernel, layout: Layout) -> Environment:
    """What the kernel's packages become."""
    packages = {kind: complete(kernel, kind) for kind in kernel.packages}
    own = packages.keys() - {"apt"}
    python = kernel.python if own & {"pip"} or ("conda" in own and launcher(kernel) == PYTHON) else None
    prefix = layout.environment(kernel.name) if own else SYSTEM
    return Environment(kernel.name, prefix, python, packages, kernel.channels if "conda" in packages else ())


def specification(kernel: Kernel, layout: Layout) -> dict[str, Any]:
    """The content of the kernel's `kernel.json`: its command through `activated_exec.py`, every path absolute."""
    found = launcher(kernel)
    prefix = environment(kernel, layout).prefix
    command = [word.replace("{prefix}", str(prefix)) for word in kernel.argv or (found.argv if found else ())]
    limits: list[str] = []
    for name, value in (("--memory", kernel.memory), ("--threads", kernel.threads)):
        limits += [] if value is None else [name, str(value)]
    wrapper = [str(layout.server / "bin/python"), "-IS", str(layout.programs / "activated_exec.py")]
    out: dict[str, Any] = {
        "argv": [*wrapper, *limits, str(prefix), *command],
        "display_name": kernel.display,
        "language": kernel.language or (found.language if found else "text"),
        "interrupt_mode": found.interrupt if found and not kernel.argv else "signal",
        "metadata": {"debugger": True} if found == PYTHON and not kernel.argv else {},
    }
    if kernel.env:
        # Jupyter fills in ${NAME}; a dollar that is to stay is written twice.
        env = {name: value.replace("$", "$$") for name, value in sorted(kernel.env.items())}
        out["env"] = {**env, KEPT: ",".join(env)}
    return out


def configuration(setup: Setup, *, notebooks: str, port: int, inside: bool, allow_root: bool = False) -> dict[str, Any]:
    """The server's configuration.

    A container listens on all of its addresses, since its port is forwarded to it; the Host header is checked too.
    """
    server: dict[str, Any] = {
        "ip": "0.0.0.0" if inside else LOOPBACK,
        "port": port,
        "port_retries": 0,
        "open_browser": False,
        "root_dir": notebooks,
        "allow_remote_access": False,
        "local_hostnames": ["localhost", LOOPBACK],
    }
    if allow_root:
        server["allow_root"] = True
    out: dict[str, Any] = {
        "ServerApp": server,
        "KernelSpecManager": {
            "allowed_kernelspecs": sorted(kernel.name for kernel in setup.kernels),
            "ensure_native_kernel": False,
        },
        "LabApp": {
            "extension_manager": "readonly",
            "news_url": None,
            "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        },
    }
    if setup.server.password is not None:
        out["PasswordIdentityProvider"] = {"hashed_password": setup.server.password}
    return out


def served(setup: Setup) -> tuple[str, ...]:
    r"""The server's packages, with what draws the widgets of its kernels.

    >>> from cutaway.kernels.model import parsed
    >>> served(parsed('[kernels.a]\npip = ["ipywidgets"]'))
    ('jupyterlab>=4.2,<5', 'ipywidgets')
    """
    wanted = {title("pip", one) for kernel in setup.kernels for one in kernel.wants("pip")}
    had = {title("pip", one) for one in setup.server.pip}
    needed = sorted({WIDGETS[one] for one in wanted & WIDGETS.keys()} - had)
    return (*setup.server.pip, *needed)


def planned(setup: Setup, layout: Layout, configured: dict[str, Any]) -> Plan:
    """The plan of a setup below one folder."""
    return Plan(
        layout=layout,
        server=Environment("server", layout.server, setup.server.python, {"pip": served(setup)}),
        environments=tuple(environment(kernel, layout) for kernel in setup.kernels),
        specifications={kernel.name: specification(kernel, layout) for kernel in setup.kernels},
        configuration=configured,
    )


def in_image(setup: Setup) -> Plan:
    """The plan of a container or an image."""
    configured = configuration(setup, notebooks=str(NOTEBOOKS_IN_IMAGE), port=8888, inside=True)
    return planned(setup, Layout(IN_IMAGE), configured)
