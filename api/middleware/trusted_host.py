"""Refuses host names that a stranger may have pointed at this API (DNS rebinding)."""

from functools import lru_cache

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.errors import ProblemResponse, problem
from shared.domain.operations.trusted_hosts import is_foreign


class TrustedHosts:
    """`allowed` adds names to those that can only be ours."""

    def __init__(self, app: ASGIApp, allowed: frozenset[str]) -> None:
        self._app = app
        self._is_foreign = lru_cache(maxsize=100)(lambda host: is_foreign(host, allowed))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, or answer 421 for a foreign host name."""
        if scope["type"] == "http":
            host = Headers(scope=scope).get("host", "")
            if self._is_foreign(host):
                await _misdirected(host)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _misdirected(host: str) -> ProblemResponse:
    return problem(
        421,
        "misdirected-request",
        f"{host[:100]} is not a name of this API. If it is one, add it to INKDEX_ALLOWED_HOSTS.",
    )
