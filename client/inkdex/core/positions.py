"""What a client has seen, so that a search on a read replica sees it too."""

import re
import threading
from collections.abc import Mapping

import httpx

from inkdex.core.requests import Request

HEADER = "inkdex-position"
SEARCH = "/v1/search"
LATEST = "latest"
WRITTEN = re.compile(r"([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})")


class Positions:
    """Keeps the newest position that answers told of. It is safe to share between threads."""

    def __init__(self) -> None:
        self._newest = (-1, "")
        self._lock = threading.Lock()

    def headers(self, request: Request) -> Mapping[str, str]:
        """Return the headers of a request: those of a search name the newest position."""
        if request.path != SEARCH or not self._newest[1]:
            return request.headers
        return {HEADER: self._newest[1], **request.headers}

    def note(self, response: httpx.Response) -> None:
        """Keep the position of an answer if it is newer. `latest` stands until the next one."""
        told = response.headers.get(HEADER, "")
        written = WRITTEN.fullmatch(told)
        with self._lock:
            if written:
                found = (int(written[1], 16) << 32) + int(written[2], 16)
                self._newest = max((found, told), self._newest)
            elif told == LATEST:
                self._newest = self._newest[0], LATEST
