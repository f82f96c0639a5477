"""tools/release_check.py WHEEL [--python VERSION …] [--extra NAME …]: the wheel as strangers install it.

On each Python: the core alone, what it brings, and what it does; then, on the first of them, each extra alone with a
small use of it. Every environment is new, and is removed again. A Python that this machine lacks is told and left out.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PYTHONS = ("3.11", "3.12", "3.13")
FRAMEWORKS = {"torch", "tensorflow", "keras", "jax", "scikit-learn", "xgboost", "lightgbm", "catboost"}
MOST_DOWNLOADED = 250e6
"""Bytes of wheels that the core may bring."""

CORE = """
import sys, cutaway
from cutaway.cli import main
assert main(["study", "counts", "--html", "counts.html"]) == 0
assert main(["audit", "--out", "audit.json"]) == 0
assert main(["completion", "bash"]) == 0
assert not {"torch", "tensorflow", "jax", "sklearn"} & set(sys.modules)
"""
ROWS = "import numpy as np; rng = np.random.default_rng(0); x = rng.normal(size=(200, 3)); y = (x[:, 0] > 0) * 1.0"
USES = {
    "sklearn": """
from sklearn.linear_model import LogisticRegression
from cutaway.frameworks.sklearn import scorer
assert scorer("recall")(LogisticRegression().fit(x, y), x, y) > 0.9
""",
    "dask": """
import pyarrow as pa, pyarrow.parquet as pq
from cutaway.cli import main
pq.write_table(pa.table({"a": x[:, 0] + x[:, 1], "y": y}), "a.parquet")
if __name__ == "__main__":
    assert main(["audit", "a.parquet", "--target", "y", "--engine", "dask", "--out", "a.json"]) == 0
""",
    "torch": """
import torch
from cutaway import losses
from cutaway.frameworks.torch import Confusion, as_loss
z = torch.tensor(x[:, 0], requires_grad=True)
as_loss(losses.focal, gamma=2)(z, torch.tensor(y)).backward()
assert z.grad.abs().sum() > 0
""",
    "keras": """
import os
from cutaway.core.errors import MissingExtraError
os.environ["KERAS_BACKEND"] = "tensorflow"
try:
    import cutaway.frameworks.keras  # the extra brings no backend, without which Keras cannot be imported
except MissingExtraError as error:
    assert "cutaway[tensorflow]" in str(error)
else:
    raise AssertionError("no backend was missed")
""",
    "tensorflow": """
import os
os.environ["KERAS_BACKEND"] = "tensorflow"
from cutaway.frameworks.keras import Confusion
assert Confusion(("no", "yes"))
""",
    "jax": """
import jax, jax.numpy as jnp
from cutaway import losses
from cutaway.frameworks.jax_losses import as_loss
loss = as_loss(losses.focal, gamma=2)
assert jnp.abs(jax.grad(lambda z: loss(z, jnp.asarray(y)).mean())(jnp.asarray(x[:, 0]))).sum() > 0
""",
    "xgboost": """
import xgboost
from cutaway import losses
from cutaway.frameworks.xgboost import as_objective
xgboost.train({"base_score": 0}, xgboost.DMatrix(x, y), 3, obj=as_objective(losses.focal, gamma=2))
""",
    "lightgbm": """
import lightgbm
from cutaway import losses
from cutaway.frameworks.lightgbm import as_objective
lightgbm.train({"objective": as_objective(losses.focal, gamma=2), "verbose": -1}, lightgbm.Dataset(x, y), 3)
""",
    "catboost": """
import catboost
from cutaway import losses
from cutaway.frameworks.catboost import as_objective
settings = {"eval_metric": "Logloss", "iterations": 3, "verbose": False, "allow_writing_files": False}
catboost.CatBoostClassifier(loss_function=as_objective(losses.focal, gamma=2), **settings).fit(x, y)
""",
    "notebook": """
import cutaway
assert cutaway.show("counts") is not None
""",
    "tune": """
from cutaway.tuning import search, space_of
space = space_of({"a": {"low": 0.0, "high": 1.0}})
def value(params): return params["a"]
if __name__ == "__main__":
    assert search(value, space, method="tpe", budget=5, seed=0, workers=1).trials
""",
    "postgresql": """
import psycopg2
assert psycopg2.apilevel == "2.0"
""",
    "kernels": """
from cutaway.cli import main
from cutaway.kernels.model import read
assert main(["kernels", "init"]) == 0 and read("kernels.toml").kernels
""",
    "images": """
from PIL import Image
from cutaway.engines.images import open_image
Image.new("RGB", (9, 9)).save("a.png")
assert open_image("a.png").shape == (9, 9, 3)
""",
    "epidemic": """
