"""Studies and audits in a cell of a notebook: JupyterLab, marimo, VS Code, Colab.

import cutaway
cutaway.show("counts", prevalence=0.02)
cutaway.show(cutaway.audit(table, target="default"))

The cell holds the same picture as the lab. What it asks travels over the notebook's own connection: JavaScript sends
{"id", "get" or "stream": study, "params"} and {"id", "cancel": true}; Python answers {"id", "event"}, once for "get"
(the result or why there is none), and for "stream" with progress before it.
"""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cache
from html import escape
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from cutaway.core.errors import CutawayError, InputTypeError, MissingExtraError
from cutaway.core.wire import to_wire
from cutaway.studies.run.discovery import named
from cutaway.studies.run.stopping import Cancelled, Stoppable
from cutaway.studies.run.stored import stored
from cutaway.studies.run.study import Study

if TYPE_CHECKING:
    from cutaway.core.audit import Audit
    from cutaway.studies.run.data import Data
    from cutaway.studies.run.result import Outcome

BUNDLE = Path(__file__).parent / "bundle"
BETWEEN_WORDS = 0.05  # seconds; progress that comes faster is left out
HEIGHT = 900  # pixels of an audit's page within the notebook

Send = Callable[[dict[str, Any]], None]


def show(what: str | Study | Audit, *, data: Data | None = None, hide: Collection[str] = (), **params: object) -> Any:
    """A study, or an audit, as a notebook shows it.

    Args:
        what: the name of a study, a study, or the result of `cutaway.audit`.
        data: for a study that takes them, `studies.run.data.Predictions` or `Columns` of yours.
        hide: parameters that get no control, so that a page can lead step by step.
        **params: where the parameters begin instead of their defaults.

    Returns:
        What the notebook draws when it is the last line of a cell. Of a study, its attribute `latest` is the outcome
        that is on the screen, as soon as there is one.

    Raises:
        InputError: there is no such study or parameter, or a value is outside its range.
        MissingExtraError: anywidget is not installed.
        InputTypeError: it is neither a study nor an audit.
    """
    from cutaway.core.audit import Audit

    if isinstance(what, Audit):
        return AuditPage(what)
    if not isinstance(what, str | Study):
        raise InputTypeError(
            f"show: expected the name of a study or the result of cutaway.audit, got {type(what).__name__}"
        )
    study = named(what) if isinstance(what, str) else what
    chosen = study.parameters(params)  # before the widget, so that a wrong value is said whatever is installed
    for name in hide:
        study.parameters({name: getattr(chosen, name, None)})
    at_defaults = chosen == study.parameters()
    first = stored(study) if data is None and at_defaults else None
    return _widget()(
        service=Service(study, data),
        study=study.describe(),
        params=to_wire(chosen),
        outcome=first | {"stored": True} if first else {},
        hide=list(hide),
    )


@dataclass(frozen=True, slots=True)
class AuditPage:
    """An audit's page in a frame of its own, which has no access to the notebook around it."""

    audit: Audit

    def _repr_html_(self) -> str:
        from cutaway.report import html

        page = escape(html.render(self.audit), quote=True)
        style = f"width:100%;height:{HEIGHT}px;border:0;resize:vertical;overflow:auto"
        title = escape(f"Audit of {self.audit.table.name}", quote=True)
        return f'<iframe title="{title}" sandbox="allow-scripts" style="{style}" srcdoc="{page}"></iframe>'


