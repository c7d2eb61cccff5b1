"""What happens around every request: one line of log, and the check of its Host header."""

import ipaddress
import logging
import time

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.domain.operations.trusted_hosts import is_foreign

logger = logging.getLogger("inkdex.model_server")


class AccessLog:
    """Logs what was asked and how long it took, never a text."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request and log it."""
        started = time.perf_counter()
        status = 499  # what a client that hung up would have been told
        state = scope.setdefault("state", {})

        async def observe(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, observe)
        finally:
            # The raw path is still percent-encoded, so that it can't begin a line of its own.
            path = scope["raw_path"].decode("ascii", "replace")
            elapsed = (time.perf_counter() - started) * 1000
            texts = state.get("texts", 0)
            logger.info("%s %s %s %s texts %.1f ms", scope["method"], path, status, texts, elapsed)


class LocalHosts:
    """Refuses names a stranger could have pointed at this machine (DNS rebinding)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or answer as Ollama does: 403 and not a word."""
        if is_foreign(Headers(scope=scope).get("host", "")):
            await Response(status_code=403)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def is_loopback(host: str) -> bool:
    """Tell whether a server bound to `host` is heard on this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