import emcee
assert emcee.EnsembleSampler
""",
    "testing": """
import cutaway.testing
assert cutaway.testing.__all__
""",
    "text": """
from pathlib import Path
from cutaway import embed
Path("v.txt").write_text("a 1 2\\nb 3 4\\n")
assert embed.read_vectors("v.txt", cache=Path("c")).vector("b").tolist() == [3, 4]
""",
}
"""Extra -> a use of what it brings; `cutaway doctor` imports the rest of it."""


def main(arguments: list[str]) -> int:
    """A line for each environment; the status is 1 where one of them failed."""
    parser = argparse.ArgumentParser(prog="tools/release_check.py")
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--python", action="append")
    parser.add_argument("--extra", action="append", choices=USES, help="only these, and no core")
    parser.add_argument("--core", action="store_true", help="no extra")
    asked = parser.parse_args(arguments)
    found = {version: python for version in asked.python or PYTHONS if (python := interpreter(version))}
    for version in asked.python or PYTHONS:
        if version not in found:
            print(f"Python {version}: not on this machine, and not to be had")
    if not found:
        return 1
    cores = {} if asked.extra else found
    failed = sum(not told(asked.wheel.resolve(), version, "", python) for version, python in cores.items())
    if not asked.core:
        version, python = next(iter(found.items()))
        failed += sum(not told(asked.wheel.resolve(), version, extra, python) for extra in asked.extra or USES)
    return min(failed, 1)


def told(wheel: Path, version: str, extra: str, python: str) -> bool:
    """Try one environment and print how that ended."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cutaway-clean-") as place:
        try:
            said = tried(wheel, extra, python, Path(place))
            good = True
        except (AssertionError, subprocess.CalledProcessError) as error:
            said = f"FAILED: {error}\n{getattr(error, 'stderr', '') or ''}"[-2000:]
            good = False
    print(f"Python {version} {extra or '(core)':<11} {time.monotonic() - began:5.0f} s  {said}", flush=True)
    return good


def tried(wheel: Path, extra: str, python: str, place: Path) -> str:
    """Install the wheel with the extra, and use it; what was found in a few words."""
    own = place / "env" / "bin" / "python"
    ran("uv", "venv", "--quiet", "--python", python, str(place / "env"), folder=place)
    asked = f"cutaway[{extra}] @ {wheel.as_uri()}" if extra else str(wheel)
    links = ["--find-links", os.environ["PIP_FIND_LINKS"]] if os.environ.get("PIP_FIND_LINKS") else []
    ran("uv", "pip", "install", "--quiet", "--python", str(own), *links, asked, folder=place)
    doctor = json.loads(ran(str(own), "-m", "cutaway", "doctor", "--format", "json", folder=place))
    assert all(one["fits"] for one in doctor["base"]), doctor["base"]
    works = {one["name"] for one in doctor["extras"] if one["works"]}
    if extra:
        assert extra in works or extra == "keras", [one for one in doctor["extras"] if one["name"] == extra]
        (place / "use.py").write_text(f"{ROWS}\n{USES[extra]}", encoding="utf-8")
        ran(str(own), "use.py", folder=place)
        return f"works; so do {', '.join(sorted(works - {extra})) or 'no others'}"
    listed = json.loads(ran("uv", "pip", "list", "--format", "json", "--python", str(own), folder=place))
    names = {one["name"] for one in listed}
    assert not names & FRAMEWORKS, names & FRAMEWORKS
    ran(str(own), "-c", CORE, folder=place)
    assert not works, works
    return f"works; {len(names)} packages, {disk(place / 'env') / 1e6:.0f} MB on the disk"


def disk(folder: Path) -> int:
    """Bytes of its files."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


def interpreter(version: str) -> str | None:
    """A Python of that version: one that is here, or one that uv can get."""
    here = [shutil.which(f"python{version}"), *sorted(Path.home().glob(f".pyenv/versions/*/bin/python{version}"))]
    for one in (str(each) for each in here if each):
        if subprocess.run([one, "-c", "import venv"], capture_output=True, check=False).returncode == 0:
            return one
    subprocess.run([uv(), "python", "install", "--quiet", version], capture_output=True, check=False)
    done = subprocess.run(
        [uv(), "python", "find", "--managed-python", version], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else None


def uv() -> str:
    """The program uv, of this environment first."""
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.exists() else shutil.which("uv") or "uv"


def ran(program: str, *words: str, folder: Path) -> str:
    """What the command prints."""
    own = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "KERAS_BACKEND", "VIRTUAL_ENV")
    }
    command = [uv() if program == "uv" else program, *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, env=own)
    return done.stdout


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
