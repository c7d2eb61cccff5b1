"""An API that is busy, breaks off, or refuses an import."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from api.app import create_app

Answer = int | tuple[int, dict[str, Any]]
WHOAMI: dict[str, Any] = {
    "tenant": "t",
    "key": None,
    "token": None,
    "scopes": [],
    "operator": False,
    "keys_exist": True,
}


class FailingApi(http.server.ThreadingHTTPServer):
    """Answers each bulk import as `answer` says, and stores the accepted ids.

    `state` is the status of every document, and `asked` the ids whose states were asked for.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.accepted: list[str] = []
        self.requests = 0
        self.state = "ready"
        self.asked: list[tuple[str, list[str]]] = []
        self.answer: Callable[[int, list[str]], Answer] = lambda *_: 200
        described = create_app().openapi()["paths"]["/v1/stats"]["get"]["responses"]["200"]
        self.stats = described["content"]["application/json"]["example"]
        self.stats |= {"paused_reason": "timeout"}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def reply(self, lines: list[bytes]) -> tuple[int, dict[str, Any]]:
        ids = [json.loads(line)["id"] for line in lines]
        answer = self.answer(self.requests, ids)
        self.requests += 1
        status, body = answer if isinstance(answer, tuple) else (answer, {})
        if status != 200:
            return status, {"detail": "Too much waits already."} | body
        new = [id_ for id_ in ids if id_ not in self.accepted]
        self.accepted += new
        return 200, {"accepted": len(new), "unchanged": len(ids) - len(new)}

    def states(self, collection: str, ids: list[str]) -> list[dict[str, Any]]:
        self.asked.append((collection, ids))
        error = "The model rejects it." if self.state == "failed" else None
        state = {"status": self.state, "error_code": None, "error_message": error}
        return [{"id": id_} | state for id_ in ids if id_ in self.accepted]


class _Handler(http.server.BaseHTTPRequestHandler):
    server: FailingApi

    def do_GET(self) -> None:
        self.send(200, self.server.stats if self.path == "/v1/stats" else WHOAMI)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        url = urlsplit(self.path)
        if url.path == "/v1/documents/bulk":
            self.send(*self.server.reply(body.splitlines()))
        else:
            collection = parse_qs(url.query)["collection"][0]
            self.send(200, {"items": self.server.states(collection, json.loads(body)["ids"])})

    def send(self, status: int, body: dict[str, Any]) -> None:
        self.send_response(status)
        if status in {429, 503}:
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Print no log."""


@contextmanager
def running() -> Iterator[FailingApi]:
    """Run one for the length of the block."""
    with FailingApi() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
