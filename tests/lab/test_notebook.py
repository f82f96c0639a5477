"""A study in a notebook's cell: the real widget, whose messages are caught where the kernel would take them."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event, get_ident
from types import ModuleType
from typing import Any

import comm
import pytest
from comm.base_comm import BaseComm

import cutaway
from cutaway.core.audit import Audit, TableFacts, TargetFacts
from cutaway.core.errors import InputError, InputTypeError, MissingExtraError
from cutaway.core.progress import Progress, silent
from cutaway.lab import notebook
from cutaway.lab.notebook import show
from cutaway.studies import Result, Study
from cutaway.studies.run.data import Predictions
from cutaway.studies.run.parameter import number
from cutaway.studies.run.result import claim

PATIENCE = 20.0  # seconds; a busy machine is no failure


class Wire(BaseComm):  # type: ignore[misc]
    """The transport: keeps what the kernel would have sent, and from which thread."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.threads: set[int] = set()
        super().__init__(*arguments, **options)

    def publish_msg(self, msg_type: str, data: Any = None, **options: Any) -> None:
        self.threads.add(get_ident())
        self.sent.append((msg_type, data))


@pytest.fixture(autouse=True)
def wire(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comm, "create_comm", Wire)


def answers(widget: Any) -> list[dict[str, Any]]:
    """What has been sent to JavaScript in answer."""
    return [
        data["content"] for kind, data in list(widget.comm.sent) if kind == "comm_msg" and data["method"] == "custom"
    ]


def ask(widget: Any, content: dict[str, Any]) -> None:
    """What the kernel does with a message from JavaScript."""
    widget.comm.handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})


