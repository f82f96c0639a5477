"""Ask every kernel of a running server: a job as JSON on standard input, one observation a line on standard output.

It runs in the server's environment, whose tornado speaks HTTP and websockets, and judges nothing: it says what it saw.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

MARK = "cutaway-facts:"
NOISE = ("_", "SHLVL", "PWD", "OLDPWD")
LATE = 5.0  # seconds in which what a cell writes may follow it
SUSPECT = 5.0  # seconds without a word from a kernel, after which it is started by hand too
STARTED_ALONE = 10.0  # seconds in which a kernel that cannot start says why
INTERRUPTED = 8.0  # seconds in which an interrupt must have its effect


class EndedError(Exception):
    """The kernel's process is gone."""


class Session:
    """A kernel and its websocket; `run` executes one cell."""

    def __init__(self, address: str, token: str, name: str) -> None:
        self.address, self.token, self.name = address, token, name
        self.id: str | None = None
        self.socket: Any = None

    def _request(self, path: str, method: str = "GET", content: Any = None, patience: float = 60.0) -> Any:
        from tornado.httpclient import HTTPRequest

        return HTTPRequest(
            self.address + path,
            method=method,
            headers={"Authorization": f"token {self.token}"},
            body=None if method in ("GET", "DELETE") else json.dumps(content or {}),
            request_timeout=patience,
        )

    async def begin(self, patience: float) -> None:
        """Start the kernel and wait until it has told about itself."""
        from tornado.httpclient import AsyncHTTPClient
        from tornado.websocket import websocket_connect

        client = AsyncHTTPClient()
        answer = await client.fetch(self._request("/api/kernels", "POST", {"name": self.name}, patience))
        self.id = json.loads(answer.body)["id"]
        request = self._request(f"/api/kernels/{self.id}/channels", patience=patience)
        request.url = "ws" + request.url.removeprefix("http")
        self.socket = await websocket_connect(request)
        while True:  # a kernel hears nothing before it has bound its sockets, so it is asked until it answers
            try:
                await asyncio.wait_for(self._exchange("kernel_info_request", {}), 1.0)
                return
            except TimeoutError:
                patience -= 1.0
                if patience <= 0:
                    raise
                await self._alive()

    async def _alive(self) -> None:
        """Raise EndedError where the server has given the kernel up."""
        from tornado.httpclient import AsyncHTTPClient

        answer = await AsyncHTTPClient().fetch(self._request(f"/api/kernels/{self.id}"), raise_error=False)
        if answer.code == 404 or json.loads(answer.body or "{}").get("execution_state") == "dead":
            raise EndedError

    async def end(self) -> None:
        """Shut the kernel down."""
        from tornado.httpclient import AsyncHTTPClient

        if self.socket is not None:
            self.socket.close()
        if self.id is not None:
            await AsyncHTTPClient().fetch(self._request(f"/api/kernels/{self.id}", "DELETE"), raise_error=False)

    async def interrupt(self) -> None:
        """Ask the server to interrupt the kernel."""
        from tornado.httpclient import AsyncHTTPClient

        await AsyncHTTPClient().fetch(self._request(f"/api/kernels/{self.id}/interrupt", "POST"), raise_error=False)

    async def run(self, code: str, patience: float, *, writes: bool = False) -> dict[str, Any]:
        """The outcome of one cell: its text, and the error that it raised.

        What a cell `writes` may come after the kernel is idle again, as it does from Deno.
        """
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
        return await asyncio.wait_for(self._exchange("execute_request", content, LATE if writes else 0.0), patience)

    async def _exchange(self, kind: str, content: dict[str, Any], late: float = 0.0) -> dict[str, Any]:
        number = uuid.uuid4().hex
        header = {"msg_id": number, "msg_type": kind, "session": number, "username": "", "version": "5.3"}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        await self.socket.write_message(json.dumps({**message, "buffers": []}))
        out: dict[str, Any] = {"text": "", "error": None}
        replied = idle = False
        while True:
            ended = replied and (idle or kind != "execute_request")
            if ended and (not late or out["text"] or out["error"]):
                return out
            try:
                said = await asyncio.wait_for(self.socket.read_message(), late if ended else None)
            except TimeoutError:
                return out
            if said is None:
                raise EndedError
            if isinstance(said, bytes):
                continue
            heard = json.loads(said)
            body, title = heard["content"], heard["header"]["msg_type"]
            if title == "status" and body.get("execution_state") in ("dead", "restarting"):
                raise EndedError
            if heard["parent_header"].get("msg_id") != number:
                continue
            if title == "stream":
                out["text"] += body["text"]
            elif title in ("execute_result", "display_data"):
                out["text"] += str(body["data"].get("text/plain", "")) + "\n"
            elif title == "error" or (title == "execute_reply" and body.get("status") in ("error", "aborted")):
                out["error"] = out["error"] or f"{body.get('ename', '')}: {body.get('evalue', '')}".strip(": ")
            replied = replied or title.endswith("_reply")
            idle = idle or (title == "status" and body["execution_state"] == "idle")


def facts(text: str) -> dict[str, Any] | None:
    """What a kernel printed about itself; bash prints its environment as `env -0` does, in base 64."""
    line = next((one.split(MARK, 1)[1] for one in text.splitlines() if MARK in one), None)
    if line is None:
        return None
    line = line.strip().strip("'\"")
    if line.startswith("{"):
        out: dict[str, Any] = json.loads(line)
        return out
    pairs = base64.b64decode(line).decode("utf-8", "replace").split("\0")
    return {"environment": dict(pair.split("=", 1) for pair in pairs if "=" in pair)}


