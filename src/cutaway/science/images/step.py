"""A step of a pipeline: an operation with its parameters, as a value."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from typing import Any, ClassVar, Literal, get_args, get_type_hints

import numpy as np

from cutaway.core.errors import InputError, InputTypeError, MissingExtraError

Language = Literal["skimage", "opencv", "torch"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

KINDS: dict[str, type[Step]] = {}
"""Operation -> its class, in the order of the files that define them."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation: what it means, and what it may be.

    Args:
        name: as in the pipeline's file.
        kind: "whole" and "number" lie in `low` … `high`, "choice" is one of `choices`, "numbers" are three numbers.
        default: None where the operation decides (or where it must be given, if `required`).
        unit: of the number, or an empty string.
        sentence: what it does.
    """

    name: str
    kind: Literal["whole", "number", "choice", "numbers"]
    default: Any
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    unit: str
    sentence: str
    required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """What an operation is and does, for lists and pickers.

    Args:
        name: as in the pipeline's file.
        sentence: what it does.
        group: geometry, intensity, smoothing, edges, thresholds, morphology, regions, frequency, colour.
        parameters: in order.
        histogram, spectrum: what it does to the histogram of levels, and to the power spectrum.
        needs: "any" image, a "grey" one or one in "colour".
        levels, share: printed code gives pixels within `levels` of 255, but for this share of them.
    """

    name: str
    sentence: str
    group: str
    parameters: tuple[Parameter, ...]
    histogram: str
    spectrum: str
    needs: str
    levels: float
    share: float


@dataclass(frozen=True)
class Step:
    """One operation with its parameters; called with an image it returns another.

    An image is an array of uint8 with levels 0 … 255, or of float32 with 0 for black and 1 for white, of shape (h, w)
    or (h, w, 3) in RGB. Parameters that are levels are shares of white, so that they mean the same for both.

    Raises: InputError for a parameter out of its range.
    """

    name: ClassVar[str] = ""
    group: ClassVar[str] = ""
    needs: ClassVar[str] = "any"
    histogram: ClassVar[str] = ""
    spectrum: ClassVar[str] = ""
    levels: ClassVar[float] = 1.0
    share: ClassVar[float] = 0.0

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.name:
            KINDS[cls.name] = cls

    def __post_init__(self) -> None:
        for one in self.describe().parameters:
            object.__setattr__(self, one.name, _checked(self.name, one, getattr(self, one.name)))

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """The image after the operation: uint8 stays uint8 but for what makes floats, and says so.

        Raises: InputError for an image that the operation cannot take; MissingExtraError without `cutaway[images]`.
        """
        checked_image(image, self.name)
        if self.needs == "grey" and image.ndim == 3:
            raise InputError(f"{self.name}: expected a grey image (h, w), got {image.shape}; put grey before it")
        if self.needs == "colour" and image.ndim == 2:
            raise InputError(f"{self.name}: expected a colour image (h, w, 3), got a grey one {image.shape}")
        self.check(image)
        try:
            return np.ascontiguousarray(self.run(image))
        except ModuleNotFoundError as error:
            if (error.name or "").split(".")[0] in ("cv2", "skimage", "PIL"):
                raise MissingExtraError(f"the operation {self.name}", "images") from error
            raise

    def check(self, image: np.ndarray) -> None:
        """Refuse an image that fits none of the operation's results."""

    def run(self, image: np.ndarray) -> np.ndarray:
        """The operation by the fastest library that gives its defined result; OpenCV unless a subclass says else."""
        from cutaway.science.images.printed import opencv, opencv_masks

        home = opencv if hasattr(opencv, self.name) else opencv_masks
        out: np.ndarray = getattr(home, self.name)(image, **self.values())
        return out

    def values(self) -> dict[str, Any]:
        """Parameters by name."""
        return dict(vars(self))  # in the order of the fields, which __init__ sets

    @classmethod
    @cache
    def describe(cls) -> Operation:
        """What the operation is, with its parameters and their ranges."""
        hints = get_type_hints(cls)
        parameters = tuple(
            Parameter(
                one.name,
                one.metadata["kind"],
                None if one.default is MISSING else one.default,
                one.metadata["low"],
                one.metadata["high"],
                tuple(str(word) for word in get_args(hints[one.name])) if one.metadata["kind"] == "choice" else (),
                one.metadata["unit"],
                one.metadata["sentence"],
                one.default is MISSING,
            )
            for one in fields(cls)
        )
        sentence = " ".join((cls.__doc__ or "").split("\n\n")[0].split())
        return Operation(
            cls.name, sentence, cls.group, parameters, cls.histogram, cls.spectrum, cls.needs, cls.levels, cls.share
        )


def whole(sentence: str, low: int, high: int, default: int | None = -1, unit: str = "pixels") -> Any:
    """A field for a whole number; a default of -1 stands for none, so that it must be given."""
    about = _about("whole", sentence, low, high, unit)
    return field(metadata=about) if default == -1 else field(default=default, metadata=about)


def number(sentence: str, low: float, high: float, default: float | None = None, unit: str = "share of white") -> Any:
    """A field for a number; without a default it must be given."""
    about = _about("number", sentence, low, high, unit)
    return field(metadata=about) if default is None else field(default=default, metadata=about)


def choice(sentence: str, default: str) -> Any:
    """A field for one of the words of its type."""
    return field(default=default, metadata=_about("choice", sentence, None, None, ""))


def numbers(sentence: str, low: float, high: float) -> Any:
    """A field for three numbers, one a channel, or none."""
    return field(default=None, metadata=_about("numbers", sentence, low, high, "share of white"))


def checked_image(image: Any, where: str) -> None:
    """Raise InputError or InputTypeError for what is no image."""
    if not isinstance(image, np.ndarray) or image.dtype not in (np.uint8, np.float32):
        kind = f"an array of {image.dtype}" if isinstance(image, np.ndarray) else type(image).__name__
        raise InputTypeError(
            f"{where}: expected an image as an array of uint8 (0 … 255) or float32 (0 … 1), got {kind}; convert it"
        )
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] != 3) or 0 in image.shape:
        raise InputError(f"{where}: expected an image of shape (h, w) or (h, w, 3), got {image.shape}")


def _about(kind: str, sentence: str, low: float | None, high: float | None, unit: str) -> dict[str, Any]:
    return {"kind": kind, "sentence": sentence, "low": low, "high": high, "unit": unit}


def _checked(where: str, one: Parameter, value: Any) -> Any:
    """The value in the parameter's type."""
    if value is None and not one.required and one.default is None:
        return None
    if one.kind == "choice":
        if value not in one.choices:
            raise InputError(f"{where}: expected {one.name} to be one of {', '.join(one.choices)}, got {value!r}")
        return value
    if one.kind == "numbers":
        if not isinstance(value, list | tuple) or len(value) != 3:
            raise InputError(f"{where}: expected {one.name} to be three numbers, one a channel, got {value!r}")
        return tuple(_in_range(where, one, each) for each in value)
    return _in_range(where, one, value)


def _in_range(where: str, one: Parameter, value: Any) -> float | int:
    assert one.low is not None and one.high is not None
    right = isinstance(value, int | np.integer) if one.kind == "whole" else isinstance(value, int | float | np.number)
    if not right or isinstance(value, bool) or not one.low <= value <= one.high:
        kind = "a whole number" if one.kind == "whole" else "a number"
        unit = f" {one.unit}" if one.unit else ""
        raise InputError(
            f"{where}: expected {one.name} to be {kind} in {one.low:g} … {one.high:g}{unit}, got {value!r}"
        )
    return int(value) if one.kind == "whole" else float(value)
