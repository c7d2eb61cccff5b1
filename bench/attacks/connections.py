"""Connections that send little and hold much."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress

SEARCH = b"POST /v1/search HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
IDLE_CONNECTIONS = 1100
STALLED_BODIES = 70
EVENT_STREAMS = 300
HEADER_BYTES = 12_000_000
KEEP_SECONDS = 2.0

Opener = Callable[[], bytes]


def idle(port: int) -> None:
    """Open connections that never send a byte."""
    hold(port, IDLE_CONNECTIONS, b"")


def stalled_bodies(port: int) -> None:
    """Send most of a large body on each connection, then stop."""
    hold(port, STALLED_BODIES, SEARCH + b'Content-Length: 8000000\r\n\r\n{"q":"' + b"x" * 7_900_000)


def unfinished_headers(port: int) -> None:
    """Send most of a request's header on each connection, then stop."""
    hold(port, IDLE_CONNECTIONS, SEARCH)


def long_headers(port: int) -> None:
    """Send a header of 12 MB."""
    hold(port, 4, SEARCH + b"X-Padding: " + b"x" * HEADER_BYTES + b"\r\n\r\n")


def event_streams(port: int) -> None:
    """Open event streams and never read them."""
    hold(port, EVENT_STREAMS, b"GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")


def hold(port: int, count: int, sent: bytes) -> None:
    """Open `count` connections, send the same on each, and keep them open for a while."""
    opened = [_connected(port, sent) for _ in range(count)]
    time.sleep(KEEP_SECONDS)
    for connection in opened:
        connection.close()


def _connected(port: int, sent: bytes) -> socket.socket:
    connection = socket.socket()
    connection.settimeout(5)
    with suppress(OSError):  # the server may refuse, and that ends the attack
        connection.connect(("127.0.0.1", port))
        connection.sendall(sent)
    return connection
