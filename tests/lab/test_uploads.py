"""Tables that somebody brings: read, refused with a sentence, used by studies and by the audit, and deleted."""

from __future__ import annotations

import gzip
import io
import pickle
import socket
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.ipc
import pyarrow.parquet
import pytest

from cutaway.lab.uploads import file_name
from tests.lab.conftest import Lab, running, wait_for

SMALL = b"bought,p,age\n1,0.9,30\n0,0.2,40\n0,0.1,\n1,0.4,25\n0,0.3,61\n,0.5,33\n0,,35\n"


def as_file(table: pa.Table, suffix: str) -> bytes:
    sink = io.BytesIO()
    if suffix == "parquet":
        pa.parquet.write_table(table, sink)
    elif suffix == "feather":
        pa.feather.write_feather(table, sink)
    else:
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    return sink.getvalue()


def test_a_table_is_described_with_a_guess_at_its_columns(lab: Lab) -> None:
    told = lab.bring("my loans.csv", SMALL)
    assert (told["name"], told["rows"], told["guess"]) == ("my loans.csv", 7, {"y": "bought", "score": "p"})
    columns = {column["name"]: column for column in told["columns"]}
    assert list(columns) == ["bought", "p", "age"]
    assert columns["bought"]["distinct"] == 2 and columns["bought"]["missing"] == 1
    assert (columns["age"]["kind"], columns["age"]["low"], columns["age"]["high"]) == ("number", 25, 61)
    assert told in lab.json("/api/data")["data"]


@pytest.mark.parametrize("suffix", ["parquet", "feather", "arrows"])
def test_every_format_gives_the_same(suffix: str, lab: Lab) -> None:
    table = pa.table({"y": ["no", "yes", "no", None], "p": [0.1, 0.9, 0.4, 0.2], "words": ["a", "b", "c", "d"]})
    told = lab.bring(f"t.{suffix}", as_file(table, suffix))
    assert told["guess"] == {"y": "y", "score": "p"}
    assert [(one["name"], one["kind"], one["distinct"], one["missing"]) for one in told["columns"]] == [
        ("y", "category", 2, 1),
        ("p", "number", 4, 0),
        ("words", "category", 4, 0),
    ]
    assert told["columns"][0]["levels"] == ["no", "yes"]
    dots = lab.json("/api/studies/dots", data=told["id"])
    assert dots["numbers"]["rows"] == 3 and dots["sentences"] == ["yes"]


def test_compressed_text(lab: Lab) -> None:
    assert lab.bring("t.csv.gz", gzip.compress(SMALL))["rows"] == 7


def test_a_study_takes_the_readers_predictions(lab: Lab) -> None:
    told = lab.bring("loans.csv", SMALL)
    dots = lab.json("/api/studies/dots", data=told["id"], y="bought", score="p")
    assert dots["numbers"] == {"rows": 5, "positives": 2, "tp": 1, "mean": pytest.approx(0.38)}
    assert dots["data"] == {
        "name": "loans.csv",
        "rows": 5,
        "left_out": 2,
        "positive": "1",
        "y": "bought",
        "score": "p",
        "log_odds": False,
    }
    with lab.stream("/api/studies/dots/stream", data=told["id"], threshold=0.4) as stream:
        streamed = stream.until("result")["outcome"]
    assert streamed["numbers"]["tp"] == 2 and streamed["data"]["left_out"] == 2
    assert lab.json("/api/studies/dots")["numbers"]["rows"] == 2, "without data it is as before"


def test_the_rarer_class_is_the_positive_one(lab: Lab) -> None:
    told = lab.bring("t.csv", b"y,p\ngood,0.1\nbad,0.9\nbad,0.8\nbad,0.7\n")
    dots = lab.json("/api/studies/dots", data=told["id"])
    assert (dots["sentences"], dots["numbers"]["positives"]) == (["good"], 1)
    tie = lab.bring("t.csv", b"y,p\n1,0.1\n0,0.9\n")
    assert lab.json("/api/studies/dots", data=tie["id"], y="y", score="p")["sentences"] == ["1"]


