"""IMG006: training and serving prepare images differently."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.images import ImagesSubject
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, Remedy

SAMPLE = 64


@check("IMG006", name="other preparation when serving", asks="images", needs=("readable", "serving"))
def other_preparation(
    subject: ImagesSubject, *, max_mean_levels: float = 1.0, max_far_levels: float = 8.0
) -> Iterator[Finding]:
    """The resize or the grey of serving gives other pixels than that of training, for the same image.

    Why it matters: libraries resize by different formulas under one name. OpenCV, PyTorch and Keras look at two pixels
    each way and skip the rest when an image shrinks; Pillow and JAX average all. A network that learned from
    the one sees other textures in the other, and nothing fails but the accuracy.

    What to do: prepare with one library in both places, or with settings that give the same numbers:
    `cutaway compare resize_bilinear` and `cutaway compare grey` say which do.

    Null: the same pixels, but for rounding, which is at most half a level of 255. Measured on up to 64 images of the
    folder with each library's formula; named when the mean difference exceeds `max_mean_levels`, or one value in a
    hundred differs by more than `max_far_levels`. Smooth images may be prepared either way.

    Passed: Both preparations give these images nearly the same pixels.

    Source: Parmar, Zhang & Zhu 2022, "On aliased resizing and surprising subtleties in GAN evaluation".

    Example: two pixels against an average fire on a fine grain; one way in both places stays silent.

    >>> from cutaway.checks.run.images_audit import preparation
    >>> from cutaway.checks.run.images_example import folder_of, scenes
    >>> ways = {name: preparation(name, (16, 16), False) for name in ("opencv", "pillow", "torch")}
    >>> for serving in ("opencv", "torch"):
    ...     subject = folder_of(scenes(12, (128, 128)), training=ways["torch"], serving=ways[serving])
    ...     print(len(list(other_preparation(subject))))
    0
    0
    >>> subject = folder_of(scenes(12, (128, 128)), training=ways["torch"], serving=ways["pillow"])
    >>> [f.severity for f in other_preparation(subject)]
    ['high']
    """
    training, serving = subject.training, subject.serving
    assert training is not None and serving is not None
    rows = subject.readable[:: max(1, subject.readable.size // SAMPLE)][:SAMPLE]
    means, far = [], []
    for i in rows:
        image = subject.pixels(int(i))
        a, b = (np.asarray(one.of(image), np.float64) for one in (training, serving))
        if a.shape != b.shape:
            yield Finding(
                title=f"Training makes {subject.pictures[i].name} {_shape(a)}, serving {_shape(b)}",
                severity="high",
                columns=(subject.pictures[i].name,),
                remedy=Remedy("Let both make the same shape."),
            )
            return
        apart = np.abs(a - b)
        means.append(float(apart.mean()))
        far.append(float(np.quantile(apart, 0.99)))
    mean, most = float(np.mean(means)), float(np.mean(far))
    if mean <= max_mean_levels and most <= max_far_levels:
        return
    order = np.argsort(means)[::-1][:8]
    worst = subject.pictures[rows[order[0]]].name
    yield Finding(
        title=(
            f"Training ({training.name}) and serving ({serving.name}) give the same image other pixels: {mean:.1f} "
            f"levels of 255 apart on average, {most:.0f} or more for one value in a hundred"
        ),
        severity="high" if mean > 2 * max_mean_levels or most > 2 * max_far_levels else "medium",
        columns=(worst,),
        evidence={
            "mean_difference_in_levels": mean,
            "difference_of_one_value_in_100_in_levels": most,
            "images_measured": float(rows.size),
        },
        detail=f"Training does {training.call}; serving does {serving.call}.",
        figure=Bars(
            alt=f"{worst} differs most: by {max(means):.1f} levels on average.",
            axis=Axis(label="mean difference", unit="levels of 255"),
            labels=tuple(subject.pictures[rows[k]].name for k in order),
            values=tuple(means[k] for k in order),
            harmful=tuple(means[k] > max_mean_levels for k in order),
            reference=max_mean_levels,
            reference_label="limit",
        ),
        remedy=Remedy(
            "Use one library in both places, or settings with the same formula: the code averages all pixels in each.",
            {
                "PyTorch": 'x = F.interpolate(x, size, mode="bilinear", antialias=True)',
                "TensorFlow": "x = tf.image.resize(x, size, antialias=True)",
                "Pillow": "image = image.resize(size, Image.Resampling.BILINEAR)",
                "JAX": 'x = jax.image.resize(x, shape, "bilinear")',
            },
        ),
    )


def _shape(image: np.ndarray) -> str:
    height, width = image.shape[:2]
    return f"{height} × {width}" + (" in colour" if image.ndim == 3 else " in grey")
