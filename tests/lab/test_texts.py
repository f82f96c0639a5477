"""Tables of texts at the lab: read from the file that was brought, and refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from cutaway.core.errors import InputError
from cutaway.lab.selection import Selection
from cutaway.studies.run.data import Texts


def test_texts_are_read_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text("body,label\nfine,yes\n,no\ndull,no\n", "utf-8")
    asked = Selection(folder=str(tmp_path), uses="texts", text="body", target="label", path=str(path))
    chosen = asked.read()
    assert isinstance(chosen.data, Texts) and chosen.data.texts == ("fine", "dull")
    assert (chosen.about["name"], chosen.about["rows"], chosen.about["left_out"]) == ("reviews.csv", 2, 1)
    with pytest.raises(InputError, match="name the column of texts"):
        Selection(folder=str(tmp_path), uses="texts", text="body", path=str(path)).read()