def test_log_odds_are_turned_into_probabilities_when_asked(lab: Lab) -> None:
    told = lab.bring("t.csv", b"y,z\n1,2.0\n0,-3.0\n0,0.0\n0,900\n")
    assert told["guess"] == {"y": "y", "score": None}
    status, sentence = lab.error("/api/studies/dots", data=told["id"], score="z")
    assert status == 400
    assert sentence == (
        "column 'z' runs from -3 to 900, and a probability lies in [0, 1]; if these are log-odds, take them as such "
        "(log_odds=true), else choose another column"
    )
    dots = lab.json("/api/studies/dots", data=told["id"], score="z", log_odds="true")
    expected = np.mean([1 / (1 + np.exp(-2.0)), 1 / (1 + np.exp(3.0)), 0.5, 1.0])
    assert dots["numbers"]["mean"] == pytest.approx(expected)


def test_a_study_takes_the_readers_columns(lab: Lab) -> None:
    told = lab.bring("t.csv", b'"a,b",c,word,y\n1,10,x,no\n3,30,y,yes\n,50,x,no\n5,20,x,no\n')
    means = lab.json("/api/studies/plane", data=told["id"], columns='"a,b",c', target="y")
    assert means["numbers"] == {"a,b": 3, "c": 20, "target": pytest.approx(1 / 3)}
    assert means["data"]["rows"] == 3 and means["data"]["left_out"] == 1
    assert lab.json("/api/studies/plane", data=told["id"])["data"]["columns"] == ["a,b", "c"]
    repeated = lab.json("/api/studies/plane", data=told["id"], columns=["a,b", "c"])
    assert repeated["data"]["columns"] == ["a,b", "c"]


@pytest.mark.parametrize(
    ("study", "query", "said"),
    [
        ("dots", {"y": "bougt", "score": "p"}, "loans.csv has no column 'bougt' to take as the label; did you mean"),
        ("dots", {"y": "age", "score": "p"}, "column 'age' has more than two of two classes"),
        ("dots", {"y": "p", "score": "p"}, "column 'p' cannot be both label and score"),
        ("dots", {"y": "bought", "score": "age"}, "column 'age' runs from 25 to 61, and a probability lies in [0, 1]"),
        ("plane", {"columns": "nothing"}, "loans.csv has no column 'nothing'"),
        ("plane", {"columns": "age", "target": "age"}, "column 'age' cannot be both target and column"),
    ],
)
def test_wrong_columns_are_a_sentence(study: str, query: dict[str, str], said: str, lab: Lab) -> None:
    told = lab.bring("loans.csv", SMALL)
    status, sentence = lab.error(f"/api/studies/{study}", data=told["id"], **query)
    assert status == 400 and said in sentence
    with lab.stream(f"/api/studies/{study}/stream", data=told["id"], **query) as stream:
        assert said in stream.until("error")["message"]