def until(met: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not met():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def last(widget: Any, number: int = 1) -> dict[str, Any]:
    """The event that ends the answer."""
    ended: list[dict[str, Any]] = []

    def met() -> bool:
        ended[:] = [a["event"] for a in answers(widget) if a["id"] == number and a["event"]["kind"] != "progress"]
        return bool(ended)

    until(met)
    assert len(ended) == 1
    return ended[0]


def slow(begun: Event, stages: int = 10_000) -> Study:
    """A study that takes for ever, one word of progress at a time."""
    module = ModuleType("slow")
    module.__doc__ = "Does it end?\n\nAnswer: no.\n\nSource: none.\n\nSeconds: 100"

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Parameters:
        length: float = number(0.5, "Length", low=0, high=1)

    def run(params: Any, progress: Progress = silent, data: Predictions | None = None) -> Result:
        for step in range(stages):
            progress("waiting", step, stages)
            begun.set()
            time.sleep(0.002)
        rows = 0 if data is None else data.y.size
        return Result(numbers={"rows": rows, "length": params.length})

    vars(module).update(TITLE="Slow", GROUP="data", USES="predictions", Parameters=Parameters, run=run)
    vars(module)["ends"] = claim("It ends")(lambda params, result: (True, 1.0))
    return Study(module)


@pytest.fixture
def begun() -> Iterator[Event]:
    yield Event()


def test_the_widget_holds_the_study_and_what_was_stored() -> None:
    widget = show("counts")
    kind, data = widget.comm.sent[0]
    assert kind == "comm_open"
    state = data["state"]
    assert state["study"]["name"] == "counts"
    assert state["outcome"]["stored"] is True
    assert state["outcome"]["params"] == state["params"]
    assert "export" in state["_esm"] or "export" in widget._esm


def test_other_parameters_are_asked_for() -> None:
    widget = show("counts", prevalence=0.02, hide=["seed"])
    assert (widget.params["prevalence"], widget.outcome, widget.hide) == (0.02, {}, ["seed"])


def test_get_answers_once() -> None:
    widget = show("counts")
    ask(widget, {"id": 1, "get": "counts", "params": {"prevalence": 0.5}})
    event = last(widget)
    assert event["outcome"]["params"]["prevalence"] == 0.5
    assert event["partial"] is False
    assert [a["event"]["kind"] for a in answers(widget)] == ["result"]
    assert widget.latest.params["prevalence"] == 0.5


def test_stream_tells_its_progress(begun: Event) -> None:
    widget = show(slow(begun, stages=60), data=None)
    ask(widget, {"id": 7, "stream": "slow", "params": {}})
    event = last(widget, 7)
    assert event["outcome"]["claims"] == [{"text": "It ends", "holds": True, "value": 1.0}]
    words = [a["event"] for a in answers(widget)][:-1]
    assert words[0] == {"kind": "progress", "stage": "waiting", "done": 0, "total": 60}
    assert 1 <= len(words) < 60  # twenty a second at most


def test_cancel_ends_the_work(begun: Event) -> None:
    widget = show(slow(begun))
    ask(widget, {"id": 1, "stream": "slow", "params": {}})
    assert begun.wait(PATIENCE)
    ask(widget, {"id": 1, "cancel": True})
    assert last(widget) == {"kind": "error", "message": "cancelled"}
    until(lambda: widget._service.running == 0)
    assert widget.latest is None


def test_closing_the_cell_ends_the_work(begun: Event) -> None:
    widget = show(slow(begun))
    service = widget._service
    ask(widget, {"id": 1, "get": "slow", "params": {}})
    assert begun.wait(PATIENCE)
    widget.close()
    until(lambda: service.running == 0)


def test_the_kernel_goes_on_meanwhile_and_sends_from_its_own_thread(begun: Event) -> None:
    widget = show(slow(begun, stages=50))

    async def kernel() -> float:
        worst = 0.0
        ask(widget, {"id": 1, "stream": "slow", "params": {}})
        while not any(a["event"]["kind"] == "result" for a in answers(widget)):
            before = time.monotonic()
            await asyncio.sleep(0.001)
            worst = max(worst, time.monotonic() - before)
        return worst

    assert asyncio.run(asyncio.wait_for(kernel(), PATIENCE)) < 1.0
    assert widget.comm.threads == {get_ident()}


def test_the_readers_own_data(begun: Event) -> None:
    import numpy as np

    data = Predictions(np.array([0, 1, 1], np.uint8), np.array([0.1, 0.8, 0.9]), "mine")
    widget = show(slow(begun, stages=1), data=data, length=0.25)
    ask(widget, {"id": 1, "get": "slow", "params": {"length": 0.25}})
    assert last(widget)["outcome"]["numbers"] == {"rows": 3, "length": 0.25}


@pytest.mark.parametrize(
    ("name", "params", "said"),
    [
        ("counts", {"prevalence": 7}, "prevalence: expected a number from 0.005 to 0.95, got 7"),
        ("counts", {"nonsense": 7}, "no parameter 'nonsense'"),
        ("count", {}, "did you mean counts?"),
    ],
)
def test_a_wrong_question_gets_a_sentence(name: str, params: dict[str, object], said: str) -> None:
    widget = show("counts")
    ask(widget, {"id": 1, "get": name, "params": params})
    event = last(widget)
    assert event["kind"] == "error"
    assert said in event["message"]


def test_a_bug_gets_a_sentence(begun: Event) -> None:
    study = slow(begun)

    def broken(params: object, progress: Progress = silent) -> Result:
        raise ZeroDivisionError("by zero")

    vars(study.module)["run"] = broken
    widget = show(study)
    ask(widget, {"id": 1, "get": "slow", "params": {}})
    assert "bug in cutaway (ZeroDivisionError: by zero)" in last(widget)["message"]


@pytest.mark.parametrize("content", ["text", {}, {"id": "1", "get": "counts"}, {"id": 1}, {"id": 5, "cancel": True}])
def test_messages_beside_the_protocol_are_passed_over(content: Any) -> None:
    widget = show("counts")
    ask(widget, content)
    assert answers(widget) == []
    assert widget._service.running == 0


def test_what_cannot_be_shown_is_said_at_once() -> None:
    with pytest.raises(InputError, match="did you mean counts"):
        show("count")
    with pytest.raises(InputError, match="prevalence: expected a number from"):
        show("counts", prevalence=2)
    with pytest.raises(InputError, match="no parameter 'sead'"):
        show("counts", hide=["sead"])
    with pytest.raises(InputTypeError, match="name of a study or the result of"):
        show(3)  # type: ignore[arg-type]


def test_without_anywidget_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    notebook._widget.cache_clear()
    with pytest.raises(MissingExtraError, match=r"pip install 'cutaway\[notebook\]'"):
        show("counts")
    notebook._widget.cache_clear()


def test_an_audit_shows_its_page_apart_from_the_notebook() -> None:
    audit = Audit(
        table=TableFacts(name='a"><script>alert(1)</script>.csv', rows=4, columns=2, left_out={}),
        target=TargetFacts(name="y", classes=("no", "yes"), counts=(3, 1), positive="yes"),
        model=None,
        outcomes=(),
    )
    text = cutaway.show(audit)._repr_html_()
    assert text.startswith("<iframe ") and text.count("<") == 2
    assert 'sandbox="allow-scripts"' in text and "allow-same-origin" not in text
    assert "&lt;!doctype html&gt;" in text


def test_show_is_handed_on() -> None:
    assert cutaway.show is show
    assert {"show", "studies"} <= set(dir(cutaway))
