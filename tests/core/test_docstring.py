"""Sections of a docstring."""

from __future__ import annotations

from cutaway.core.docstring import sections, told


def test_lines_go_below_their_heading() -> None:
    text = "One.\n\nWhy: because\n    of this.\nelse: not a heading\nSource:\nAnn."
    assert sections(text, ("Why", "Source")) == {
        "": ["One.", ""],
        "Why": ["because", "    of this.", "else: not a heading"],
        "Source": ["", "Ann."],
    }
    assert sections(None, ("Why",)) == {"": []}


def test_a_plug_in_is_named_as_a_source_even_where_there_is_none() -> None:
    assert told("One?\nAnswer: it is.", ("Answer", "Source"), "question", "acme 1.0") == {
        "question": "One?",
        "answer": "it is.",
        "source": "From the plug-in acme 1.0.",
    }
    assert "source" not in told("One?", ("Answer", "Source"), "question", "")
