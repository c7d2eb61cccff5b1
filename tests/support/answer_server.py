"""An API on loopback that answers `POST /v1/ask` by a script, for what a real one seldom does.

    with running() as server:
        server.script = refuse(429, retry_after=12)

A script is a function that writes the events of one answer.
"""

import http.server
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Script = Callable[["Answer"], None]

HOLD_SECONDS = 30.0


class Answer:
    """The answer to one question, as it is written."""

    def __init__(self, handler: http.server.BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        self._handler = handler
        self.body = body
        self._begun = False

    def event(self, name: str, **data: object) -> None:
        self._write(f"event: {name}\ndata: {json.dumps(data)}\n\n")

    def problem(self, status: int, detail: str, **fields: object) -> None:
        """Answer with a problem, before the first event."""
        retry_after = fields.pop("retry_after", None)
        self._handler.send_response(status)
        self._handler.send_header("Content-Type", "application/problem+json")
        if retry_after is not None:
            self._handler.send_header("Retry-After", str(retry_after))
        self._handler.end_headers()
        self._handler.wfile.write(json.dumps({"detail": detail, **fields}).encode())

    def hold(self, until: threading.Event) -> None:
        """Send comments until the event is set. Raises ConnectionError when the client has gone."""
        end = time.monotonic() + HOLD_SECONDS
        while not until.wait(0.02) and time.monotonic() < end:
            self._write(": waiting\n\n")

    def reset(self) -> None:
        """End the connection in a way that the client notices as an error."""
        linger = struct.pack("ii", 1, 0)
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._handler.connection.close()

    def _write(self, text: str) -> None:
        if not self._begun:
            self._begun = True
            self._handler.send_response(200)
            self._handler.send_header("Content-Type", "text/event-stream")
            self._handler.end_headers()
        self._handler.wfile.write(text.encode())
        self._handler.wfile.flush()


def silent(_: Answer) -> None:
    """Answer nothing."""


@dataclass
class AnswerServer:
    """The questions in order of arrival; `script` answers each."""

    url: str = ""
    script: Script = silent
    bodies: list[dict[str, Any]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    gone: threading.Event = field(default_factory=threading.Event)
    """A client went away before its answer ended."""


def _handler(found: AnswerServer) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found.bodies.append(body)
            try:
                found.script(Answer(self, body))
            except ConnectionError:
                found.gone.set()

        def finish(self) -> None:
            with suppress(OSError):  # the script may have ended the connection
                super().finish()

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    return Handler


@contextmanager
def running() -> Iterator[AnswerServer]:
    found = AnswerServer()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(found))
    found.url = f"http://127.0.0.1:{server.server_port}/v1/ask"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield found
    finally:
        found.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
