"""What a client has seen, so that a search on a read replica sees it too."""

import re
import threading
from collections.abc import Mapping

import httpx

from inkdex.core.requests import Request

HEADER = "inkdex-position"
SEARCH = "/v1/search"
WRITTEN = re.compile(r"([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})")


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
        told = WRITTEN.fullmatch(response.headers.get(HEADER, ""))
        if told is None:
            return
        found = (int(told[1], 16) << 32) + int(told[2], 16), told[0]
        with self._lock:
            self._newest = max(found, self._newest or found)