def expected(prefix: str, wrapper: list[str], env: Mapping[str, str]) -> dict[str, str]:
    """The variables that the activation of a prefix sets or changes, as they should be in its kernel."""
    before = {**os.environ, **env}
    done = subprocess.run([*wrapper, prefix, "/usr/bin/env", "-0"], env=before, capture_output=True, check=False)
    pairs = done.stdout.decode("utf-8", "replace").split("\0")
    after = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    return {name: value for name, value in after.items() if os.environ.get(name) != value and name not in NOISE}


async def alone(argv: list[str], env: Mapping[str, str]) -> str | None:
    """What the kernel's program says when it is started by hand, and ends at once; None where it does not end."""
    from jupyter_client.connect import write_connection_file

    with tempfile.TemporaryDirectory() as folder:
        place = os.path.join(folder, "connection.json")
        write_connection_file(place)
        command = [word.replace("{connection_file}", place) for word in argv]
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**os.environ, **env},
                start_new_session=True,
            )
        except OSError as error:
            return f"{command[0]}: {error.strerror}"
        try:
            said = (await asyncio.wait_for(process.communicate(), STARTED_ALONE))[0]
        except TimeoutError:
            return None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    return said.decode("utf-8", "replace")[-4000:]


def say(observation: dict[str, Any]) -> None:
    """Print one observation."""
    print(json.dumps(observation), flush=True)


async def observe(one: dict[str, Any], job: dict[str, Any], token: str, began: float) -> None:
    """Take one kernel through its cells, and say what was seen."""
    session = Session(job["address"], token, one["name"])
    out: dict[str, Any] = {"kernel": one["name"], "step": "start"}
    patience = job["timeout"]
    try:
        await _begun(session, one, patience, out)
        out["step"] = "answer"
        out["answer"] = await session.run(one["answer"], patience, writes=True)
        out["answered"] = time.monotonic() - began
        if one["facts"]:
            out["step"] = "facts"
            seen = await session.run(one["facts"], patience, writes=True)
            out["facts"], out["facts_error"] = facts(seen["text"]), seen["error"]
            out["expected"] = await asyncio.to_thread(expected, one["prefix"], one["wrapper"], one["env"])
        if one["sleep"]:
            out["step"] = "interrupt"
            out["interrupted"] = await _interrupted(session, one, patience)
        out["step"] = "done"
    except EndedError:
        out["ended"] = True
    except TimeoutError:
        out["timed_out"] = True
    except Exception as error:  # whatever happens to one kernel is said of it, and does not end the others
        out["failed"] = f"{type(error).__name__}: {error}"[:500]
    unstarted = out["step"] in ("start", "answer") and bool(out.keys() & {"ended", "failed", "timed_out"})
    if unstarted and "alone" not in out:
        out["alone"] = await alone(one["argv"], one["env"]) or ""
    await session.end()
    say(out)


async def _begun(session: Session, one: dict[str, Any], patience: float, out: dict[str, Any]) -> None:
    """Start the kernel. One that says nothing for a while is started by hand too: a server gives it up only after a
    minute, and does not say why.
    """
    beginning = asyncio.ensure_future(session.begin(patience))
    done, _ = await asyncio.wait({beginning}, timeout=SUSPECT)
    if not done:
        by_hand = asyncio.ensure_future(alone(one["argv"], one["env"]))
        await asyncio.wait({beginning, by_hand}, return_when=asyncio.FIRST_COMPLETED)
        if not beginning.done():
            said = await by_hand
            if said is not None:
                out["alone"] = said
                beginning.cancel()
                raise EndedError
        by_hand.cancel()
    await beginning


async def _interrupted(session: Session, one: dict[str, Any], patience: float) -> bool:
    """Whether a cell that sleeps ends when it is interrupted, and the kernel answers afterwards."""
    began = time.monotonic()
    sleeping = asyncio.ensure_future(session.run(one["sleep"], patience))
    await asyncio.sleep(0.5)
    await session.interrupt()
    done, _ = await asyncio.wait({sleeping}, timeout=INTERRUPTED)
    if not done:
        sleeping.cancel()
        return False
    sleeping.result()
    if time.monotonic() - began < 0.5:
        return False  # it did not sleep at all
    for _ in range(2):  # what was queued while the interrupt came may be aborted with it
        again = await session.run(one["answer"], patience, writes=True)
        if again["error"] is None:
            return True
    return False


async def execute(notebook: dict[str, Any], job: dict[str, Any], token: str) -> None:
    """Run a notebook's cells in order, in a kernel of its own, until one fails."""
    session = Session(job["address"], token, notebook["kernel"])
    out: dict[str, Any] = {"notebook": notebook["path"], "kernel": notebook["kernel"], "cell": 0, "error": None}
    try:
        await session.begin(job["timeout"])
        for number, code in notebook["cells"]:
            out["cell"] = number
            seen = await session.run(code, job["timeout"])
            if seen["error"] is not None:
                out["error"] = seen["error"]
                break
    except EndedError:
        out["error"] = "the kernel ended"
    except TimeoutError:
        out["error"] = f"no answer within {job['timeout']:g} s"
    except Exception as error:  # as above
        out["error"] = f"{type(error).__name__}: {error}"[:500]
    await session.end()
    say(out)


async def main() -> None:
    """Read the job and do it."""
    job = json.load(sys.stdin)
    token = Path(job["token_file"]).read_text("utf-8").strip()
    began = job.get("began") or time.monotonic()
    await asyncio.gather(*(observe(one, job, token, began) for one in job["kernels"]))
    await asyncio.gather(*(execute(one, job, token) for one in job["notebooks"]))


if __name__ == "__main__":
    asyncio.run(main())
