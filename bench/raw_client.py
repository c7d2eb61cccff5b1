"""A client that sends prepared requests. It takes a few microseconds for each.

An ordinary client's own cost would hide that of the server.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle

import uvloop

LENGTH = b"content-length: "


@dataclass
class Answers:
    """The durations of all answers with status 200, and the number of all others."""

    seconds: float = 0.0
    durations: list[float] = field(default_factory=list)
    others: Counter[int] = field(default_factory=Counter)

    @property
    def per_second(self) -> float:
        return len(self.durations) / self.seconds


class _Client(asyncio.Protocol):
    """Sends a request as soon as the one before is answered, until the deadline."""

    def __init__(self, requests: Iterator[bytes], deadline: float, answers: Answers) -> None:
        self._requests = requests
        self._deadline = deadline
        self._answers = answers
        self._received = b""
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if found and len(body) >= int(head.partition(LENGTH)[2].partition(b"\r\n")[0]):
            self._record(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))

    def _record(self, status: int) -> None:
        now = time.perf_counter()
        if status == 200:
            self._answers.durations.append(now - self._sent)
        else:
            self._answers.others[status] += 1
        self._received = b""
        if now < self._deadline:
            self._send()
        else:
            self.done.set_result(None)
            self._transport.close()

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(next(self._requests))


def get(url: str, paths: Sequence[str]) -> list[bytes]:
    """Return the requests for these paths."""
    host = url.removeprefix("http://")
    return [f"GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n".encode() for path in paths]


def send(url: str, requests: Sequence[bytes], clients: int, seconds: float) -> Answers:
    """Send requests over `clients` connections for some seconds. All clients share the list."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_send(url, requests, clients, seconds))


async def _send(url: str, requests: Sequence[bytes], clients: int, seconds: float) -> Answers:
    host, _, port = url.removeprefix("http://").partition(":")
    answers, shared, started = Answers(), cycle(requests), time.perf_counter()
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(
            lambda: _Client(shared, started + seconds, answers), host, int(port)
        )
        for _ in range(clients)
    ]
    await asyncio.gather(*(client.done for _, client in opened))
    answers.seconds = time.perf_counter() - started
    return answers
