"""`inkdex mcp`: passes messages of the Model Context Protocol on to the server.

One message a line comes from standard input, and one answer a line goes to standard output.
"""

import argparse
import asyncio
import json
import sys
import threading
from collections.abc import Mapping
from typing import Any

import httpx

from inkdex.client import connection
from inkdex.commands.output import complain

PATH = "/mcp"
TIMEOUT = httpx.Timeout(None, connect=10.0)
"""An answer may take minutes. The program that asks gives up when it likes to."""
VERSION = "io.modelcontextprotocol/protocolVersion"
ACCEPT = "application/json, text/event-stream"
UNAVAILABLE = -32000
INVALID = -32600

Message = dict[str, Any]


def run(options: argparse.Namespace) -> int:
    """Pass messages on until standard input ends."""
    asyncio.run(_run(options))
    return 0


async def _run(options: argparse.Namespace) -> None:
    async with httpx.AsyncClient(**connection(options.url, options.key), timeout=TIMEOUT) as http:
        proxy = _Proxy(http)
        lines = _lines()
        while line := await lines.get():
            proxy.take(line)
        await proxy.finish()


def _lines() -> asyncio.Queue[bytes]:
    """Return the lines of standard input as they come; an empty one is the end."""
    lines, loop = asyncio.Queue[bytes](), asyncio.get_running_loop()

    def read() -> None:
        for line in sys.stdin.buffer:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, b"")

    threading.Thread(target=read, daemon=True).start()
    return lines


class _Proxy:
    """The messages that wait for their answers."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._version: str | None = None
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, line: bytes) -> None:
        """Pass on a message, or stop what it cancels."""
        try:
            message = json.loads(line)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            if line.strip():
                _say({"jsonrpc": "2.0", "id": None, "error": _error(INVALID, "is no message")})
        elif message.get("method") == "notifications/cancelled":
            # The server notices that the request is closed, and stops.
            cancelled = self._waiting.get(repr(_params(message).get("requestId")))
            if cancelled:
                cancelled.cancel()
        else:
            self._start(message)

    async def finish(self) -> None:
        """Wait for all answers."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, message: Message) -> None:
        task = asyncio.create_task(self._pass_on(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if "id" in message:
            id_ = repr(message["id"])
            self._waiting[id_] = task
            task.add_done_callback(lambda _: self._waiting.pop(id_, None))

    async def _pass_on(self, message: Message) -> None:
        try:
            answer = await self._http.post(PATH, json=message, headers=self._headers(message))
        except httpx.HTTPError as error:
            reason = f"{self._http.base_url} does not answer: {type(error).__name__}."
            _refuse(message, reason)
            return
        found = _json(answer)
        if "jsonrpc" in found:
            self._note(message, found)
            _say(found)
        elif not answer.is_success:
            _refuse(message, found.get("detail") or f"The server answers {answer.status_code}.")

    def _headers(self, message: Message) -> dict[str, str]:
        """Return what the protocol repeats in headers. Messages of 2026 name their version."""
        params = _params(message)
        meta = params.get("_meta")
        own = meta.get(VERSION) if isinstance(meta, Mapping) else None
        named = {
            "accept": ACCEPT,
            "mcp-protocol-version": own or self._version,
            "mcp-method": message.get("method"),
            "mcp-name": params.get("name"),
        }
        return {
            name: value
            for name, value in named.items()
            if isinstance(value, str) and value.isascii() and value.isprintable()
        }

    def _note(self, message: Message, answer: Message) -> None:
        """Keep the version that both sides have agreed on."""
        result = answer.get("result")
        if message.get("method") == "initialize" and isinstance(result, Mapping):
            self._version = result.get("protocolVersion")


def _params(message: Message) -> Mapping[str, Any]:
    params = message.get("params")
    return params if isinstance(params, Mapping) else {}


def _json(answer: httpx.Response) -> Message:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _refuse(message: Message, reason: str) -> None:
    """Answer a request with an error. Nobody waits for the answer to a notification."""
    complain(reason)
    if "id" in message:
        error = _error(UNAVAILABLE, reason)
        _say({"jsonrpc": "2.0", "id": message["id"], "error": error})


def _error(code: int, message: str) -> Message:
    return {"code": code, "message": message}


def _say(message: Message) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()
