"""The lab's addresses and what answers them.

GET    /, /study/NAME, /audit, /data    the page, which draws everything
GET    /bundle/FILE                     its files
GET    /api/studies                     what there is
GET    /api/studies/NAME                one answer; with stored=1 the stored one of the defaults
GET    /api/studies/NAME/stream         a job: progress and its result, line by line
GET    /api/jobs, DELETE /api/jobs/ID   what runs; end it
POST   /api/data?name=FILE              bring a table; GET lists them, DELETE /api/data/ID removes one
GET    /api/audit/stream                the audit of a table as a job
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from cutaway.core.errors import CutawayError
from cutaway.core.progress import Progress
from cutaway.lab.answers import StoppedError, Threads, in_thread
from cutaway.lab.assets import asset
from cutaway.lab.catalogue import Catalogue
from cutaway.lab.guard import Guard, Rules, refused
from cutaway.lab.jobs import LINGER, Job, Jobs
from cutaway.lab.kept import Kept
from cutaway.lab.pool import Pool
from cutaway.lab.questions import AuditQuestion, Question, audit_question, question
from cutaway.lab.shell import PAGE
from cutaway.lab.stream import Lines
from cutaway.lab.uploads import LIMIT, TooLargeError, Uploads

KEPT_ARRAYS = 512 << 20  # bytes of the reader's data, ready for the next answer
Answer = Callable[[Request], Awaitable[Response]]


class Lab:
    """All that the lab holds while it runs."""

    def __init__(self, modules: Sequence[str] | None, limit: int, linger: float) -> None:
        self.catalogue = Catalogue(modules)
        self.pool = Pool()
        self.jobs = Jobs(self.pool, linger)
        self.uploads = Uploads(self.pool, limit)
        self.threads = Threads()
        self._chosen: Kept[Any] = Kept(KEPT_ARRAYS, _array_bytes)

    async def page(self, request: Request) -> Response:
        """The page."""
        return HTMLResponse(PAGE)

    async def asset(self, request: Request) -> Response:
        """A file of the bundle."""
        if (found := asset(request.path_params["file"], request.headers.get("accept-encoding", ""))) is None:
            return refused(404, "the bundle has no such file")
        if request.headers.get("if-none-match") == found.headers["etag"]:
            return Response(status_code=304, headers=found.headers)
        return Response(found.content, media_type=found.kind, headers=found.headers)

    async def studies(self, request: Request) -> Response:
        """What there is."""
        return _json(await in_thread(lambda: self.catalogue.described))

    async def study(self, request: Request) -> Response:
        """One answer."""
        asked = await self._question(request)
        if asked.stored:
            told = await in_thread(lambda: self.catalogue.stored(asked.study.name))
            if told is None:
                return refused(404, f"{asked.study.title}: no result is stored")
            return JSONResponse(told | {"stored": True})
        if (known := self.jobs.results.get(asked.key)) is None:
            known = await self.threads.result(lambda progress: self._answer(asked, progress), request.is_disconnected)
            self.jobs.results.put(asked.key, known)
        return _json(known)

    async def study_stream(self, request: Request) -> Response:
        """A study as a job."""
        asked = await self._question(request)
        what = {"study": asked.study.name, "params": asked.params}
        return self._stream(self.jobs.start(asked.key, what, asked.task))

    async def audit_stream(self, request: Request) -> Response:
        """An audit as a job."""
        asked: AuditQuestion = audit_question(self.uploads, request.query_params.multi_items())
        return self._stream(
            self.jobs.start(asked.key, {"audit": asked.table, "params": {"target": asked.target}}, asked.task)
        )

    async def list_jobs(self, request: Request) -> Response:
        """What runs, and what ran lately."""
        return JSONResponse({"jobs": self.jobs.to_json()})

    async def cancel(self, request: Request) -> Response:
        """End a job; it is gone when this answers."""
        job = await self.jobs.cancel(request.path_params["number"])
        return refused(404, "no job has this number") if job is None else JSONResponse({"state": job.state})

    async def list_data(self, request: Request) -> Response:
        """The tables that there are."""
        return JSONResponse(self.uploads.to_json())

    async def add_data(self, request: Request) -> Response:
        """Take a table as it arrives."""
        length = request.headers.get("content-length", "")
        name = request.query_params.get("name", "")
        told = await self.uploads.add(name, request.stream(), int(length) if length.isdecimal() else None)
        return JSONResponse(told, 201)

    async def remove_data(self, request: Request) -> Response:
        """Forget a table."""
        self.uploads.remove(request.path_params["number"])
        return JSONResponse({})

    async def open(self) -> None:
        """Once the lab listens: import what answers need, and have a worker start."""

        async def warm() -> None:
            await asyncio.sleep(0.05)  # the first page is on its way
            await in_thread(lambda: self.catalogue.described)
            for module, reason in self.catalogue.broken.items():
                print(f"cutaway lab: {module} is left out ({reason})", file=sys.stderr)
            self.pool.warm(0)

        self._warming = asyncio.get_running_loop().create_task(warm())

    async def close(self) -> None:
        """End every run and delete every file."""
        self._warming.cancel()
        await self.jobs.close()
        await self.pool.close()
        self.uploads.close()

    async def _question(self, request: Request) -> Question:
        name, pairs = request.path_params["name"], request.query_params.multi_items()
        return await in_thread(lambda: question(self.catalogue, self.uploads, name, pairs))

    def _stream(self, job: Job) -> Response:
        return Lines(self.jobs.listen(job))

    def _answer(self, asked: Question, progress: Progress) -> bytes:
        """The answer as JSON, worked out here."""
        data, about = None, None
        if asked.selection is not None:
            key = json.dumps(asdict(asked.selection))
            chosen = self._chosen.get(key)
            if chosen is None:
                chosen = asked.selection.read()
                self._chosen.put(key, chosen)
            data, about = chosen.data, chosen.about
        outcome = asked.study.run(asked.study.parameters(asked.params), progress, data).to_json() | {"stored": False}
        if about is not None:
            outcome["data"] = about
        return json.dumps(outcome, allow_nan=False).encode()


@dataclass(frozen=True, slots=True)
class Application:
    """The lab behind its guard."""

    guard: Guard
    lab: Lab

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        await self.guard(scope, receive, send)


def application(
    studies: Sequence[str] | None = None,
    *,
    rules: Rules | None = None,
    upload_limit: int = LIMIT,
    linger: float = LINGER,
) -> Application:
    """The lab as an ASGI application.

    `studies`: modules to serve in place of cutaway's own; `rules`: who may ask; `upload_limit`: bytes of a table that
    somebody brings; `linger`: seconds that a job goes on when nobody listens.
    """
    lab = Lab(studies, upload_limit, linger)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await lab.open()
        try:
            yield
        finally:
            await lab.close()

    pages = ["/", "/study/{name}", "/audit", "/data"]
    routes = [
        *(Route(path, lab.page) for path in pages),
        Route("/bundle/{file:path}", lab.asset),
        Route("/api/studies", lab.studies),
        Route("/api/studies/{name}", lab.study),
        Route("/api/studies/{name}/stream", lab.study_stream),
        Route("/api/jobs", lab.list_jobs),
        Route("/api/jobs/{number}", lab.cancel, methods=["DELETE"]),
        Route("/api/data", lab.list_data, methods=["GET"]),
        Route("/api/data", lab.add_data, methods=["POST"]),
        Route("/api/data/{number}", lab.remove_data, methods=["DELETE"]),
        Route("/api/audit/stream", lab.audit_stream),
    ]
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers=HANDLERS)
    return Application(Guard(app, rules or Rules(port=0)), lab)


def _json(text: bytes) -> Response:
    return Response(text, media_type="application/json")


def _array_bytes(chosen: Any) -> int:
    data = chosen.data
    arrays = [*data.columns.values(), data.target] if hasattr(data, "columns") else [data.y, data.p]
    return sum(array.nbytes for array in arrays if array is not None)


async def _said(request: Request, error: Exception) -> Response:
    return refused(413 if isinstance(error, TooLargeError) else 400, str(error))


async def _left(request: Request, error: Exception) -> Response:
    return refused(499, "nobody waits for this answer")


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentences = {404: "there is nothing at this address", 405: "this address does not take this method"}
    return refused(error.status_code, sentences.get(error.status_code, error.detail))


async def _failed(request: Request, error: Exception) -> Response:
    from cutaway.lab.worker import bug, show_traceback

    show_traceback()
    print(f"cutaway lab: {request.url.path}: {bug(error)}", file=sys.stderr)
    return refused(500, bug(error))


HANDLERS: dict[Any, Any] = {
    CutawayError: _said,
    StoppedError: _left,
    ClientDisconnect: _left,
    HTTPException: _http,
    Exception: _failed,
}
