"""Figures as one SVG file."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from cutaway.core.errors import InputError
from cutaway.core.figures import Axis, Line, Lines
from cutaway.report import svg

XHTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"


def curve(name: str) -> Lines:
    line = Line(name="validation", x=(1.0, 2.0, 3.0), y=(0.2, float("nan"), 0.9))
    return Lines(alt=f"{name} rises", x=Axis(label="epoch"), y=Axis(label=name), lines=(line,))


def test_it_is_one_well_formed_svg_with_every_figure() -> None:
    names = ["recall_cat", "recall_<b>&dog", "f1_cat", "f1_dog"]
    root = ElementTree.fromstring(svg.document({name: curve(name) for name in names}))
    assert root.tag == f"{SVG}svg"
    assert [heading.text for heading in root.iter(f"{XHTML}h3")] == names
    drawn = [each for each in root.iter(f"{SVG}svg") if each.get("role") == "img"]
    assert [each.get("aria-label") for each in drawn] == [f"{name} rises" for name in names]
    places = [(each.get("x"), each.get("y")) for each in root.iter(f"{SVG}foreignObject")]
    assert len(set(places)) == 4
    assert ".curve" in (root.find(f"{SVG}style").text or "")  # type: ignore[union-attr]


def test_no_figures_make_an_empty_drawing() -> None:
    assert list(ElementTree.fromstring(svg.document({})).iter(f"{XHTML}h3")) == []


def test_the_writer_replaces_the_file(tmp_path: Path) -> None:
    write = svg.writer(tmp_path / "curves.svg")
    write({"a": curve("a")})
    write({"b": curve("b")})
    assert "<h3>b</h3>" in (tmp_path / "curves.svg").read_text("utf-8")
    with pytest.raises(InputError, match="expected an existing folder"):
        svg.writer(tmp_path / "none" / "curves.svg")({})
