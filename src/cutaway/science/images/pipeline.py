"""A pipeline: steps one after the other, as a value that can be saved, printed as code, and applied."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.images import colours, edges, geometry, intensity, morphology, regions, smoothing, thresholds
from cutaway.science.images.step import KINDS, LANGUAGES, Language, Operation, Step, checked_image

GROUPS = (geometry, colours, intensity, smoothing, edges, thresholds, morphology, regions)  # importing them fills KINDS
LONGEST = 100  # steps


@dataclass(frozen=True)
class Pipeline:
    """Steps applied one after the other: `pipeline(image)` is the image after the last.

    Without steps an image stays what it is.

    >>> import numpy as np
    >>> from cutaway.science.images.geometry import Crop, Flip
    >>> Pipeline((Flip("horizontal"), Crop(1, 2)))(np.array([[1, 2, 3]], np.uint8)).tolist()
    [[3, 2]]
    """

    steps: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", tuple(self.steps))
        if len(self.steps) > LONGEST:
            raise InputError(f"Pipeline: expected no more than {LONGEST} steps, got {len(self.steps)}")
        for one in self.steps:
            if not isinstance(one, Step):
                raise InputError(f"Pipeline: expected steps such as Resize(64, 64), got {one!r}")

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """The image after every step.

        Raises: InputError for what is no image, floats that are not finite, or a step that cannot take what came out
        of the step before it; MissingExtraError without `cutaway[images]`.
        """
        checked_image(image, "image")
        if image.dtype == np.float32 and not np.isfinite(image).all():
            raise InputError("image: expected finite values, got NaN or infinity; fill them first")
        for step in self.steps:
            image = step(image)
        return image

    def to_toml(self) -> str:
        """The pipeline as text, which `Pipeline.of_toml` reads.

        >>> from cutaway.science.images.colours import Grey
        >>> print(Pipeline((Grey(),)).to_toml())
        [[step]]
        operation = "grey"
        weights = "601"
        <BLANKLINE>
        """
        return "\n".join(
            "\n".join(
                [
                    "[[step]]",
                    f'operation = "{step.name}"',
                    *(f"{name} = {_toml(value)}" for name, value in step.values().items() if value is not None),
                    "",
                ]
            )
            for step in self.steps
        )

    @staticmethod
    def of_toml(text: str) -> Pipeline:
        r"""The pipeline that the text describes: `[[step]]` tables with `operation` and its parameters.

        Raises: InputError for text that is no TOML, an operation or parameter that there is not, or a value out of
        range, with the number of the step.

        >>> Pipeline.of_toml('[[step]]\noperation = "gaussian"\nsigma = 2')
        Pipeline(steps=(Gaussian(sigma=2.0),))
        """
        try:
            read = tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # the first, for numbers of thousands of digits, too
            raise InputError(f"pipeline: is no TOML ({error}); write [[step]] tables with operation = …") from error
        unknown = [name for name in read if name != "step"]
        if unknown:
            raise InputError(f"pipeline: expected only [[step]] tables, got {unknown[0]!r}")
        steps = read.get("step", [])
        if not isinstance(steps, list) or not all(isinstance(one, dict) for one in steps):
            raise InputError("pipeline: expected [[step]] tables, with two brackets, got a [step]")
        return Pipeline(tuple(_step(number, one) for number, one in enumerate(steps, 1)))

    def code(self, language: Language) -> str:
        """Python code of a function `pipeline` that does the same with this library, ready to be run.

        Its pixels are those of this pipeline, each step's within the levels and the share of pixels that its
        operation states. Code for scikit-image and OpenCV takes the same arrays; for PyTorch, tensors (c, h, w).

        Raises: InputError for another language.
        """
        from cutaway.science.images.printed.code import printed

        if language not in LANGUAGES:
            raise InputError(f"code: expected one of {', '.join(LANGUAGES)}, got {language!r}")
        return printed([(step.name, step.values()) for step in self.steps], language)


def operations() -> tuple[Operation, ...]:
    """Every operation that a pipeline can hold, with its parameters, their ranges, and what it does.

    >>> [one.name for one in operations()][:3]
    ['resize', 'crop', 'rotate']
    """
    return tuple(KINDS[name].describe() for name in _names())


def _names() -> list[str]:
    """Operations group by group, whichever file was imported first."""
    order = [module.__name__ for module in GROUPS]
    return sorted(KINDS, key=lambda name: order.index(KINDS[name].__module__))


def _step(number: int, read: Mapping[str, Any]) -> Step:
    given = dict(read)
    name = given.pop("operation", None)
    if not isinstance(name, str) or name not in KINDS:
        near = get_close_matches(str(name), KINDS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"the operations are {', '.join(_names())}"
        raise InputError(f"pipeline, step {number}: no operation {name!r}; {hint}")
    kind = KINDS[name]
    known = [one.name for one in fields(kind)]
    unknown = [word for word in given if word not in known]
    if unknown:
        raise InputError(
            f"pipeline, step {number}: {name} has no parameter {unknown[0]!r}; it has {', '.join(known) or 'none'}"
        )
    missing = [one.name for one in kind.describe().parameters if one.required and one.name not in given]
    if missing:
        raise InputError(f"pipeline, step {number}: {name} needs {' and '.join(missing)}")
    try:
        return kind(**given)
    except InputError as error:
        raise InputError(f"pipeline, step {number}: {error}") from error


def _toml(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(repr, value))}]"
    return f'"{value}"' if isinstance(value, str) else repr(value)
