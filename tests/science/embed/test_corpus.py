"""tools/corpus.py: what it makes of the layouts that its packages bring."""

from __future__ import annotations

import gzip
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def tool() -> ModuleType:
    path = Path(__file__).parents[3] / "tools" / "corpus.py"
    spec = importlib.util.spec_from_file_location("corpus_tool", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["corpus_tool"] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


def test_a_dictionary_gives_a_line_a_meaning_with_the_word_it_explains(tmp_path: Path, tool: ModuleType) -> None:
    page = (
        "preface\n\nA \\A\\, n. [OE. a letter\n   of old.]\n   1. The first letter. [1913 Webster]\n\n"
        '         "A was an archer."      --Rhyme.\n\n'
        "Bank \\Bank\\, n. [F.]\n   1. A bench; a seat.\n   [1913 Webster]\n"
    )
    place = tmp_path / "usr/share/dictd"
    place.mkdir(parents=True)
    (place / "gcide.dict.dz").write_bytes(gzip.compress(page.encode()))
    assert list(tool.gcide(tmp_path)) == ["a : The first letter.", 'a : "A was an archer."', "bank : A bench; a seat."]


def test_wordnet_gives_definitions_with_the_wider_word_and_examples(tmp_path: Path, tool: ModuleType) -> None:
    place = tmp_path / "package" / "dict"
    place.mkdir(parents=True)
    for part in ("noun", "verb", "adj", "adv"):
        (place / f"data.{part}").write_text("  1 a licence\n")
    with (place / "data.noun").open("a") as file:
        file.write("00000001 00 n 01 slope 0 000 | land that is not level  \n")
        file.write(
            '00000002 00 n 02 bank 0 river_bank 0 001 @ 00000001 n 0000 | land by water; "he sat on the bank"  \n'
        )
    assert list(tool.wordnet(tmp_path)) == [
        "slope: land that is not level",
        "bank, river bank (slope): land by water",
        "he sat on the bank",
    ]


def test_brown_loses_its_marks_and_addresses_are_cut_into_sentences(tmp_path: Path, tool: ModuleType) -> None:
    place = tmp_path / "package"
    (place / "data").mkdir(parents=True)
    (place / "ca01").write_text("\n\tThe/at jury/nn said/vbd ``/`` no/at ''/'' ./.\n\n")
    (place / "data" / "1790.txt").write_text("Fellow citizens.\nI thank you! We go on.")
    assert list(tool.brown(tmp_path)) == ['The jury said " no " .']
    assert list(tool.addresses(tmp_path)) == ["Fellow citizens.", "I thank you!", "We go on."]
