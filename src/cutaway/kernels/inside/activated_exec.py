"""Become a program inside an activated environment: `activated_exec.py [--memory N] [--threads N] PREFIX PROGRAM …`.

What `conda activate` and a virtual environment's `activate` do, in their order: PATH and the names of the environment,
the variables that packages and the user declared, then the packages' own scripts. What the server or an outer
environment left behind is taken out first, its token above all. Variables that the
kernel's specification sets have the last word.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path

KEPT = "CUTAWAY_KERNEL_VARIABLES"
"""Names, separated by commas, of the variables that the specification sets."""
OF_OTHERS = (
    "VIRTUAL_ENV",
    "CONDA_",
    "_CE_",
    "JUPYTER_TOKEN",
    "JUPYTERHUB_",
    "JPY_API_TOKEN",
    "PYTHONHOME",
    "PYTHONPATH",
)
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

# The scripts are sourced, since they change the shell's own variables; exec keeps the process's number for signals.
SHELL = """
for script in "$1"/etc/conda/activate.d/*.sh; do
  if [ -r "$script" ]; then . "$script" || echo "activated_exec: $script failed" >&2; fi
done
shift
eval "$CUTAWAY_AFTER"
unset CUTAWAY_AFTER script
exec "$@"
"""


def declared(prefix: Path) -> dict[str, str]:
    """The variables of `env_vars.d`, and then of `conda-meta/state`, which `conda env config vars` writes."""
    out: dict[str, str] = {}
    for path in sorted((prefix / "etc/conda/env_vars.d").glob("*.json")):
        out.update(json.loads(path.read_text("utf-8")))
    state = prefix / "conda-meta/state"
    if state.is_file():
        out.update(json.loads(state.read_text("utf-8")).get("env_vars", {}))
    return {name: value for name, value in out.items() if value != "***unset***"}


def activated(prefix: Path, before: dict[str, str]) -> dict[str, str]:
    """The environment's variables, from those of the process that starts the kernel; activate.d comes after them."""
    mine = set(filter(None, before.get(KEPT, "").split(",")))
    outer = [before[name] for name in ("VIRTUAL_ENV", "CONDA_PREFIX") if before.get(name)]
    out = {
        name: value
        for name, value in before.items()
        if name != KEPT and (name in mine or not name.startswith(OF_OTHERS))
    }
    found = [one for one in (prefix / "bin", prefix / "node_modules/.bin") if one.is_dir()]
    paths = [one for one in before.get("PATH", os.defpath).split(os.pathsep) if one]
    others = {os.path.join(one, "bin") for one in outer} | {os.path.dirname(sys.executable)}
    conda = (prefix / "conda-meta").is_dir()
    if (prefix / "pyvenv.cfg").is_file():
        out["VIRTUAL_ENV"] = str(prefix)
        out["VIRTUAL_ENV_PROMPT"] = prefix.name
    if conda:
        out["CONDA_PREFIX"] = str(prefix)
        out["CONDA_DEFAULT_ENV"] = prefix.name
        out["CONDA_PROMPT_MODIFIER"] = f"({prefix.name}) "
        out["CONDA_SHLVL"] = "1"
        out["PYTHONNOUSERSITE"] = "1"  # as in a virtual environment: packages of the user's home are not this one's
        out.update(declared(prefix))
    if str(prefix) != "/usr":  # a system's own packages are on the path already
        paths = [*map(str, found), *(one for one in paths if one not in others)]
    out["PATH"] = os.pathsep.join(dict.fromkeys(paths))
    out.update({name: before[name] for name in mine if name in before})
    return out


def limited(memory: int | None) -> None:
    """Let no process of the kernel write to more memory of its own than this."""
    if memory is None:
        return
    import resource

    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    most = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def main(arguments: list[str]) -> None:
    """Replace this process by the program."""
    options: dict[str, int] = {}
    while arguments and arguments[0] in ("--memory", "--threads"):
        options[arguments[0]] = int(arguments[1])
        arguments = arguments[2:]
    if len(arguments) < 2:
        sys.exit("usage: activated_exec.py [--memory BYTES] [--threads N] PREFIX PROGRAM [ARGUMENT]...")
    prefix, command = Path(arguments[0]), arguments[1:]
    if not prefix.is_dir():
        sys.exit(f"activated_exec: the environment {prefix} is not there; build it with cutaway kernels up")
    before = dict(os.environ)
    if "--threads" in options:
        before = {**dict.fromkeys(THREADS, str(options["--threads"])), **before}
    environment = activated(prefix, before)
    limited(options.get("--memory"))
    try:
        if any((prefix / "etc/conda/activate.d").glob("*.sh")):
            kept = [name for name in before.get(KEPT, "").split(",") if name in before]
            environment["CUTAWAY_AFTER"] = "\n".join(f"export {name}={shlex.quote(before[name])}" for name in kept)
            shell = ["bash", "--noprofile", "--norc", "-c", SHELL, "activated_exec", str(prefix), *command]
            os.execvpe("bash", shell, environment)
        os.execve(command[0], command, environment)
    except OSError as error:
        sys.exit(f"activated_exec: {command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