@dataclass(eq=False)
class Service:
    """Answers what the picture asks, each in a thread of its own, so that the kernel goes on meanwhile."""

    study: Study
    data: Data | None = None
    latest: Outcome | None = None
    _running: dict[int, Stoppable] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def received(self, message: object, send: Send) -> None:
        """Take a message of the protocol; anything else is passed over."""
        if not isinstance(message, dict) or not isinstance(message.get("id"), int):
            return
        number: int = message["id"]
        if message.get("cancel"):
            self.cancel(number)
            return
        for how in ("get", "stream"):
            if isinstance(message.get(how), str):
                self._start(number, message[how], message.get("params"), how == "stream", send)

    def cancel(self, number: int) -> None:
        """Stop the work at its next word of progress."""
        with self._lock:
            progress = self._running.get(number)
        if progress is not None:
            progress.stop()

    def close(self) -> None:
        """Stop everything: the cell is gone."""
        for number in list(self._running):
            self.cancel(number)

    @property
    def running(self) -> int:
        """How many answers are being worked on."""
        return len(self._running)

    def _start(self, number: int, name: str, params: object, streamed: bool, send: Send) -> None:
        def event(content: dict[str, Any]) -> None:
            send({"id": number, "event": content})

        progress = Stoppable(_Words(event) if streamed else _silent)
        with self._lock:
            self._running[number] = progress
        # A daemon, so that a kernel that is shut down does not wait for it.
        Thread(target=self._answer, args=(number, name, params, progress, event, streamed), daemon=True).start()

    def _answer(self, number: int, name: str, params: object, progress: Stoppable, event: Send, streamed: bool) -> None:
        def heard(part: Outcome) -> None:
            event({"kind": "result", "outcome": part.to_json(), "partial": True})

        try:
            study = self.study if name == self.study.name else named(name)
            chosen = study.parameters(params if isinstance(params, dict) else {})
            data = self.data if study is self.study else None
            outcome = study.run(chosen, progress, data, heard=heard if streamed else None)
            self.latest = outcome
            event({"kind": "result", "outcome": outcome.to_json(), "partial": False})
        except Cancelled:
            event({"kind": "error", "message": "cancelled"})
        except CutawayError as error:
            event({"kind": "error", "message": str(error)})
        except Exception as error:
            said = f"{type(error).__name__}: {str(error)[:300]}"
            event({"kind": "error", "message": f"this is a bug in cutaway ({said}); please report it"})
        finally:
            with self._lock:
                self._running.pop(number, None)


class _Words:
    """Progress as events: a new stage at once, further words of it twenty times a second at most."""

    def __init__(self, event: Send) -> None:
        self._event = event
        self._stage, self._told = "", 0.0

    def __call__(self, stage: str, done: float, total: float | None, /) -> None:
        now = time.monotonic()
        if stage == self._stage and now - self._told < BETWEEN_WORDS:
            return
        self._stage, self._told = stage, now
        self._event(to_wire({"kind": "progress", "stage": stage, "done": done, "total": total}))


def _silent(stage: str, done: float, total: float | None, /) -> None:
    """No word until the result."""


def from_thread(send: Send) -> Send:
    """The same, to be called from any thread: where the caller has an event loop, it is called there.

    Notebooks know by thread and context which cell a message belongs to.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return send
    context = contextvars.copy_context()

    def through(content: dict[str, Any]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(send, content, context=context)

    return through


@cache
def _widget() -> Any:
    """The class of the widget; anywidget is imported when the first is made.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import anywidget
        import traitlets
    except ImportError as error:
        raise MissingExtraError("show", "notebook") from error

    class StudyWidget(anywidget.AnyWidget):  # type: ignore[misc, unused-ignore]
        """A study in a cell."""

        _esm = (BUNDLE / "notebook.js").read_text("utf-8")
        _css = (BUNDLE / "notebook.css").read_text("utf-8")
        study = traitlets.Dict().tag(sync=True)
        params = traitlets.Dict().tag(sync=True)
        outcome = traitlets.Dict().tag(sync=True)
        hide: Any = traitlets.List().tag(sync=True)

        def __init__(self, service: Service, **traits: Any) -> None:
            super().__init__(**traits)
            self._service = service
            self.on_msg(self._received)

        @property
        def latest(self) -> Outcome | None:
            """The last outcome that was computed; None while there is none."""
            return self._service.latest

        def _received(self, widget: object, content: object, buffers: object) -> None:
            self._service.received(content, from_thread(self.send))

        def close(self) -> None:
            self._service.close()
            super().close()

    return StudyWidget
