"""Figures as fluid SVG: positions along x are shares of the width, so that text keeps its size on any screen.

A drawing reserves room for labels beside the plot by padding of its `<svg>`, whose overflow is visible.
"""

from __future__ import annotations

from cutaway.core.figures import Animation, Bars, Distribution, Figure, Image, Intervals, Lines, Matrix, Points
from cutaway.report.markup import Markup, join, tag
from cutaway.report.svg.bars import bars
from cutaway.report.svg.curves import distribution, lines, points
from cutaway.report.svg.document import document, writer
from cutaway.report.svg.image import image
from cutaway.report.svg.intervals import intervals
from cutaway.report.svg.matrix import matrix

__all__ = ["document", "draw", "writer"]


def draw(figure: Figure) -> Markup:
    """Draw a figure; `figure.alt` is its text for those who cannot see it. Values that are not finite are left out.

    Of an animation its last frame is drawn, under that frame's name.
    """
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
        case Image():
            return image(figure)
        case Animation():
            return _last(figure)


def _last(figure: Animation) -> Markup:
    name = figure.names[-1] if figure.names else ""
    return join(
        tag("p", name, class_="small") if name else None,
        draw(figure.frames[-1]) if figure.frames else None,
    )
