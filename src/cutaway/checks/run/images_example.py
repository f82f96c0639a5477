"""Small folders of images for the doctests of the checks, made in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cutaway.checks.run.images import ImagesSubject
from cutaway.engines.readers.inspection import Picture, numbers
from cutaway.engines.readers.pictures import Folder, Place


def folder_of(
    images: Sequence[np.ndarray],
    labels: Sequence[str] = (),
    parts: Sequence[str] = (),
    kept: Mapping[str, Any] | None = None,
    **asked: Any,
) -> ImagesSubject:
    """The subject of images (h, w) or (h, w, 3) uint8 named 0.png, 1.png and so on.

    `kept`: fields of every `Picture`, such as its format. `asked`: fields of the subject, such as `resize`.
    """
    n = len(images)
    colours = [image if image.ndim == 3 else np.repeat(image[:, :, None], 3, 2) for image in images]
    of = [(f"{i}.png", labels[i] if labels else "", parts[i] if parts else "") for i in range(n)]
    pictures = tuple(
        Picture(
            **{
                "name": name,
                "label": label,
                "part": part,
                "bytes": image.size,
                "width": image.shape[1],
                "height": image.shape[0],
                **(kept or {}),
                **numbers(image),
            }
        )
        for (name, label, part), image in zip(of, colours, strict=True)
    )
    places = tuple(Place(Path(name), name, label, part) for name, label, part in of)
    return ImagesSubject(
        Folder("images", places, labelled_by="folder" if labels else ""), pictures, lambda i: colours[i], **asked
    )


def scenes(n: int, shape: tuple[int, int] = (48, 48), seed: int = 0) -> list[np.ndarray]:
    """Pictures of overlapping discs with a fine grain, uint8 (h, w, 3), each different."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: shape[0], : shape[1]]
    out = []
    for _ in range(n):
        image = np.tile(rng.uniform(40, 215, 3), (*shape, 1))
        for _ in range(12):
            inside = (x - rng.uniform(0, shape[1])) ** 2 + (y - rng.uniform(0, shape[0])) ** 2
            image[inside < rng.uniform(0.1, 0.35) ** 2 * shape[0] * shape[1]] = rng.uniform(20, 235, 3)
        out.append(np.clip(image + rng.normal(0, 3, image.shape), 0, 255).astype(np.uint8))
    return out
