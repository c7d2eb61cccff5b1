"""A tiny HTTP server that answers as a test says, one answer after the other."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Scripted:
    """An answer. `cut` closes the connection after so many bytes; 0 sends nothing at all."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class ScriptedServer:
    """The answers that are left, and the requests that came. The last answer is repeated."""

    url: str
    answers: list[Scripted] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)


@contextmanager
def running() -> Iterator[ScriptedServer]:
    """Run a server for the length of the block."""
    scripted = ScriptedServer("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            scripted.received.append(Received(self.command, self.path, headers, body))
            answers = scripted.answers
            self._answer(answers.pop(0) if len(answers) > 1 else answers[0])

        def _answer(self, answer: Scripted) -> None:
            self.close_connection = True
            if answer.cut == 0:
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body[: answer.cut])

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - as http.server names them

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        scripted.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield scripted
        finally:
            server.shutdown()
            thread.join()
