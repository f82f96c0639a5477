"""One kernel for each framework, with this cutaway in it, so that the studies run there as widgets."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from cutaway.core.errors import InputError

FRAMEWORKS = {
    "sklearn": ("scikit-learn", "sklearn"),
    "pytorch": ("PyTorch", "torch"),
    "tensorflow": ("TensorFlow", "tensorflow"),
    "jax": ("JAX", "jax"),
    "xgboost": ("XGBoost", "xgboost"),
    "lightgbm": ("LightGBM", "lightgbm"),
    "catboost": ("CatBoost", "catboost"),
}
"""Framework -> what the launcher shows, and the extra that brings it."""
USUAL = ("sklearn", "pytorch", "tensorflow", "jax")
"""The frameworks of `with_studies = true`; those of boosted trees are named where they are wanted."""
WIDGETS = {"cutaway": "anywidget", "anywidget": "anywidget", "ipywidgets": "ipywidgets"}
"""A kernel's package -> what the server needs beside it, since the page that draws the widgets is the server's."""


def chosen(asked: Any, place: str) -> tuple[str, ...]:
    """The frameworks of `with_studies`: all usual ones for true, none for false, or those of a list.

    Raises: InputError: it is something else, or names a framework that there is not.

    >>> chosen(["jax"], "kernels.toml: server.with_studies")
    ('jax',)
    """
    if isinstance(asked, bool):
        return USUAL if asked else ()
    if not isinstance(asked, list) or not all(isinstance(one, str) for one in asked):
        raise InputError(f'{place}: expected true or a list such as ["pytorch", "jax"], got {asked!r}'[:400])
    for one in asked:
        if one not in FRAMEWORKS:
            near = get_close_matches(one, FRAMEWORKS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(FRAMEWORKS)}"
            raise InputError(f"{place}: no framework is named {one!r}; {hint}")
    return tuple(dict.fromkeys(asked))


def table(framework: str) -> tuple[str, dict[str, Any]]:
    """The name and the content of the table that would ask for a framework's kernel.

    >>> table("pytorch")
    ('studies-pytorch', {'display': 'Studies: PyTorch', 'pip': ['cutaway[torch,notebook]']})
    """
    title, extra = FRAMEWORKS[framework]
    return f"studies-{framework}", {"display": f"Studies: {title}", "pip": [f"cutaway[{extra},notebook]"]}
