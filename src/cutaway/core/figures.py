"""Figures as typed values: what is to be drawn, never how.

The terminal, the static page and the browser draw the same values. Every figure has `alt`, one sentence that states
what the picture shows (the finding, not the kind of picture), for those who cannot see it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Scale = Literal["linear", "log"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """What an axis measures: `label` names the quantity, `unit` what of or in what ("share of rows", "km/h", "")."""

    label: str
    unit: str = ""
    scale: Scale = "linear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """One horizontal bar a label; `parts` splits each bar into named pieces (then `values` are their sums)."""

    alt: str
    axis: Axis
    labels: tuple[str, ...]
    values: tuple[float, ...]
    parts: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    harmful: tuple[bool, ...] = ()  # drawn in the colour of harm; empty: none is
    reference: float | None = None  # a line across the bars
    reference_label: str = ""
    kind: Literal["bars"] = "bars"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """A point with an interval a label (a forest plot); `null` is the value of no effect."""

    alt: str
    axis: Axis
    labels: tuple[str, ...]
    centre: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    null: float | None = None
    notes: tuple[str, ...] = ()  # beside each label, in a paler colour
    kind: Literal["intervals"] = "intervals"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One series of a `Lines` figure; `low` and `high`, when present, bound its band."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    role: Literal["main", "other", "harm"] = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A labelled place in a plane: a point, or a line across it where `x` or `y` is None."""

    label: str
    x: float | None = None
    y: float | None = None
    role: Literal["main", "other", "harm"] = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Curves over a common axis, each with an optional band."""

    alt: str
    x: Axis
    y: Axis
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...] = ()
    kind: Literal["lines"] = "lines"


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """A scatter of points; `group` indexes `groups` (empty: one group)."""

    alt: str
    x_axis: Axis
    y_axis: Axis
    x: tuple[float, ...]
    y: tuple[float, ...]
    group: tuple[int, ...] = ()
    groups: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()  # drawn over the points, as a fitted curve
    marks: tuple[Mark, ...] = ()
    kind: Literal["points"] = "points"


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """A statistic against its null: a histogram with the observed value marked."""

    alt: str
    x: Axis
    edges: tuple[float, ...]  # one more than counts
    counts: tuple[float, ...]
    observed: float | None = None
    observed_label: str = ""
    kind: Literal["distribution"] = "distribution"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """A labelled grid of numbers, such as correlations or a confusion matrix."""

    alt: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    unit: str = ""
    kind: Literal["matrix"] = "matrix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """Pixels by row from the top; `pixels` holds `channels` bytes a pixel (1: grey, 3: red, green, blue)."""

    alt: str
    width: int
    height: int
    channels: Literal[1, 3]
    pixels: bytes
    kind: Literal["image"] = "image"


@dataclass(frozen=True, slots=True, kw_only=True)
class Animation:
    """Figures of one kind, one after the other; `names` says what each frame shows."""

    alt: str
    frames: tuple[Bars | Intervals | Lines | Points | Distribution | Matrix | Image, ...]
    names: tuple[str, ...]
    seconds_a_frame: float = 0.1
    kind: Literal["animation"] = "animation"


Figure = Bars | Intervals | Lines | Points | Distribution | Matrix | Image | Animation
