"""What a client has seen, so that a search on a read replica sees it too."""

import re
import threading
from collections.abc import Mapping

import httpx

from inkdex.core.requests import Request

HEADER = "inkdex-position"
SEARCH = "/v1/search"
EVENTS = "/v1/events"
LATEST = "latest"
WRITTEN = re.compile(r"([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})")


class Positions:
    """Keeps what answers told of. It is safe to share between threads.

    `latest` is told by a server that is busy, and by the stream of events, whose events come later.
    """

    def __init__(self) -> None:
        self._newest = -1, ""
        self._requests = 0
        self._latest_until = -1
        self._hears_events = False
        self._lock = threading.Lock()

    def headers(self, request: Request) -> Mapping[str, str]:
        """Return the headers of a request: those of a search name what it must see."""
        sent = LATEST if self._is_latest else self._newest[1]
        if request.path != SEARCH or not sent:
            return request.headers
        return {HEADER: sent, **request.headers}

    def begin(self) -> int:
        """Return the number of a request that begins."""
        with self._lock:
            self._requests += 1
            return self._requests

    def note(self, number: int, request: Request, response: httpx.Response) -> None:
        """Keep what the answer of a request told of, if it is newer."""
        told = response.headers.get(HEADER, "")
        written = WRITTEN.fullmatch(told)
        with self._lock:
            if told == LATEST:
                self._latest_until = self._requests
                self._hears_events |= request.path == EVENTS
            elif written:
                found = (int(written[1], 16) << 32) + int(written[2], 16)
                self._newest = max((found, told), self._newest)
                if number > self._latest_until:
                    self._latest_until = -1

    @property
    def _is_latest(self) -> bool:
        return self._hears_events or self._latest_until >= 0
