"""A setup with its lock, both made up, so that what renders them is tested without resolving anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cutaway.kernels.lock import Lock, asked
from cutaway.kernels.model import Setup, parsed
from cutaway.kernels.plan import in_image

TEXT = """
[server]
port = 8899
notebooks = "notes"
memory = "8GB"
cpus = 2

[kernels.tf]
display = "TensorFlow"
pip = ["tensorflow-cpu==2.21.*"]
python = "3.11"
env = { TF_CPP_MIN_LOG_LEVEL = "2", GREETING = "it's \\"so\\" $HOME" }
memory = "6GB"
threads = 2

[kernels.geo]
conda = ["gdal"]
channels = ["conda-forge"]
python = "3.12"

[kernels.r]
apt = ["r-base-core", "r-cran-irkernel"]

[kernels.js]
npm = ["tslab"]
"""
NETWORK = """
[network]
proxy = "http://user:secret@proxy.example:3128"
no_proxy = "localhost"
pip = "https://user:secret@packages.example/simple"
conda = "https://packages.example/conda/"
apt = "https://packages.example/debian"
npm = "https://packages.example/npm/"
ca = "company.pem"
"""
HASH = "--hash=sha256:" + "0" * 64


def setup(folder: Path, text: str = TEXT) -> Setup:
    (folder / "notes").mkdir(exist_ok=True)
    return parsed(text, folder=folder)


def lock(of: Setup) -> Lock:
    """A lock that holds for the setup, one line for each package."""
    plan = in_image(of)

    def entry(one: Any) -> dict[str, Any]:
        out: dict[str, Any] = {"asked": asked(one, of.server.base)}
        if one.python is not None:
            out["python"] = one.python
        if one.has("pip"):
            out["pip"] = [f"{name.split('=')[0].split('>')[0]}==1.0 {HASH}" for name in one.packages["pip"]]
        if one.has("conda"):
            record = {"name": "gdal", "version": "3.9", "build": "0", "build_number": 0, "subdir": "linux-64"}
            out["conda"] = [{"channel": "conda-forge", "file": "linux-64/gdal-3.9-0.conda", "record": record}]
        if one.has("apt"):
            out["apt"] = [f"{name}=1.0-1" for name in one.packages["apt"]]
        if one.has("npm"):
            packages = {"": {"name": "kernel"}, "node_modules/tslab": {"version": "1.0.22"}}
            out["npm"] = {"manifest": {"name": "kernel"}, "lock": {"name": "kernel", "packages": packages}}
        return out

    tools = {"asked": "", "python": "3.11", "pip": [f"uv==1.0 {HASH}", f"py-rattler==1.0 {HASH}"]}
    return Lock(entry(plan.server), tools, {one.name: entry(one) for one in plan.environments})
