"""The frameworks that are compared: what each is called, which packages it needs and with whom it shares a process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from importlib import metadata

from cutaway.core.errors import InputError


@dataclass(frozen=True, slots=True)
class Framework:
    """`packages`: distributions of which one each must be there, alternatives joined by "|"; the first gives the
    version. `process`: frameworks of one process do not disturb each other. `environment`: what must be set before it
    is imported.
    """

    name: str
    packages: tuple[str, ...]
    process: str
    environment: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()


_TENSORFLOW = "tensorflow|tensorflow-cpu"
# Inputs are so small that JAX spends nearly all its time compiling. What it would optimise is speed, not the formula.
_JAX = {"JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}

FRAMEWORKS = {
    one.name: one
    for one in (
        Framework("numpy", ("numpy",), "plain", aliases=("np",)),
        Framework("scipy", ("scipy",), "plain"),
        Framework("scikit-learn", ("scikit-learn",), "plain", aliases=("sklearn",)),
        Framework("statsmodels", ("statsmodels",), "plain"),
        Framework("opencv", ("opencv-python-headless|opencv-python",), "plain", aliases=("cv2",)),
        Framework("pillow", ("pillow",), "plain", aliases=("pil",)),
        Framework("scikit-image", ("scikit-image",), "plain", aliases=("skimage",)),
        Framework("pytorch", ("torch",), "torch", aliases=("torch",)),
        Framework("torchmetrics", ("torchmetrics", "torch"), "torch"),
        Framework("jax", ("jax",), "jax", _JAX),
        Framework("optax", ("optax", "jax"), "jax"),
        Framework("flax", ("flax", "jax"), "jax"),
        Framework("xgboost", ("xgboost-cpu|xgboost",), "boosting", aliases=("xgb",)),
        Framework("lightgbm", ("lightgbm",), "boosting", aliases=("lgb",)),
        Framework("catboost", ("catboost",), "boosting"),
        Framework("tensorflow", (_TENSORFLOW,), "tensorflow", {"KERAS_BACKEND": "tensorflow"}, ("tf",)),
        Framework("keras", ("keras", _TENSORFLOW), "tensorflow", {"KERAS_BACKEND": "tensorflow"}),
        Framework("keras on jax", ("keras", "jax"), "keras on jax", {"KERAS_BACKEND": "jax"} | _JAX, ("keras-jax",)),
        Framework("keras on torch", ("keras", "torch"), "keras on torch", {"KERAS_BACKEND": "torch"}, ("keras-torch",)),
        Framework("torchvision", ("torchvision", "torch"), "torch"),
    )
}
"""By name. A process is started in this order, so that what imports fast answers first."""


def framework(name: str) -> Framework:
    """The framework of that name or alias.

    Raises:
        InputError: there is none; the message names the nearest.
    """
    known = {alias: one for one in FRAMEWORKS.values() for alias in (one.name, *one.aliases)}
    if name.lower() not in known:
        near = get_close_matches(name.lower(), known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(FRAMEWORKS)}"
        raise InputError(f"no framework is named {name!r}; {hint}")
    return known[name.lower()]


@cache
def version(name: str) -> str | None:
    """The installed version of a framework, without importing it; None where one of its packages is missing."""
    found = versions(name)
    return None if found is None else found[0]


def versions(name: str) -> tuple[str, ...] | None:
    """The versions of a framework's packages, its own first; None where one of them is missing."""
    found = [_version(package) for package in FRAMEWORKS[name].packages]
    return tuple(one for one in found if one is not None) if None not in found else None


def _version(alternatives: str) -> str | None:
    for package in alternatives.split("|"):
        try:
            return metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return None
