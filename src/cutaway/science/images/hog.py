"""Histograms of oriented gradients: what a linear model can be given in place of pixels."""

from __future__ import annotations

import numpy as np

from cutaway.core.errors import InputError


def hog(images: np.ndarray, *, cell: int = 4, orientations: int = 9) -> np.ndarray:
    """Histograms of oriented gradients (n, features) of images (n, h, w) or (n, h, w, 3).

    Slopes by central differences (of the channel that is steepest), their direction without sign cut into
    `orientations` sectors, lengths summed over cells of `cell` × `cell` pixels, and each block of 2 × 2 cells scaled
    to length one, cut off at 0.2 and scaled again (L2-Hys). Rows and columns that fill no cell are left out.

    Raises: InputError for another shape, or images of fewer than 2 × 2 cells.

    Source: Dalal & Triggs 2005, "Histograms of oriented gradients for human detection"; the choices are those of
    scikit-image's `hog`, but for its border: there a slope of 0, here too.

    >>> hog(np.zeros((2, 12, 16))).shape  # (3 - 1) × (4 - 1) blocks of 2 × 2 cells of 9 sectors
    (2, 216)
    """
    images = np.asarray(images, np.float64)
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim != 4 or min(images.shape[1:3]) < 2 * cell:
        raise InputError(
            f"images: hog expected shape (n, h, w) or (n, h, w, 3) of {2 * cell} pixels a side or more, got "
            f"{images.shape}; take smaller cells"
        )
    down, across = np.zeros_like(images), np.zeros_like(images)
    down[:, 1:-1] = images[:, 2:] - images[:, :-2]
    across[:, :, 1:-1] = images[:, :, 2:] - images[:, :, :-2]
    length = np.hypot(down, across)
    steepest = length.argmax(-1)[..., None]
    length, down, across = (np.take_along_axis(x, steepest, -1)[..., 0] for x in (length, down, across))
    sector = np.minimum((np.rad2deg(np.arctan2(down, across)) % 180) / (180 / orientations), orientations - 1e-9)
    n, rows, columns = len(images), images.shape[1] // cell, images.shape[2] // cell
    inside = (slice(None), slice(rows * cell), slice(columns * cell))
    length, code = length[inside], sector[inside].astype(np.int64)
    histograms = np.stack(
        [
            np.where(code == k, length, 0).reshape(n, rows, cell, columns, cell).sum((2, 4)) / cell**2
            for k in range(orientations)
        ],
        axis=-1,
    )
    blocks = np.concatenate(
        [histograms[:, a : rows - 1 + a, b : columns - 1 + b] for a in (0, 1) for b in (0, 1)], axis=-1
    )
    for _ in range(2):
        blocks = blocks / np.sqrt((blocks**2).sum(-1, keepdims=True) + 1e-10)
        blocks = np.minimum(blocks, 0.2) if _ == 0 else blocks
    return np.asarray(blocks.reshape(n, -1), np.float32)
