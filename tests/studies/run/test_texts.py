"""Tables of texts: what is read, and hostile ones at the command line, each a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from cutaway import cli
from cutaway.core.errors import InputError
from cutaway.studies.run.texts import labelled, texts

GOOD = "body,label,stars\n" + "".join(f'"film {k}, ""fine""",{"yes" if k % 2 else "no"},{k % 5}\n' for k in range(20))


def written(folder: Path, content: str | bytes, name: str = "reviews.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_texts_and_labels_are_read(tmp_path: Path) -> None:
    found = texts(written(tmp_path, GOOD), "body", "label")
    assert found.texts[1] == 'film 1, "fine"' and found.classes == ("no", "yes") and found.y[:3].tolist() == [0, 1, 0]
    assert (found.name, found.target_name, found.left_out) == ("reviews.csv", "label", 0)
    numbered = texts(written(tmp_path, GOOD), "body", "stars")
    assert numbered.classes == ("0", "1", "2", "3", "4")


def test_empty_texts_and_labels_are_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, 'body,label\n"good",a\n"",a\n"   ",b\nbad,\n"über\nzwei Zeilen",b\n')
    found = texts(path, "body", "label")
    assert found.texts == ("good", "über\nzwei Zeilen") and found.left_out == 3


@pytest.mark.parametrize(
    ("content", "text", "target", "said"),
    [
        (GOOD, "text", "label", "has no column 'text'"),
        (GOOD, "body", "lable", 'did you mean "label"'),
        (GOOD, "body", "body", "two columns"),
        (GOOD, "stars", "label", "expected words, got a number column"),
        ("body,label\n" + "a b,yes\nc d,yes\n" * 9, "body", "label", "expected 2 to 50 classes, got 1 ('yes')"),
        ("body,label\n" + "".join(f"t{k},c{k}\n" for k in range(60)), "body", "label", "got 60 ('c0', 'c1', 'c10' …)"),
        ("body,label\n" + "".join(f"t{k},{k % 9}\n" for k in range(9)), "body", "label", "at least 5 different texts"),
        ("body,label\n" + "same,a\nsame,b\n" * 20, "body", "label", "at least 5 different texts"),
        ("body,label\n" + ",a\n ,b\n" * 9, "body", "label", "row"),
        ("body,label\n" + "".join(f"{'?' * (k + 1)},{'ab'[k % 2]}\n" for k in range(20)), "body", "label", "words"),
        (b"body,label\na\x00b,yes\nc,no\n" * 9, "body", "label", ""),
        (b"body,label\n\xff\xfe\xfa,yes\nc,no\n", "body", "label", ""),
        (b"", "body", "label", ""),
        ('body,label\n"never closed,yes\n' + "c,no\n" * 9, "body", "label", ""),
    ],
    ids=[
        "no text",
        "misspelt",
        "same",
        "numbers",
        "one class",
        "many classes",
        "one row a class",
        "one text",
        "empty",
        "no words",
        "nul",
        "not utf-8",
        "empty file",
        "open quote",
    ],
)
def test_a_hostile_table_is_answered_in_a_sentence(
    content: str | bytes, text: str, target: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, content)
    out = tmp_path / "out.html"
    given = ["study", "embeddings", "--table", str(path), "--text", text, "--target", target, "--html", str(out)]
    assert cli.main(given) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("\n") == 1 and "Traceback" not in told.err
    assert said in told.err and not out.exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--table", "TABLE", "--text", "body"], "--target is missing"),
        (["--table", "TABLE", "--target", "label"], "--text is missing"),
        (["--text", "body"], "--table FILE, which is missing"),
        (["--data", "TABLE"], "takes a table of texts (--table, --text, --target)"),
        (["--table", "nowhere.csv", "--text", "a", "--target", "b"], "nowhere.csv"),
    ],
    ids=["no target", "no text", "no table", "data", "no file"],
)
def test_options_that_lack_each_other(
    given: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, GOOD)
    assert cli.main(["study", "embeddings", *[str(path) if one == "TABLE" else one for one in given]]) == 2
    assert said in capsys.readouterr().err


def test_labels_become_classes_in_order() -> None:
    found = labelled(["x", "y", "z"], ["b", "a", "b"], "t", "label")
    assert found.classes == ("a", "b") and found.y.tolist() == [1, 0, 1]
    with pytest.raises(InputError, match="2 to 50 classes"):
        labelled(["x"], ["a"], "t", "label")
