"""Boxes around objects in an image, and the grid of a detector that is asked for them."""

from cutaway.science.images.anchors import anchor_overlap, best_anchor, fit_anchors
from cutaway.science.images.boxes import box_iou, centres, checked_boxes, size_iou, sizes
from cutaway.science.images.collisions import expected_lost, lost_boxes
from cutaway.science.images.grid import Grid, cell_offset, responsible_cell
from cutaway.science.images.hashes import bits_between, likeness, near_pairs, perceptual_hash, thumbnail
from cutaway.science.images.quality import Exposure, blur, exposure, grey_of
from cutaway.science.images.targets import Target, decode_boxes, encode_boxes

__all__ = [
    "Exposure",
    "Grid",
    "Target",
    "anchor_overlap",
    "best_anchor",
    "bits_between",
    "blur",
    "box_iou",
    "cell_offset",
    "centres",
    "checked_boxes",
    "decode_boxes",
    "encode_boxes",
    "expected_lost",
    "exposure",
    "fit_anchors",
    "grey_of",
    "likeness",
    "lost_boxes",
    "near_pairs",
    "perceptual_hash",
    "responsible_cell",
    "size_iou",
    "sizes",
    "thumbnail",
]
