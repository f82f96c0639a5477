"""Figures as fluid SVG: positions along x are shares of the width, so that text keeps its size on any screen.

A drawing reserves room for labels beside the plot by padding of its `<svg>`, whose overflow is visible.
"""

from __future__ import annotations

from cutaway.core.figures import Bars, Distribution, Figure, Intervals, Lines, Matrix, Points
from cutaway.report.markup import Markup
from cutaway.report.svg.bars import bars
from cutaway.report.svg.curves import distribution, lines, points
from cutaway.report.svg.document import document, writer
from cutaway.report.svg.intervals import intervals
from cutaway.report.svg.matrix import matrix

__all__ = ["document", "draw", "writer"]


def draw(figure: Figure) -> Markup:
    """Draw a figure; `figure.alt` is its text for those who cannot see it. Values that are not finite are left out."""
    match figure:
        case Bars():
            return bars(figure)
        case Intervals():
            return intervals(figure)
        case Lines():
            return lines(figure)
        case Points():
            return points(figure)
        case Distribution():
            return distribution(figure)
        case Matrix():
            return matrix(figure)
