"""The second backend: a Dockerfile with a stage for each environment, compose.yaml and .dockerignore.

What the build needs of the network (mirrors, proxies, certificates) comes in as build secrets, which no layer holds.
"""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import Any

from cutaway.core.errors import InputError
from cutaway.kernels import environments, tools, wheel
from cutaway.kernels.launchers import wants_this
from cutaway.kernels.lock import Lock
from cutaway.kernels.model import Setup
from cutaway.kernels.network import certificates, variables
from cutaway.kernels.plan import HOME_IN_IMAGE, IN_IMAGE, NOTEBOOKS_IN_IMAGE, Environment, Plan, in_image, written

WRITTEN = "# Written by cutaway kernels docker from kernels.toml and kernels.lock; change those."
SYSTEM = ("bash", "ca-certificates", "libstdc++6", "python3", "tini")
SECRETS = "--mount=type=secret,id=network --mount=type=secret,id=ca"
MAKE = """\
#!/bin/sh
# make.sh PREFIX [PYTHON]: the environment whose lock is in this folder, at the prefix.
set -eu
cd "$(dirname "$0")"
prefix=$1 python=${2:-}
if [ -s /run/secrets/network ]; then set -a; . /run/secrets/network; set +a; fi
if [ -s /run/secrets/ca ]; then
  cat /etc/ssl/certs/ca-certificates.crt /run/secrets/ca > /tmp/ca.pem
  export SSL_CERT_FILE=/tmp/ca.pem PIP_CERT=/tmp/ca.pem NODE_EXTRA_CA_CERTS=/tmp/ca.pem
fi
export UV_PYTHON_INSTALL_DIR=/opt/kernels/python UV_LINK_MODE=copy UV_NO_CACHE=1
mkdir -p "$UV_PYTHON_INSTALL_DIR" "$(dirname "$prefix")"
if [ "$(basename "$prefix")" = tools ]; then
  python3 -m venv "$prefix"
  "$prefix/bin/pip" install --no-cache-dir --no-deps --require-hashes -r requirements.txt
  exit
fi
if [ -e conda.json ]; then /opt/tools/bin/python /opt/tools/conda_install.py conda.json "$prefix"; fi
if [ -e requirements.txt ]; then
  if [ ! -e conda.json ]; then /opt/tools/bin/uv venv --quiet --no-project --python "$python" "$prefix"; fi
  /opt/tools/bin/uv pip install --quiet --no-deps --require-hashes --compile-bytecode --find-links . \\
    --python "$prefix/bin/python" -r requirements.txt
fi
if [ -e package.json ]; then
  mkdir -p "$prefix"
  cp package.json package-lock.json "$prefix/"
  cd "$prefix" && npm ci --install-strategy=shallow --no-audit --no-fund
fi
"""
APT = """\
#!/bin/sh
# apt.sh PACKAGE...: install packages of the system, from the mirror that the build was told of, if any.
set -eu
if [ -s /run/secrets/network ]; then set -a; . /run/secrets/network; set +a; fi
options=
if [ -s /run/secrets/ca ]; then options="-o Acquire::https::CAInfo=/run/secrets/ca"; fi
if [ -n "${APT_MIRROR:-}" ]; then
  . /etc/os-release
  echo "deb $APT_MIRROR $VERSION_CODENAME main" > /tmp/sources.list
  options="$options -o Dir::Etc::sourcelist=/tmp/sources.list -o Dir::Etc::sourceparts=-"
fi
export DEBIAN_FRONTEND=noninteractive
# The options are words of their own.
# shellcheck disable=SC2086
apt-get $options update -qq
# shellcheck disable=SC2086
apt-get $options install -y -qq --no-install-recommends "$@"
rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/apt /var/log/dpkg.log /tmp/sources.list
"""
IGNORED = "# Only what the build reads.\n*\n!build\n!env\n!root\n"


