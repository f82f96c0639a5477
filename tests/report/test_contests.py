"""The report of a contest: its words, its schema, its text and what stands in its page."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest

from cutaway.core.contest import Estimate
from cutaway.report import contest_json, contest_text, schema
from cutaway.report.contests import page, words
from tests.report import tuned

EVERY = pytest.mark.parametrize("name", tuned.ALL)


@EVERY
def test_every_contest_satisfies_the_schema(name: str) -> None:
    told = json.loads(json.dumps(contest_json(tuned.ALL[name]()), allow_nan=False))
    jsonschema.Draft202012Validator(schema("contest")).validate(told)
    assert not jsonschema.Draft202012Validator(schema()).is_valid(told)


def test_the_schema_refuses_what_it_does_not_know() -> None:
    jsonschema.Draft202012Validator.check_schema(schema("contest"))
    held = jsonschema.Draft202012Validator(schema("contest"))
    told = contest_json(tuned.held())
    assert held.is_valid(told)
    assert not held.is_valid({**told, "direction": "up"})
    assert not held.is_valid({**told, "verdicts": [{**told["verdicts"][0], "outcome": "draw"}]})
    assert not held.is_valid({**told, "searches": [{**told["searches"][0], "trials": [{"number": 0}]}]})
    assert not held.is_valid({name: value for name, value in told.items() if name != "words"})


def test_all_that_was_tried_is_in_the_json() -> None:
    contest = tuned.held()
    told = contest_json(contest)
    tried = [(one["method"], one["repeat"], t["params"], t["value"]) for one in told["searches"] for t in one["trials"]]
    assert tried == [(one.method, one.repeat, dict(t.params), t.value) for one in contest.searches for t in one.trials]


def test_what_stands_under_the_title() -> None:
    assert words.heading(tuned.held()) == "Tuning a function of four settings: grid, random and local"
    assert words.facts(tuned.held()) == [
        "highest accuracy is best",
        "16 trials a search",
        "8 repeats of each method",
        "5 outer folds, never seen by the search",
        "384 trials in all",
    ]
    assert words.facts(tuned.single())[:2] == ["lowest value is best", "16 trials or 60 s a search"]


def test_the_first_sentence() -> None:
    contest = tuned.held()
    assert words.verdict(contest).endswith("against random nothing is shown.")
    own = words.verdict(replace(contest, summary=""))
    first = next(one for one in contest.verdicts if one.outcome != "tie")
    assert own.startswith(first.sentence)
    ties = tuple(replace(one, outcome="tie") for one in contest.verdicts)
    assert words.verdict(replace(contest, summary="", verdicts=ties)) == (
        "No method is shown to be better than another, in 3 pairs compared."
    )
    assert words.verdict(tuned.single()) == "Nothing was compared: there is one method, or one repeat of each."


def test_the_best_rank_stands_first_and_empty_columns_are_left_out() -> None:
    columns, rows = words.standing_rows(tuned.held())
    assert columns[:3] == ["method", "accuracy it selected by", "on what no search saw"]
    ranks = [float(row[-1]) for row in rows]
    assert ranks == sorted(ranks)
    columns, rows = words.standing_rows(tuned.single())
    assert columns == ["method", "value it selected by", "trials", "seconds", "mean rank"]
    assert rows == [["random", "0.31", "16", "4", "1"]]


def test_an_estimate_in_words() -> None:
    assert words.estimate(Estimate(value=0.1234, low=-0.1, high=0.3)) == "0.123 (−0.1 to 0.3)"
    assert words.estimate(Estimate(value=float("nan"))) == "–"


@EVERY
@pytest.mark.parametrize("width", [40, 80, 132])
def test_the_text_keeps_its_width_and_says_everything(name: str, width: int) -> None:
    contest = tuned.ALL[name]()
    text = contest_text(contest, width)
    joined = " ".join(text.split())
    assert "\x1b" not in text and "\u202e" not in text
    for note in contest.notes:
        assert " ".join(words_of(note)) in joined
    for one in contest.verdicts:
        assert " ".join(one.sentence.split()) in joined
    if name != "hostile":
        wide = [line for line in text.splitlines() if len(line) > max(width, 78)]
        assert [line for line in wide if len(line) > width + 40] == []


def words_of(note: str) -> list[str]:
    from cutaway.report.text import plain, remark

    return plain(remark(note)).split()


def test_a_wide_terminal_has_a_table() -> None:
    text = contest_text(tuned.held(), 200)
    row = next(line for line in text.splitlines() if line.startswith("  random"))
    assert row.count("(") == 5
    assert "█" in text


def test_the_page_takes_trials_in_columns() -> None:
    contest = tuned.held()
    told = page.drawn(contest)
    for search, columns in zip(contest.searches, told["searches"], strict=True):
        assert (search.method, search.repeat) == (columns["method"], columns["repeat"])
        assert columns["values"] == [
            None if one.value is None else pytest.approx(one.value, rel=1e-5) for one in search.trials
        ]
        assert [one is None for one in columns["params"]["gamma"]] == ["gamma" not in t.params for t in search.trials]
        assert columns["params"]["C"] == [pytest.approx(one.params["C"], rel=1e-5) for one in search.trials]
        assert columns["states"] == "".join(one.state[0] for one in search.trials)
        assert list(columns["params"]) == ["C", "kernel", "gamma", "steps"]


def test_of_very_many_trials_the_page_holds_the_first_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MOST_TRIALS", 100)
    told = page.drawn(tuned.held())
    assert [(one["method"], one["repeat"]) for one in told["searches"]] == [
        ("grid", 0), ("random", 0), ("local", 0), ("grid", 1), ("random", 1), ("local", 1),
    ]  # fmt: skip
    assert told["words"]["notes"][-1].startswith("The pictures of single trials show 6 of 24 searches")
    monkeypatch.setattr(page, "MOST_TRIALS", 10)
    assert [(one["method"], one["repeat"]) for one in page.drawn(tuned.held())["searches"]] == [
        ("grid", 0), ("random", 0), ("local", 0),
    ]  # fmt: skip
