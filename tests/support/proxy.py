"""A proxy in front of the model server that breaks it on demand.

    with running(ollama_url) as proxy:
        proxy.fault = model_faults.only_embed(model_faults.broken)
        ...
        proxy.heal()

A fault is a function that answers an exchange itself or passes it on.
"""

import http.client
import http.server
import json
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from local import ports

FORWARD_SECONDS = 60.0


class Exchange:
    """One request to the model server, and the ways to answer it."""

    def __init__(self, handler: "_Handler", body: bytes, healed: threading.Event) -> None:
        self._handler = handler
        self._body = body
        self.healed = healed
        self.path = handler.path
        self.texts = _texts(body) if self.path == "/api/embed" else []

    def forward(self) -> tuple[int, bytes]:
        """Send the request to the model server and return its answer."""
        host = urlsplit(self._handler.proxy.target)
        connection = http.client.HTTPConnection(
            host.hostname or "", host.port, timeout=FORWARD_SECONDS
        )
        try:
            headers = {"Content-Type": "application/json"}
            connection.request(self._handler.command, self.path, self._body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def answer(self, status_: int, body: bytes, *, cut_after: int | None = None) -> None:
        """Answer the client, completely or up to `cut_after` bytes."""
        self._handler.send_response(status_)
        self._handler.send_header("Content-Type", "application/json")
        self._handler.send_header("Content-Length", str(len(body)))
        self._handler.end_headers()
        self._handler.wfile.write(body[:cut_after])

    def stream(self, pieces: Iterable[bytes]) -> None:
        """Answer 200 with a body of unknown length, until the client disconnects."""
        self._handler.send_response(200)
        self._handler.send_header("Content-Type", "application/json")
        self._handler.end_headers()
        self._handler.close_connection = True
        for piece in pieces:
            self._handler.wfile.write(piece)

    def reset(self) -> None:
        """End the connection with a RST."""
        self._handler.reset()


Fault = Callable[[Exchange], None]


def pass_on(exchange: Exchange) -> None:
    exchange.answer(*exchange.forward())


class Proxy:
    """The proxy, its current fault, and a record of its requests."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.port = ports.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.batches: list[list[str]] = []
        self.requests: Counter[str] = Counter()
        self._fault: Fault = pass_on
        self._healed = threading.Event()
        self._connections: set[socket.socket] = set()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        # This socket is bound but does not listen: it reserves the port while the proxy refuses.
        self._holder = socket.socket()
        for option in (socket.SO_REUSEPORT, socket.SO_REUSEADDR):  # the second for TIME_WAIT
            self._holder.setsockopt(socket.SOL_SOCKET, option, 1)
        self._holder.bind(("127.0.0.1", self.port))

    @property
    def fault(self) -> Fault:
        return self._fault

    @fault.setter
    def fault(self, fault: Fault) -> None:
        self._healed.set()
        self._healed = threading.Event()
        self._fault = fault

    def heal(self) -> None:
        """Pass everything on again, and reset the requests that hang."""
        self.fault = pass_on
        if self._server is None:
            self.accept()

    @property
    def texts(self) -> list[str]:
        """Every text that was sent to be embedded, in order."""
        return [text for batch in self.batches for text in batch]

    def forget(self) -> None:
        """Start counting again from zero."""
        self.batches.clear()
        self.requests.clear()

    def accept(self) -> None:
        self._server = _Server(("127.0.0.1", self.port), _Handler)
        self._server.proxy = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def refuse(self) -> None:
        """Close the port and every connection."""
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.fault = pass_on
        self.refuse()
        self._holder.close()

    def _take(self, handler: "_Handler", body: bytes) -> tuple[Fault, Exchange]:
        exchange = Exchange(handler, body, self._healed)
        self.requests[exchange.path] += 1
        if exchange.texts:
            self.batches.append(exchange.texts)
        return self._fault, exchange


@contextmanager
def running(target: str) -> Iterator[Proxy]:
    proxy = Proxy(target)
    proxy.accept()
    try:
        yield proxy
    finally:
        proxy.close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_port = True
    request_queue_size = 128
    proxy: Proxy

    def handle_error(self, *_: object) -> None:
        """Stay silent: connections break here on purpose."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    connection: socket.socket

    @property
    def proxy(self) -> Proxy:
        assert isinstance(self.server, _Server)
        return self.server.proxy

    def setup(self) -> None:
        super().setup()
        self.proxy._connections.add(self.connection)

    def finish(self) -> None:
        self.proxy._connections.discard(self.connection)
        super().finish()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault, exchange = self.proxy._take(self, body)
        fault(exchange)

    do_GET = do_POST = _serve  # noqa: N815 - as http.server names them

    def reset(self) -> None:
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # The RST is sent when the last file object of the socket is closed.
        self.rfile.close()
        self.connection.close()
        self.close_connection = True

    def log_message(self, *_: Any) -> None:  # noqa: ANN401
        """Stay silent."""


def _texts(body: bytes) -> list[str]:
    texts = json.loads(body).get("input")
    return [texts] if isinstance(texts, str) else texts
