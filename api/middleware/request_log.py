"""Every request gets an id, one line in the log and a place in the metrics."""

import re
import time
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.paths import POLLED, STREAMED, route_of
from shared.domain.operations.durations import RequestDurations
from shared.ports.meters import ApiMeter

REQUEST_ID = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9._:-]{1,64}")
PATH_CHARACTERS = 300

log = structlog.get_logger()


class RequestLog:
    """The middleware."""

    def __init__(self, app: ASGIApp, meter: ApiMeter, durations: RequestDurations) -> None:
        self._app = app
        self._meter = meter
        self._durations = {
            ("POST", "/v1/documents"): durations.write,
            ("PUT", "/v1/documents/{id}"): durations.write,
            ("PATCH", "/v1/documents/{id}"): durations.write,
            ("DELETE", "/v1/documents/{id}"): durations.write,
            ("GET", "/v1/search"): durations.search,
            ("POST", "/v1/search"): durations.search,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and tell of it when its answer has been sent."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(receive, send, request_id(scope))
        # Each request is a task of its own, hence a context of its own.
        structlog.contextvars.bind_contextvars(request_id=exchange.request_id)
        scope.setdefault("state", {})["request_id"] = exchange.request_id
        try:
            await self._app(scope, exchange.receive, exchange.send)
        finally:
            self._tell(scope, exchange)

    def _tell(self, scope: Scope, exchange: "_Exchange") -> None:
        method, path, route = scope["method"], scope["path"], route_of(scope)
        seconds = time.perf_counter() - exchange.begun_at
        if route not in STREAMED:
            self._meter.request_answered(method, route, exchange.status, seconds)
        if exchange.status < 400 and (timed := self._durations.get((method, route or ""))):
            timed.record((exchange.answered_at - exchange.asked_at) * 1000)
        say = log.debug if path in POLLED else log.info
        say(
            "http.request",
            method=method,
            path=path[:PATH_CHARACTERS],  # never the query: it holds what is searched for
            route=route,
            status=exchange.status,
            milliseconds=round(seconds * 1000, 2),
        )


class _Exchange:
    """A request and its answer on their way: the answer gets the request's id, times are noted."""

    def __init__(self, receive: Receive, send: Send, request_id: str) -> None:
        self._receive = receive
        self._send = send
        self.request_id = request_id
        self.begun_at = self.asked_at = self.answered_at = time.perf_counter()
        """When it began, when a slow client had sent it all, and when there was an answer."""
        self.status = 500
        """What a request that raises is answered, by the handler around us."""

    async def receive(self) -> Message:
        message = await self._receive()
        if self.answered_at == self.begun_at:
            self.asked_at = time.perf_counter()
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.answered_at = message["status"], time.perf_counter()
            MutableHeaders(scope=message)[REQUEST_ID] = self.request_id
        await self._send(message)


def request_id(scope: Scope) -> str:
    """Return the id that the client gave its request, if it is a sane one, else a new one."""
    given = Headers(scope=scope).get(REQUEST_ID, "")
    return given if _SANE.fullmatch(given) else uuid4().hex