class Harmful:
    """What a pickle may do when it is loaded."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


BAD = {
    "empty": ("a.csv", b"", "the file is empty"),
    "no rows": ("a.csv", b"y,p\n", "has column names but no rows"),
    "rubbish": ("a.csv", bytes(range(256)) * 300, ""),
    "rubbish that says Parquet": ("a.parquet", b"PAR1" + b"\x00\xff" * 500, ""),
    "truncated Parquet": ("a.parquet", as_file(pa.table({"y": list(range(1000))}), "parquet")[:-100], ""),
    "truncated gzip": ("a.csv.gz", gzip.compress(SMALL * 1000)[:-20], ""),
    "a web page": ("a.csv", b"<!doctype html><html>", "is a web page"),
    "a zip": ("a.zip", b"PK\x03\x04aaaa", "is a zip archive"),
    "an array": ("a.npy", b"\x93NUMPY\x01\x00", "holds arrays without column names"),
    "JSON": ("a.json", b"[1]", "is JSON"),
    "repeated names": ("a.csv", b"y,y\n1,2\n", "expected every column name once"),
    "ragged rows": ("a.csv", b"y,p\n1,2\n1,2,3\n", ""),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_upload_is_a_sentence_and_leaves_nothing(case: str, tmp_path: Path, lab: Lab) -> None:
    name, content, said = BAD[case]
    before, files = lab.json("/api/data"), set(lab.folder.rglob("*"))
    status, sentence = lab.error("/api/data", method="POST", body=content, name=name)
    assert status == 400 and said in sentence and len(sentence) > 20
    assert str(lab.folder) not in sentence and "bug" not in sentence
    assert lab.json("/api/data") == before and set(lab.folder.rglob("*")) - files <= {next(lab.folder.iterdir())}


@pytest.mark.parametrize("name", ["model.pkl", "model.pickle", "model.joblib", "model.csv", "model"])
def test_no_pickle_is_ever_loaded(name: str, tmp_path: Path, lab: Lab) -> None:
    mark = tmp_path / "harm"
    content = pickle.dumps(Harmful(mark))
    status, sentence = lab.error("/api/data", method="POST", body=content, name=name)
    assert status == 400 and "pickle" in sentence
    assert not mark.exists()


@pytest.mark.parametrize("announced", [True, False])
def test_a_file_above_the_limit_is_refused_with_a_sentence(announced: bool, tmp_path: Path) -> None:
    with running(tmp_path, upload_limit=1_000_000) as lab:
        body: Any = b"y,p\n" + b"0,0.5\n" * 1_000_000
        sent = body if announced else (body[i : i + 100_000] for i in range(0, len(body), 100_000))
        status, sentence = lab.error("/api/data", method="POST", body=sent, name="a.csv")
        assert status == 413
        assert sentence.startswith("the file is larger than 1 MB, the most that the lab takes")
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
        assert lab.json("/api/data")["limit"] == 1_000_000
        assert lab.bring("b.csv", SMALL)["rows"] == 7


def test_columns_that_would_fill_the_memory_are_refused(tmp_path: Path) -> None:
    with running(tmp_path, upload_limit=100_000) as lab:
        bomb = gzip.compress(b"y,p\n" + b"0,0.5\n" * 1_000_000)
        assert len(bomb) < 100_000
        status, sentence = lab.error("/api/data", method="POST", body=bomb, name="a.csv.gz")
        assert status == 400 and "1,000,000 rows" in sentence and "take a sample" in sentence


def test_an_upload_that_breaks_off_leaves_nothing(lab: Lab) -> None:
    before = lab.json("/api/data")
    files = {path for path in lab.folder.rglob("*") if path.is_file()}
    with socket.create_connection(("127.0.0.1", lab.port)) as connection:
        head = f"POST /api/data?name=a.csv HTTP/1.1\r\nHost: localhost:{lab.port}\r\nContent-Length: 1000000\r\n\r\n"
        connection.sendall(head.encode() + b"y,p\n" + b"0,0.5\n" * 1000)
        wait_for(lambda: {path for path in lab.folder.rglob("*") if path.is_file()} != files)
    wait_for(lambda: {path for path in lab.folder.rglob("*") if path.is_file()} == files)
    assert lab.json("/api/data") == before


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../../etc/passwd.csv", "passwd.csv"),
        ("C:\\data\\loans.csv", "loans.csv"),
        ("<script>alert(1)</script>.csv", "script.csv"),
        ("</script>", "script"),
        ("a\x00b\n\x1b[31m.csv", "ab31m.csv"),
        ("*?[a].parquet", "a.parquet"),
        ("s3://bucket/x.parquet", "x.parquet"),
        ("~root", "root"),
        (".hidden.csv", "hidden.csv"),
        ("..", "table"),
        ("", "table"),
        ("ä" * 50 + ".csv", "csv"),
        ("x" * 5_000 + ".csv", "x" * 60 + ".csv"),
    ],
)
def test_hostile_names_become_harmless(name: str, shown: str) -> None:
    assert file_name(name) == shown


def test_hostile_column_names_stay_data(lab: Lab) -> None:
    told = lab.bring("a.csv", b'"</script><script>alert(1)</script>",p\n1,0.5\n0,0.25\n0,0.1\n')
    name = "</script><script>alert(1)</script>"
    assert told["guess"]["y"] == name
    assert lab.json("/api/studies/dots", data=told["id"], y=name)["data"]["y"] == name


def test_a_table_is_removed_with_its_files(lab: Lab) -> None:
    files = {path for path in lab.folder.rglob("*") if path.is_file()}
    told = lab.bring("a.csv", SMALL)
    assert {path for path in lab.folder.rglob("*") if path.is_file()} > files
    assert lab.json(f"/api/data/{told['id']}", method="DELETE") == {}
    assert {path for path in lab.folder.rglob("*") if path.is_file()} == files
    for path, method in ((f"/api/data/{told['id']}", "DELETE"), (f"/api/studies/dots?data={told['id']}", "GET")):
        assert lab.error(path, method=method) == (400, "this table is not in the lab any more; bring it again")


def test_the_oldest_tables_make_room(tmp_path: Path) -> None:
    with running(tmp_path) as lab:
        numbers = [lab.bring("a.csv", SMALL)["id"] for _ in range(14)]
        assert [table["id"] for table in lab.json("/api/data")["data"]] == numbers[:1:-1]
        assert lab.error("/api/studies/dots", data=numbers[0])[0] == 400
        assert lab.json("/api/studies/dots", data=numbers[2])["numbers"]["rows"] == 5


def test_much_data_makes_room_too(tmp_path: Path) -> None:
    with running(tmp_path, upload_limit=100_000) as lab:
        body = b"y,p\n" + b"0,0.5\n" * 16_000  # 256 kB of columns, and 1.6 MB of them may be there
        numbers = [lab.bring("a.csv", body)["id"] for _ in range(7)]
        kept = [table["id"] for table in lab.json("/api/data")["data"]]
        assert 1 < len(kept) < 7 and kept == numbers[::-1][: len(kept)]


def test_when_the_lab_ends_nothing_is_left(tmp_path: Path) -> None:
    with running(tmp_path) as lab:
        lab.bring("a.csv", SMALL)
        assert list(tmp_path.iterdir()) != []
        assert next(tmp_path.iterdir()).stat().st_mode & 0o077 == 0, "nobody else may read it"
    assert list(tmp_path.iterdir()) == []


def test_the_audit_of_a_table_is_a_run(lab: Lab) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    y = rng.random(400) < 1 / (1 + np.exp(-x))
    rows = "".join(f"{int(a)},{b:.4f},{c:.4f}\n" for a, b, c in zip(y, x, 1 / (1 + np.exp(-x)), strict=True))
    told = lab.bring("loans.csv", f"y,x,p\n{rows}".encode())
    query = {"data": told["id"], "target": "y", "scores": "p", "cost_fp": 1, "cost_fn": 5}
    with lab.stream("/api/audit/stream", **query) as stream:
        lines = stream.all()
    assert [lines[0]["kind"], lines[-1]["kind"]] == ["job", "result"], lines[-1]
    audit = lines[-1]["audit"]
    assert audit["table"]["name"] == "loans.csv" and audit["table"]["rows"] == 400
    assert {finding["code"] for finding in audit["findings"]} >= {"DAT001"}
    jobs = lab.json("/api/jobs")["jobs"]
    assert next(job for job in jobs if job["id"] == lines[0]["id"])["audit"] == "loans.csv"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({}, "the audit needs a target"),
        ({"target": "bought", "data": "nothing"}, "this table is not in the lab any more"),
        ({"target": "bought", "cost_fp": "many"}, "cost_fp: expected a cost of zero or more, got 'many'"),
        ({"target": "bought", "test": "/etc/passwd"}, "an audit takes no 'test'"),
    ],
)
def test_an_audit_that_cannot_be_asked_for(query: dict[str, str], said: str, lab: Lab) -> None:
    told = lab.bring("loans.csv", SMALL)
    status, sentence = lab.error("/api/audit/stream", **{"data": told["id"], **query})
    assert status == 400 and said in sentence


def test_an_audit_of_a_column_that_is_not_there_is_a_sentence(lab: Lab) -> None:
    told = lab.bring("loans.csv", SMALL)
    with lab.stream("/api/audit/stream", data=told["id"], target="boght") as stream:
        assert "'boght'" in stream.until("error")["message"]


def million() -> bytes:
    rng = np.random.default_rng(0)
    p = rng.random(1_000_000)
    y = rng.random(1_000_000) < p
    return b"y,p\n" + b"".join(b"%d,%.6f\n" % pair for pair in zip(y.tolist(), p.tolist(), strict=True))


@pytest.mark.timing
@pytest.mark.parametrize("study", ["dots", "threshold"])
def test_a_million_rows_are_answered_within_three_seconds(study: str, tmp_path: Path) -> None:
    """From the first byte sent to the first answer of the study, in a lab that has been open for a while."""
    body = million()
    with running(tmp_path, studies=["tests.lab.dots", "cutaway.studies.threshold"]) as lab:
        lab.json(f"/api/studies/{study}")
        lab.bring("small.csv", SMALL)  # a worker is warm
        began = time.perf_counter()
        told = lab.bring("large.csv", body)
        read = time.perf_counter() - began
        answer = lab.json(f"/api/studies/{study}", data=told["id"], y="y", score="p")
        took = time.perf_counter() - began
    assert answer["data"]["rows"] == 1_000_000
    assert took < 3, f"{read:.2f} s until the table was read"
