"""Images: pipelines of operations and what each does, boxes around objects, and a detector's grid."""

from cutaway.science.images.anchors import anchor_overlap, best_anchor, fit_anchors
from cutaway.science.images.benefit import Benefit, Gain, benefit
from cutaway.science.images.boxes import box_iou, centres, checked_boxes, size_iou, sizes
from cutaway.science.images.collisions import expected_lost, lost_boxes
from cutaway.science.images.colours import Colour, Grey, Rgb
from cutaway.science.images.edges import Canny, Laplacian, Scharr, Sobel
from cutaway.science.images.effects import Effect, Spectrum, Stage, effect, histogram, spectrum
from cutaway.science.images.geometry import Crop, Flip, Pad, Resize, Rotate
from cutaway.science.images.grid import Grid, cell_offset, responsible_cell
from cutaway.science.images.hashes import bits_between, likeness, near_pairs, perceptual_hash, thumbnail
from cutaway.science.images.hog import hog
from cutaway.science.images.intensity import Clahe, Equalise, Gamma, Standardise, Stretch
from cutaway.science.images.morphology import Closing, Dilation, Erosion, Opening, TopHat
from cutaway.science.images.pipeline import Pipeline, operations
from cutaway.science.images.quality import Exposure, blur, exposure, grey_of
from cutaway.science.images.readable import Readable, readable
from cutaway.science.images.regions import Components, Contours, Watershed
from cutaway.science.images.repeats import Repeats, groups, repeated
from cutaway.science.images.smoothing import Bilateral, Fourier, Gaussian, Median, NonLocalMeans
from cutaway.science.images.step import Operation, Parameter, Step
from cutaway.science.images.targets import Target, decode_boxes, encode_boxes
from cutaway.science.images.thresholds import Adaptive, Hysteresis, Otsu
from cutaway.science.images.ways import WAYS, Way, axis_weights

__all__ = [
    "WAYS",
    "Adaptive",
    "Benefit",
    "Bilateral",
    "Canny",
    "Clahe",
    "Closing",
    "Colour",
    "Components",
    "Contours",
    "Crop",
    "Dilation",
    "Effect",
    "Equalise",
    "Erosion",
    "Exposure",
    "Flip",
    "Fourier",
    "Gain",
    "Gamma",
    "Gaussian",
    "Grey",
    "Grid",
    "Hysteresis",
    "Laplacian",
    "Median",
    "NonLocalMeans",
    "Opening",
    "Operation",
    "Otsu",
    "Pad",
    "Parameter",
    "Pipeline",
    "Readable",
    "Repeats",
    "Resize",
    "Rgb",
    "Rotate",
    "Scharr",
    "Sobel",
    "Spectrum",
    "Stage",
    "Standardise",
    "Step",
    "Stretch",
    "Target",
    "TopHat",
    "Watershed",
    "Way",
    "anchor_overlap",
    "axis_weights",
    "benefit",
    "best_anchor",
    "bits_between",
    "blur",
    "box_iou",
    "cell_offset",
    "centres",
    "checked_boxes",
    "decode_boxes",
    "effect",
    "encode_boxes",
    "expected_lost",
    "exposure",
    "fit_anchors",
    "grey_of",
    "groups",
    "histogram",
    "hog",
    "likeness",
    "lost_boxes",
    "near_pairs",
    "operations",
    "perceptual_hash",
    "readable",
    "repeated",
    "responsible_cell",
    "size_iou",
    "sizes",
    "spectrum",
    "thumbnail",
]
