"""Middleware: the access log and the check of the Host header."""

import ipaddress
import logging
import time

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.domain.operations.cross_site import is_cross_site
from shared.domain.operations.trusted_hosts import is_foreign

logger = logging.getLogger("inkdex.model_server")


class AccessLog:
    """Logs the path, status and duration of each request, and never a text."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        status = 499  # stays if the client disconnects before the answer
        state = scope.setdefault("state", {})

        async def send_and_note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_and_note_status)
        finally:
            # The raw path is percent-encoded and cannot contain a line break.
            path = scope["raw_path"].decode("ascii", "replace")
            elapsed = (time.perf_counter() - started) * 1000
            texts = state.get("texts", 0)
            logger.info("%s %s %s %s texts %.1f ms", scope["method"], path, status, texts, elapsed)


class LocalRequests:
    """Refuses pages of other sites, and host names that one could point here (DNS rebinding)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or answer 403 with an empty body, as Ollama does."""
        headers = Headers(scope=scope)
        foreign = is_foreign(headers.get("host", ""))
        if foreign or is_cross_site(scope["method"], headers):
            await Response(status_code=403)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def is_loopback(host: str) -> bool:
    """Return whether a server on `host` is reachable from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
