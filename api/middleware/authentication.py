"""The door: tells who makes a request, once, and lets nobody else in."""

from typing import Final

from fastapi.sse import format_sse_event
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from api.http.errors import problem_of, refusal
from api.http.paths import is_public
from shared.domain.access.open_networks import addresses_of
from shared.domain.access.principal import Principal
from shared.domain.access_errors import AccessChanged, NoKeysYet, NotAuthenticated
from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.errors import InkdexError
from shared.services.access.authenticator import Credentials
from shared.services.access.open_requests import OpenRequest
from shared.services.access.service import Access

METRICS: Final = "/metrics"
"""Answered whatever is down, to whoever was let in before."""
_REFUSALS = (NotAuthenticated, NoKeysYet, DatabaseUnavailable)
_ENDS = (NotAuthenticated, NoKeysYet, AccessChanged)


class Authentication:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request of a known sender. Others get 401, or 403 while no key exists."""
        if scope["type"] != "http" or is_public(scope["path"]):
            await self._app(scope, receive, send)
            return
        access: Access = scope["app"].state.services.access
        given = credentials_of(scope)
        try:
            principal = await _principal(access, given, scope["path"])
        except _REFUSALS as error:
            await refusal(error, scope["path"])(scope, receive, send)
            return
        scope.setdefault("state", {})["principal"] = principal
        _name_in_logs(principal)
        answer = _Answer(send)
        try:
            async with access.open_requests.serving(given, principal) as request:
                answer.request = request
                await self._app(scope, receive, answer.send)
        except _ENDS as error:
            if answer.has_begun:
                await answer.end(error)
            else:
                await refusal(error, scope["path"])(scope, receive, send)


def _name_in_logs(principal: Principal) -> None:
    """Add the tenant and the id of the key to each line of the request."""
    bind_contextvars(tenant=principal.tenant.name)
    if principal.key:
        bind_contextvars(key=principal.key)


async def _principal(access: Access, given: Credentials, path: str) -> Principal:
    try:
        return await access.authenticator.principal(given)
    except DatabaseUnavailable:
        known = access.authenticator.last_known(given) if path == METRICS else None
        if known is None:
            raise
        return known


def credentials_of(scope: Scope) -> Credentials:
    headers = Headers(scope=scope)
    # Of two headers a proxy may have checked the other one, so together they are no key.
    scheme, _, secret = ", ".join(headers.getlist("authorization")).partition(" ")
    is_bearer = scheme.lower() == "bearer" and secret.strip()
    peer = scope["client"][0] if scope.get("client") else ""
    return Credentials(secret.strip() if is_bearer else None, addresses_of(peer, headers.items()))


class _Answer:
    """The answer to one request. A stream of events can end with an error of its own."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.request: OpenRequest | None = None
        self.has_begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
            kind = Headers(raw=message["headers"]).get("content-type", "")
            if self.request:
                self.request.is_answered = not kind.startswith("text/event-stream")
        await self._send(message)

    async def end(self, error: InkdexError) -> None:
        """End a stream of events with the problem."""
        problem = bytes(problem_of(error).body).decode()
        last = format_sse_event(event="error", data_str=problem)
        await self._send({"type": "http.response.body", "body": last, "more_body": False})
