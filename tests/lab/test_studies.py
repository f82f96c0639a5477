"""What the lab answers of its studies: the list, one answer, the stored frame."""

from __future__ import annotations

import json

import pytest

from cutaway.lab.catalogue import Catalogue
from tests.lab.conftest import Lab


def test_the_list_describes_every_study_by_group(lab: Lab) -> None:
    told = lab.json("/api/studies")
    assert told["groups"] == ["data", "training", "decision"]
    assert [study["name"] for study in told["studies"]] == ["waves", "plane", "dots"]
    waves = told["studies"][0]
    assert waves["question"] == "Can a run be watched, stopped and found again?"
    assert [parameter["name"] for parameter in waves["parameters"]][:2] == ["frequency", "steps"]
    assert waves["preview"] is None


def test_an_answer_has_figures_claims_and_the_parameters_used(lab: Lab) -> None:
    told = lab.json("/api/studies/waves", frequency=2, seed=7)
    assert told["study"] == "waves"
    assert told["stored"] is False
    assert told["params"] == {"frequency": 2.0, "steps": 10, "pause": 0.0, "ending": "well", "parts": False, "seed": 7}
    assert told["claims"][0]["holds"] is True
    assert told["figures"]["The wave"]["kind"] == "lines"
    assert len(told["tables"]["wave"]["columns"]["x"]) == 200


def test_defaults_and_what_equals_them_are_one_question(lab: Lab) -> None:
    one = lab.json("/api/studies/waves", frequency=3)
    assert lab.json("/api/studies/waves", frequency="3.0", steps=10) == one


@pytest.mark.parametrize(
    ("path", "query", "status", "said"),
    [
        ("/api/studies/waves", {"frequency": 200}, 400, "frequency: expected a number from 0.1 to 10, got 200"),
        ("/api/studies/waves", {"frequency": "nan"}, 400, "frequency: expected a number, got 'nan'"),
        ("/api/studies/waves", {"frequncy": 2}, 400, "no parameter 'frequncy'"),
        ("/api/studies/waves", {"ending": "sentence"}, 400, "the sea is calm; choose another ending"),
        ("/api/studies/waves", {"ending": "bug"}, 500, "this is a bug in cutaway (ZeroDivisionError: in "),
        ("/api/studies/wave", {}, 400, "no study is named 'wave'"),
        ("/api/studies/waves/stream", {"steps": 0}, 400, "steps: expected a number from 1 to 1e+06, got 0"),
        ("/api/studies/waves", {"stored": 1}, 404, "Waves: no result is stored"),
        ("/api/studies/waves", {"data": "nothing"}, 400, "Waves: this study takes no data of yours"),
        ("/api/studies/dots", {"data": "nothing"}, 400, "this table is not in the lab any more; bring it again"),
        ("/api/nothing", {}, 404, "there is nothing at this address"),
        ("/api/studies/waves", {"seed": "9" * 9_000}, 414, "the query is longer than 8,000 characters"),
    ],
)
def test_what_cannot_be_answered_is_said_in_a_sentence(
    path: str, query: dict[str, object], status: int, said: str, lab: Lab
) -> None:
    got, sentence = lab.error(path, **query)
    assert got == status
    assert said in sentence


def test_a_method_that_is_not_taken(lab: Lab) -> None:
    assert lab.error("/api/studies", method="POST", body=b"") == (405, "this address does not take this method")


def test_the_real_studies_are_listed_with_their_stored_frames() -> None:
    catalogue = Catalogue()
    told = json.loads(catalogue.described)
    assert catalogue.broken == {}
    framed = {study["name"]: study for study in told["studies"] if study["preview"] is not None}
    assert {"counts", "threshold"} <= set(framed)
    for name, study in framed.items():
        stored = catalogue.stored(name)
        assert stored is not None
        assert set(stored["params"]) == {parameter["name"] for parameter in study["parameters"]}
        assert study["preview"] in stored["figures"].values()


def test_a_broken_study_does_not_close_the_lab() -> None:
    catalogue = Catalogue(["tests.lab.waves", "tests.lab.there_is_none"])
    assert list(catalogue.studies) == ["waves"]
    assert "ModuleNotFoundError" in catalogue.broken["tests.lab.there_is_none"]
