"""Gives every request an id, a log line and metrics."""

import re
import time
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.counted import count_for, counted_collection, counts
from api.http.paths import EXPORT, POLLED, STREAMED, route_of
from shared.domain.access.principal import Principal
from shared.domain.operations.activity import Timed
from shared.domain.operations.durations import RequestDurations
from shared.ports.meters import ApiMeter

REQUEST_ID = "X-Request-ID"
_WELL_FORMED = re.compile(r"[A-Za-z0-9._:-]{1,64}")
PATH_CHARACTERS = 300

TIMED = {
    ("POST", "/v1/documents"): Timed.WRITE,
    ("PUT", "/v1/documents/{id}"): Timed.WRITE,
    ("PATCH", "/v1/documents/{id}"): Timed.WRITE,
    ("DELETE", "/v1/documents/{id}"): Timed.WRITE,
    ("GET", "/v1/search"): Timed.SEARCH,
    ("POST", "/v1/search"): Timed.SEARCH,
}

log = structlog.get_logger()


class RequestLog:
    def __init__(self, app: ASGIApp, meter: ApiMeter, durations: RequestDurations) -> None:
        self._app = app
        self._meter = meter
        self._durations = durations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, and record it once its answer is sent."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(receive, send, request_id(scope))
        # Each request runs in its own task, so it has its own context.
        structlog.contextvars.bind_contextvars(request_id=exchange.request_id)
        scope.setdefault("state", {})["request_id"] = exchange.request_id
        count_for(None)
        try:
            await self._app(scope, exchange.receive, exchange.send)
        finally:
            self._record(scope, exchange)

    def _record(self, scope: Scope, exchange: "_Exchange") -> None:
        method, path, route = scope["method"], scope["path"], route_of(scope)
        seconds = time.perf_counter() - exchange.started_at
        if route not in STREAMED | {EXPORT}:
            self._meter.request_answered(method, route, exchange.status, seconds)
        caller: Principal | None = scope["state"].get("principal")
        if caller:
            self._meter.tenant_served(caller.tenant, method, route, exchange.status)
            timed = TIMED.get((method, route or ""))
            if timed and counts() and exchange.status < 400:
                milliseconds = (exchange.answered_at - exchange.asked_at) * 1000
                within = counted_collection() or caller.tenant
                self._durations.record(timed, within, milliseconds)
        write = log.debug if path in POLLED else log.info
        write(
            "http.request",
            method=method,
            path=path[:PATH_CHARACTERS],  # never the query string: it holds search terms
            route=route,
            status=exchange.status,
            milliseconds=round(seconds * 1000, 2),
        )


class _Exchange:
    """One request and its answer. Adds the request id to the answer and records times."""

    def __init__(self, receive: Receive, send: Send, request_id: str) -> None:
        self._receive = receive
        self._send = send
        self.request_id = request_id
        self.started_at = self.asked_at = self.answered_at = time.perf_counter()
        """When it began, when the client had sent all of it, and when the answer began."""
        self.status = 500
        """The outer error handler answers 500 if the request raises."""

    async def receive(self) -> Message:
        message = await self._receive()
        if self.answered_at == self.started_at:
            self.asked_at = time.perf_counter()
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.answered_at = message["status"], time.perf_counter()
            MutableHeaders(scope=message)[REQUEST_ID] = self.request_id
        await self._send(message)


def request_id(scope: Scope) -> str:
    """Return the client's own request id if it is well-formed, else a new one."""
    given = Headers(scope=scope).get(REQUEST_ID, "")
    return given if _WELL_FORMED.fullmatch(given) else uuid4().hex
