"""IMG004: sizes and aspect ratios that the resize will distort."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.images import ImagesSubject, named
from cutaway.core.figures import Axis, Distribution
from cutaway.core.findings import Finding, Remedy
from cutaway.core.wording import percent


@check("IMG004", name="distorting resize", asks="images", needs=("readable",))
def distorting_resize(
    subject: ImagesSubject, *, max_stretch: float = 1.25, max_enlargement: float = 2.0, max_share: float = 0.05
) -> Iterator[Finding]:
    """The resize to one size stretches images, or blows small ones up.

    Why it matters: a circle that becomes an ellipse in some images and stays one in others is a shape that the network
    has to learn twice; and where classes differ in their aspect ratio, the stretch itself tells the class. An image
    that is enlarged has no more detail than before, only softer pixels, which is a mark of small images.

    What to do: keep the aspect ratio (resize the longer side, then pad; or the shorter one, then crop), and choose a
    size that most images have.

    Null: none; sizes are counted, so it cannot be a false alarm. Named are more than `max_share` of the images that are
    stretched by more than `max_stretch` (their aspect ratio against the target's), or enlarged more than
    `max_enlargement` times. Without --resize, the commonest size of the folder stands for the target.

    Passed: The resize stretches and enlarges hardly any image.

    Source: Touvron, Vedaldi, Douze & Jégou 2019, "Fixing the train-test resolution discrepancy".

    Example: long images and a square target fire; images of the target's shape stay silent.

    >>> from cutaway.checks.run.images_example import folder_of, scenes
    >>> square, long = scenes(18), scenes(2, (24, 72))
    >>> [f.title for f in distorting_resize(folder_of(square + long, resize=(32, 32)))]
    ['10.0 % of the images are stretched by more than 1.25 in a resize to 32 × 32, up to 3.0 times: 18.png and 19.png']
    >>> list(distorting_resize(folder_of(square, resize=(32, 32))))
    []
    """
    rows = subject.readable
    height, width = subject.values("height").astype(float), subject.values("width").astype(float)
    commonest = Counter(zip(height, width, strict=True)).most_common(1)[0][0]
    to = subject.resize or (int(commonest[0]), int(commonest[1]))
    target = f"{to[0]} × {to[1]}"
    given = f"a resize to {target}" if subject.resize else f"a resize to the commonest size, {target}"
    ratio = (to[1] / to[0]) / (width / height)
    stretch = np.maximum(ratio, 1 / ratio)
    # One pixel of rounding is no stretch: 28 × 27 next to 28 × 28.
    slack = 1 + 1 / np.minimum(height, width)
    bad = stretch > max_stretch * slack
    if bad.mean() > max_share:
        yield Finding(
            title=(
                f"{percent(bad.mean())} of the images are stretched by more than {max_stretch:g} in {given}, up to "
                f"{stretch.max():.1f} times: {named([subject.pictures[i].name for i in rows[bad]])}"
            ),
            severity="medium",
            columns=tuple(subject.pictures[i].name for i in rows[bad]),
            evidence={
                "share_of_images_stretched": float(bad.mean()),
                "largest_stretch": float(stretch.max()),
                "median_stretch": float(np.median(stretch)),
            },
            detail=_by_class(subject, bad),
            figure=_histogram(np.log2(ratio), bad.mean(), max_stretch, target),
            remedy=Remedy(
                "Keep the aspect ratio: resize the longer side and pad, in training and in use alike.",
                _code(to),
            ),
        )
    enlarged = np.maximum(to[0] / height, to[1] / width)
    small = enlarged > max_enlargement
    if subject.resize and small.mean() > max_share:
        yield Finding(
            title=(
                f"{percent(small.mean())} of the images are enlarged more than {max_enlargement:g} times in {given}, "
                f"up to {enlarged.max():.1f} times: {named([subject.pictures[i].name for i in rows[small]])}"
            ),
            severity="low" if small.mean() < 0.5 else "medium",
            columns=tuple(subject.pictures[i].name for i in rows[small]),
            evidence={
                "share_of_images_enlarged": float(small.mean()),
                "largest_enlargement": float(enlarged.max()),
                "median_shorter_side_pixels": float(np.median(np.minimum(height, width))),
            },
            detail=_by_class(subject, small),
            remedy=Remedy(
                f"Choose a smaller size: half of the images have a shorter side of "
                f"{np.median(np.minimum(height, width)):.0f} pixels or less.",
                {"PyTorch": f"v2.Resize(({_down(height)}, {_down(width)}), antialias=True)"},
            ),
        )


def _down(sides: np.ndarray) -> int:
    """The median side, rounded down to a multiple of eight where there is room."""
    side = int(np.median(sides))
    return max(side // 8 * 8, 8) if side >= 8 else side


def _by_class(subject: ImagesSubject, bad: np.ndarray) -> str:
    """How the share differs between the classes, where it does."""
    labels = subject.values("label")
    shares = {name: float(bad[labels == name].mean()) for name in subject.classes}
    if len(shares) < 2:
        return ""
    low, high = min(shares, key=lambda k: shares[k]), max(shares, key=lambda k: shares[k])
    if shares[high] - shares[low] < 0.1:
        return ""
    return (
        f"Classes differ in it: {percent(shares[high], 0)} of “{high}” against {percent(shares[low], 0)} of “{low}”, "
        "so that the distortion itself tells the class."
    )


def _histogram(stretch: np.ndarray, share: float, most: float, target: str) -> Distribution:
    reach = max(float(np.abs(stretch).max()), np.log2(most)) * 1.05
    counts, edges = np.histogram(stretch, bins=25, range=(-reach, reach))
    return Distribution(
        alt=f"{percent(share)} of the images are stretched by more than {most:g} to become {target}.",
        x=Axis(label="stretch of the width against the height", unit="log₂; 0 keeps the shape"),
        edges=tuple(float(e) for e in edges),
        counts=tuple(float(c) for c in counts),
        observed=float(np.log2(most)),
        observed_label=f"{most:g} times",
    )


def _code(to: tuple[int, int]) -> dict[str, str]:
    height, width = to
    return {
        "Pillow": f"image = ImageOps.pad(image, ({width}, {height}), color=(128, 128, 128))",
        "Keras": f"layer = keras.layers.Resizing({height}, {width}, pad_to_aspect_ratio=True)",
        "TensorFlow": f"x = tf.image.resize_with_pad(x, {height}, {width}, antialias=True)",
        "OpenCV": f"s = min({height} / x.shape[0], {width} / x.shape[1])\n"
        "x = cv2.resize(x, None, fx=s, fy=s, interpolation=cv2.INTER_AREA)\n"
        f"down, right = {height} - x.shape[0], {width} - x.shape[1]\n"
        "x = cv2.copyMakeBorder(x, down // 2, down - down // 2, right // 2, right - right // 2, "
        "cv2.BORDER_CONSTANT, value=(128, 128, 128))",
    }
