"""Figures as one SVG file that stands alone, for a browser."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import resources

from cutaway.core.figures import Figure
from cutaway.report.files import write
from cutaway.report.markup import Markup, join, tag

WIDTH = 440  # px of a figure
TALL = 290  # px reserved for a figure with its heading, legend and the title of its axis
COLUMNS = 3


def document(figures: Mapping[str, Figure]) -> str:
    """An SVG file of the figures under their names, three in a row.

    Drawings are fluid HTML, so the file holds them as HTML with its style sheet: browsers show it, drawing programs
    that know no HTML do not.
    """
    from cutaway.report.svg import draw

    style = resources.files("cutaway.report.svg").joinpath("style.css").read_text(encoding="utf-8")
    columns = max(1, min(COLUMNS, len(figures)))
    wide, tall = columns * WIDTH, max(1, -(-len(figures) // columns)) * TALL
    places = []
    for i, (name, figure) in enumerate(figures.items()):
        card = tag("div", tag("h3", name), draw(figure), class_="card", xmlns="http://www.w3.org/1999/xhtml")
        places.append(
            tag(
                "foreignObject",
                card,
                x=i % columns * WIDTH,
                y=i // columns * TALL,
                width=WIDTH,
                height=TALL,
            )
        )
    drawing = join(tag("style", Markup(f"<![CDATA[{style}]]>")), *places)
    inner = str(drawing).replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"')
    size = f'width="{wide}" height="{tall}" viewBox="0 0 {wide} {tall}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{inner}</svg>\n'


def writer(path: str | os.PathLike[str]) -> Callable[[Mapping[str, Figure]], None]:
    """A function that writes the figures it is given to the SVG file, whole, in place of what was there.

    Raises, when it is called: InputError for a place that cannot be written to.
    """
    return lambda figures: write(document(figures), path)
