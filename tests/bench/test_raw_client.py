"""The client of the benchmarks reads every answer, however it arrives."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench import raw_client


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = b"x" * 100_000
        self.send_response(503 if self.path == "/busy" else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:10])
        self.wfile.flush()
        self.wfile.write(body[10:])

    def log_message(self, *_: object) -> None:
        """Print no log."""


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("clients", [1, 4])
def test_answers_are_counted_by_status(url: str, clients: int) -> None:
    requests = raw_client.get(url, ["/", "/busy"])
    answers = raw_client.send(url, requests, clients, seconds=0.3)
    assert abs(len(answers.durations) - answers.others[503]) <= clients
    assert answers.durations
    assert answers.per_second == pytest.approx(len(answers.durations) / answers.seconds)
