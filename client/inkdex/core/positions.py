"""What a client has seen, so that a search on a read replica sees it too."""

import threading
from collections.abc import Mapping

import httpx

from inkdex.core.requests import Request

HEADER = "inkdex-position"
SEARCH = "/v1/search"


class Positions:
    """Keeps the newest position that answers told of. It is safe to share between threads."""

    def __init__(self) -> None:
        self._newest: tuple[int, str] | None = None
        self._lock = threading.Lock()

    def headers(self, request: Request) -> Mapping[str, str]:
        """Return the headers of a request: those of a search name the newest position."""
        if request.path != SEARCH or self._newest is None:
            return request.headers
        return {HEADER: self._newest[1], **request.headers}

    def note(self, response: httpx.Response) -> None:
        """Keep the position of an answer if it is newer."""
        told = response.headers.get(HEADER)
        if told is None:
            return
        high, _, low = told.partition("/")
        found = (int(high, 16) << 32) + int(low, 16), told
        with self._lock:
            self._newest = max(found, self._newest or found)
