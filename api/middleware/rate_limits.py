"""Limits what a key sends: its requests, and the bytes of their bodies as they come."""

from collections.abc import Awaitable, Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.errors import refusal
from api.http.paths import IMPORTS, POLLED, TENANTS
from api.http.spending import PORTION_BYTES, Spending
from api.services import Services
from shared.domain.access.principal import Principal
from shared.domain.access_errors import RateLimited


class RateLimiting:
    """It stands behind the door, which knows whose request it is. Without a key there is no limit.

    An import is slowed down. It has one line after the other stored, and may take as long as it
    likes. Other requests are refused.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller: Principal | None = scope.get("state", {}).get("principal")
        if caller is None or not await _is_limited(scope, caller):
            await self._app(scope, receive, send)
            return
        spending = Spending(scope["app"].state.services, caller)
        await self._limited(scope, receive, _with_headers(send, spending), spending)

    async def _limited(
        self, scope: Scope, receive: Receive, send: Send, spending: Spending
    ) -> None:
        scope["state"]["spending"] = spending
        is_import = scope["path"] in IMPORTS
        length = None if is_import else _length(scope)
        try:
            await spending.begin(length or 0)
        except RateLimited as error:
            await refusal(error, scope["path"])(scope, receive, send)
            return
        if length is None:
            spend = spending.bytes_in_time if is_import else spending.bytes
            receive = _Counted(receive, spend).receive
        await self._app(scope, receive, send)


class _Counted:
    """A body whose bytes are spent when they have come."""

    def __init__(self, receive: Receive, spend: Callable[[int], Awaitable[None]]) -> None:
        self._receive = receive
        self._spend = spend
        self._unspent = 0

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._unspent += len(message.get("body", b""))
            if self._unspent >= PORTION_BYTES or not message.get("more_body", False):
                unspent, self._unspent = self._unspent, 0
                await self._spend(unspent)
        return message


async def _is_limited(scope: Scope, caller: Principal) -> bool:
    """Return whether the key has limits. Operators can always change them."""
    path: str = scope["path"]
    changes_limits = caller.is_operator and path.startswith(TENANTS)
    if caller.key is None or path in POLLED or changes_limits:
        return False
    inkdex: Services = scope["app"].state.services
    return bool((await inkdex.allowances.of(caller.tenant)).limits.set_units)


def _length(scope: Scope) -> int | None:
    """Return the length of the body, or None if only its end will tell."""
    headers = Headers(scope=scope)
    if "transfer-encoding" in headers:
        return None
    return int(headers.get("content-length", 0))


def _with_headers(send: Send, spending: Spending) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(spending.headers())
        await send(message)

    return send_with_headers