def write(setup: Setup, lock: Lock, out: Path) -> list[str]:
    """Write everything below the folder, and return the names of the files.

    Raises: InputError: the folder holds a Dockerfile that this did not write, or cannot be written to.
    """
    dockerfile = out / "Dockerfile"
    if dockerfile.exists() and not dockerfile.read_text("utf-8", "replace").startswith(WRITTEN):
        raise InputError(f"{dockerfile}: was not written by cutaway; move it away, or name another folder with --out")
    found, ca = files(setup, lock, out), certificates(setup)
    for folder in ("build", "env", "root"):
        environments.removed(out / folder)
    for name, text in found.items():
        tools.replaced(out / name, text)
    for kernel in filter(wants_this, setup.kernels):
        made = wheel.kept(out / "env" / kernel.name / "wheels")
        made.replace(out / "env" / kernel.name / made.name)
        made.parent.rmdir()
    # They may hold passwords, so only their owner reads them, and neither the context nor the image has them.
    tools.replaced(out / "secrets/network", network_secret(setup), 0o600)
    tools.replaced(out / "secrets/ca", ca, 0o600)
    return [*found, "secrets/network", "secrets/ca"]


def files(setup: Setup, lock: Lock, out: Path) -> dict[str, str]:
    """Path below the folder -> text, of everything that holds no secret."""
    plan = in_image(setup)
    notebooks = os.path.relpath((setup.folder / setup.server.notebooks).resolve(), out.resolve())
    inside = Path(__file__).parent / "inside"
    return {
        "Dockerfile": dockerfile(setup, lock, plan),
        "compose.yaml": compose(setup, notebooks),
        ".dockerignore": IGNORED,
        "build/make.sh": MAKE,
        "build/apt.sh": APT,
        "build/conda_install.py": (inside / "conda_install.py").read_text("utf-8"),
        **_context("tools", lock.tools),
        **{
            name: text
            for one in (plan.server, *plan.environments)
            for name, text in _context(one.name, lock.of(one)).items()
        },
        **{f"root/{name}": text for name, text in plan.files().items()},
    }


def _context(name: str, entry: dict[str, Any]) -> dict[str, str]:
    """The lock of one environment, in the forms that its installers read."""
    folder = {"server": "env/.server", "tools": "env/.tools"}.get(name, f"env/{name}")
    out = {}
    if entry.get("pip"):
        out[f"{folder}/requirements.txt"] = "\n".join(entry["pip"]) + "\n"
    if entry.get("conda"):
        out[f"{folder}/conda.json"] = json.dumps(entry["conda"], sort_keys=True) + "\n"
    if entry.get("npm"):
        out[f"{folder}/package.json"] = written(entry["npm"]["manifest"])
        out[f"{folder}/package-lock.json"] = written(entry["npm"]["lock"])
    return out


def dockerfile(setup: Setup, lock: Lock, plan: Plan) -> str:
    """The Dockerfile: a stage for each environment, so that a change in one makes that one anew."""
    own = [one for one in plan.environments if one.packages.keys() - {"apt"}]
    stages = [_stage(one, lock) for one in (plan.server, *own)]
    copies = [f"COPY --from={_stage_name(one)} {one.prefix} {one.prefix}" for one in (plan.server, *own)]
    pythons = [
        f"COPY --from={_stage_name(one)} {IN_IMAGE}/python {IN_IMAGE}/python"
        for one in (plan.server, *own)
        if one.has("pip") and not one.has("conda")
    ]
    system = [["nodejs"]] if any(one.has("npm") for one in own) else []
    system += [lock.of(one)["apt"] for one in plan.environments if one.has("apt")]
    python = f"{plan.layout.server}/bin/python"
    healthy = "import urllib.request as u; u.urlopen('http://127.0.0.1:8888/api', timeout=3)"
    lines = [
        WRITTEN,
        f"ARG BASE={setup.server.base}",
        "",
        "FROM ${BASE} AS tools",
        'SHELL ["/bin/sh", "-eu", "-c"]',
        _apt([*SYSTEM, "python3-venv"]),
        "COPY build/ /build/",
        "COPY env/.tools/ /build/",
        f"RUN {SECRETS} sh /build/make.sh /opt/tools && mv /build/conda_install.py /opt/tools/",
        *stages,
        "",
        "FROM ${BASE} AS notebook",
        'SHELL ["/bin/sh", "-eu", "-c"]',
        _apt(list(SYSTEM)),
        *(f"# hadolint ignore=DL3059\n{_apt(names)}" for names in system),  # a layer each, so that one is made anew
        f"RUN useradd --uid 1000 --gid 0 --no-create-home --home-dir {HOME_IN_IMAGE} notebook \\",
        f" && install -d -m 0775 -o 1000 -g 0 {HOME_IN_IMAGE} {NOTEBOOKS_IN_IMAGE}",
        *dict.fromkeys(pythons),
        *copies,
        f"COPY root/ {IN_IMAGE}/",
        f"ENV HOME={HOME_IN_IMAGE} LANG=C.UTF-8",
        f"WORKDIR {NOTEBOOKS_IN_IMAGE}",
        "USER 1000:0",
        "EXPOSE 8888",
        f'HEALTHCHECK --interval=10s --start-period=60s CMD ["{python}", "-Ic", "{healthy}"]',
        f'ENTRYPOINT ["/usr/bin/tini", "--", "{python}", "-I", "{plan.layout.programs}/start.py", "{IN_IMAGE}"]',
        "",
    ]
    return "\n".join(lines)


