"""Readers of `GET /v1/events` that resume whenever their stream ends."""

import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import NamedTuple

import httpx

from tests.support import loopback

SILENT_SECONDS = 20.0
"""An API sends something every 15 seconds."""
AGAIN_SECONDS = 0.2


class Change(NamedTuple):
    """What an event tells."""

    id: str
    status: str
    version: int


class Listener:
    """One reader: it resumes after its last event at any API when its stream ends."""

    def __init__(self, name: str, seed: int, urls: Sequence[str]) -> None:
        self.name = name
        self.told: list[tuple[str, Change]] = []
        """The ids of events, with what they told."""
        self.missed = 0
        self.connections = 0
        self._urls = urls
        self._random = Random(f"{seed}-{name}")
        self._last: str | None = None
        self._listens = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin, and wait until all further changes will be told."""
        self._thread.start()
        assert self._listens.wait(30), "no API streams events"

    def stop(self) -> None:
        """Take nothing more. The thread ends at the next line of its stream, or with it."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.wait(AGAIN_SECONDS):
            headers = {"Last-Event-ID": self._last} if self._last else {}
            timeout = httpx.Timeout(SILENT_SECONDS, connect=2.0)
            try:
                with (
                    loopback.client(self._random.choice(self._urls), timeout) as client,
                    client.stream("GET", "/v1/events", headers=headers) as stream,
                ):
                    if stream.status_code == httpx.codes.OK:
                        self.connections += 1
                        self._read(stream.iter_lines())
            except httpx.TransportError:
                continue

    def _read(self, lines: Iterable[str]) -> None:
        fields: dict[str, str] = {}
        for line in lines:
            if self._stopping.is_set():
                return
            name, _, value = line.partition(": ")
            if line:
                fields[name] = value
            else:
                self._take(fields)
                fields = {}

    def _take(self, fields: Mapping[str, str]) -> None:
        if fields.get("event") == "missed":
            self.missed += 1
        if fields.get("event") == "document":
            change = json.loads(fields["data"])
            told = Change(change["id"], change["status"], change["version"])
            self.told.append((fields["id"], told))
        self._last = fields.get("id", self._last)
        self._listens.set()
