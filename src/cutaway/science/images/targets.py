"""What a detector is trained to say of an image: a tensor over the cells of its grid, and the way back to boxes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.images.boxes import centres, checked_boxes, size_iou, sizes
from cutaway.science.images.grid import Grid, cell_offset, responsible_cell


@dataclass(frozen=True, eq=False)
class Target:
    """What `encode_boxes` makes of boxes.

    `tensor` (rows, columns, a, 5 + k): an object is there (1 or 0); its centre's offset right and down, as a share of
    the cell; its width and height, as shares of the image or, with anchors, as logarithms of the share of the anchor;
    its class, one-hot. `owner` (rows, columns, a) int64: the box that each place describes, -1 where none does.
    `lost` (m,) int64: the boxes that no place describes, ascending.
    """

    tensor: np.ndarray
    owner: np.ndarray
    lost: np.ndarray


def encode_boxes(
    boxes: np.ndarray,
    labels: np.ndarray,
    grid: Grid,
    *,
    classes: int,
    anchors: np.ndarray | None = None,
    spare: bool = False,
) -> Target:
    """The target of one image with boxes (n, 4) of corners in pixels and labels (n,) in 0 … classes - 1.

    The cell that holds a box's centre is responsible for it (`responsible_cell`). Without anchors a cell has one
    place. With anchors (a, 2), widths and heights in pixels, it has one for each, and a box takes that of the anchor
    with which it shares most. A later box overwrites an earlier one in the same place, as in code that simply
    assigns; with `spare` it takes the best anchor that is still free instead, and is lost where none is.

    No boxes give a tensor of zeros.

    Raises: InputError for boxes that have no area or leave the image, labels that are no class, or anchors that are no
    sizes.

    Source: Redmon et al. 2016, You Only Look Once; Redmon & Farhadi 2017, YOLO9000, for anchors.

    >>> made = encode_boxes([[40, 0, 80, 50]], [1], Grid(2, 4, 100, 200), classes=2)
    >>> made.owner[:, :, 0].tolist()
    [[-1, 0, -1, -1], [-1, -1, -1, -1]]
    >>> made.tensor[0, 1, 0].round(3).tolist()
    [1.0, 0.2, 0.5, 0.2, 0.5, 0.0, 1.0]
    """
    boxes = checked_boxes(boxes, grid.height, grid.width)
    labels = np.asarray(labels, dtype=np.int64).reshape(-1)
    if labels.size != len(boxes):
        raise InputError(f"labels: expected one label a box, got {labels.size} for {len(boxes)} boxes")
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise InputError(f"labels: expected classes 0 … {classes - 1}, got {labels.min()} to {labels.max()}")
    base = _base(anchors)
    middle, size = centres(boxes), sizes(boxes)
    cells, offset = responsible_cell(middle, grid), cell_offset(middle, grid)
    shape = size / [grid.width, grid.height] if base is None else None
    places = 1 if base is None else len(base)
    overlap = np.ones((len(boxes), 1)) if base is None else size_iou(size, base)
    tensor = np.zeros((grid.rows, grid.columns, places, 5 + classes))
    owner = np.full((grid.rows, grid.columns, places), -1, np.int64)
    for i, (row, column) in enumerate(cells.tolist()):
        free = owner[row, column] < 0
        wanted = np.where(free, overlap[i], -1.0) if spare else overlap[i]
        if spare and not free.any():
            continue
        a = int(wanted.argmax())
        owner[row, column, a] = i
        extent = shape[i] if shape is not None else np.log(size[i] / base[a])  # type: ignore[index]
        tensor[row, column, a] = [1.0, *offset[i], *extent, *(np.arange(classes) == labels[i])]
    return Target(tensor, owner, np.setdiff1d(np.arange(len(boxes)), owner))


def decode_boxes(
    tensor: np.ndarray, grid: Grid, *, anchors: np.ndarray | None = None, least: float = 0.5
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Boxes (m, 4), labels (m,) and objectness (m,) of the places whose objectness is `least` or more, cell by cell.

    The inverse of `encode_boxes`. A network's output may leave the image, and is not cut here.

    Raises: InputError for a tensor that does not belong to the grid and the anchors.

    >>> grid = Grid(2, 4, 100, 200)
    >>> decode_boxes(encode_boxes([[40, 0, 80, 50]], [1], grid, classes=2).tensor, grid)[0].tolist()
    [[40.0, 0.0, 80.0, 50.0]]
    """
    tensor, base = np.asarray(tensor, dtype=float), _base(anchors)
    shape = (grid.rows, grid.columns, 1 if base is None else len(base))
    if tensor.ndim != 4 or tensor.shape[:3] != shape or tensor.shape[3] < 6:
        raise InputError(
            f"tensor: expected {(*shape, '5 + classes')} for this grid and these anchors, got {tensor.shape}"
        )
    row, column, a = np.nonzero(tensor[..., 0] >= least)
    found = tensor[row, column, a]
    cell = np.array([grid.width / grid.columns, grid.height / grid.rows])
    middle = (np.stack([column, row], axis=1) + found[:, 1:3]) * cell
    size = found[:, 3:5] * [grid.width, grid.height] if base is None else np.exp(found[:, 3:5]) * base[a]
    return np.hstack([middle - size / 2, middle + size / 2]), found[:, 5:].argmax(axis=1), found[:, 0]


def _base(anchors: np.ndarray | None) -> np.ndarray | None:
    if anchors is None:
        return None
    out = np.asarray(anchors, dtype=float)
    if out.ndim != 2 or out.shape[1] != 2 or not len(out) or not (out > 0).all():
        raise InputError(f"anchors: expected widths and heights above 0, shape (a, 2), got {out.shape}")
    return out