def _stage_name(one: Environment) -> str:
    return "server" if one.name == "server" else f"env-{one.name}"


def _stage(one: Environment, lock: Lock) -> str:
    entry = lock.of(one)
    folder = ".server" if one.name == "server" else one.name
    lines = ["", f"FROM tools AS {_stage_name(one)}"]
    if one.has("npm"):
        lines.append(_apt(["nodejs", "npm"]))
    python = entry.get("python", "")
    lines += [f"COPY env/{folder}/ /build/", f"RUN {SECRETS} sh /build/make.sh {one.prefix} {python}".rstrip()]
    return "\n".join(lines)


def _apt(packages: list[str]) -> str:
    names = " ".join(shlex.quote(one) for one in packages)
    return f"RUN {SECRETS} --mount=type=bind,source=build,target=/mnt sh /mnt/apt.sh {names}"


def compose(setup: Setup, notebooks: str) -> str:
    """The compose file: on loopback only, read-only, without capabilities."""
    limits = [] if setup.server.memory is None else [f"    mem_limit: {setup.server.memory}"]
    limits += [] if setup.server.cpus is None else [f"    cpus: {setup.server.cpus:g}"]
    place = notebooks if notebooks.startswith((".", "/")) else f"./{notebooks}"
    return "\n".join(
        [
            WRITTEN,
            "# Begin: docker compose up --build --detach",
            f"# The token: docker compose exec notebook {IN_IMAGE}/server/bin/python {IN_IMAGE}/bin/start.py "
            f"{IN_IMAGE} --token",
            "services:",
            "  notebook:",
            "    build:",
            "      context: .",
            "      secrets: [network, ca]",
            "    image: localhost/kernels",
            f'    ports: ["127.0.0.1:{setup.server.port or 8888}:8888"]',
            '    user: "${KERNELS_UID:-1000}:0"  # of whoever owns the notebooks',
            "    read_only: true",
            "    cap_drop: [ALL]",
            '    security_opt: ["no-new-privileges:true"]',
            '    tmpfs: ["/tmp"]',
            "    volumes:",
            f"      - home:{HOME_IN_IMAGE}",
            f"      - {json.dumps(f'{place}:{NOTEBOOKS_IN_IMAGE}')}",
            *limits,
            "volumes:",
            "  home: {}",
            "secrets:",
            "  network: {file: ./secrets/network}",
            "  ca: {file: ./secrets/ca}",
            "",
        ]
    )


def network_secret(setup: Setup) -> str:
    """Lines of shell that set what the build is to know of the network; the certificates are a file of their own."""
    found = variables(setup.network)
    if setup.network.pip is not None:
        found["PIP_INDEX_URL"] = setup.network.pip  # uv itself is installed by pip
    if setup.network.conda is not None:
        found["CONDA_CHANNEL_ALIAS"] = setup.network.conda
    if setup.network.apt is not None:
        found["APT_MIRROR"] = setup.network.apt
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(found.items()))
