"""Quantities that frameworks compute differently: one file a quantity, its variants run, its converters proved.

from cutaway import compare

compare.class_weights.run()
compare.class_weights.convert("keras", "torch")
"""

from __future__ import annotations

from typing import Any

from cutaway.compare.run.discovery import discover, named, names

__all__ = ["discover", "named", "names"]


def __getattr__(name: str) -> Any:
    """The module of the topic of that name, with `run` and `convert`."""
    hyphened = name.replace("_", "-")
    if name.startswith("_") or name == "run" or hyphened not in names():
        raise AttributeError(f"module 'cutaway.compare' has no attribute {name!r}")
    return named(hyphened).module
