"""Every request gets an id, one line in the log and a place in the metrics."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.adapters.metrics import ApiMetrics
from shared.adapters.tracing import Kind, Span, Tracing

REQUEST_ID = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_POLLED = frozenset({"/livez", "/readyz", "/metrics"})
_STREAMED = frozenset({"/v1/events"})
"""How long these last says nothing of how quick we are."""
PATH_CHARACTERS = 300

log = structlog.get_logger()


class Observed:
    """The middleware."""

    def __init__(self, app: ASGIApp, metrics: ApiMetrics, tracing: Tracing) -> None:
        self._app = app
        self._metrics = metrics
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and tell of it when its answer has been sent."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, request_id(scope))
        # Each request is a task of its own, hence a context of its own.
        structlog.contextvars.bind_contextvars(request_id=answer.request_id)
        scope.setdefault("state", {})["request_id"] = answer.request_id
        with self._told(scope, answer), self._traced(scope, answer):
            await self._app(scope, receive, answer.send)

    @contextmanager
    def _told(self, scope: Scope, answer: "_Answer") -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self._tell(scope, answer.status, time.perf_counter() - started)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route = _route(scope)
        if route not in _STREAMED:
            self._metrics.requested(scope["method"], route, status, seconds)
        say = log.debug if scope["path"] in _POLLED else log.info
        say(
            "http.request",
            method=scope["method"],
            path=scope["path"][:PATH_CHARACTERS],  # never the query: it holds what is searched for
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 2),
        )

    @contextmanager
    def _traced(self, scope: Scope, answer: "_Answer") -> Iterator[None]:
        if scope["path"] in _POLLED | _STREAMED:
            yield
            return
        given = Headers(scope=scope)
        parent = {name: given[name] for name in ("traceparent", "tracestate") if name in given}
        with self._tracing.span(scope["method"], Kind.SERVER, parent or None) as span:
            try:
                yield
            finally:
                _describe(span, scope, answer)


def _describe(span: Span, scope: Scope, answer: "_Answer") -> None:
    route = _route(scope) or "other"
    span.rename(f"{scope['method']} {route}")
    span.set(
        {
            "http.request.method": scope["method"],
            "http.route": route,
            "http.response.status_code": answer.status,
            "inkdex.request_id": answer.request_id,
        }
    )
    if answer.status >= 500:
        span.fail(str(answer.status))


def _route(scope: Scope) -> str | None:
    """Return the template of the route that took the request, if one did."""
    found: str | None = getattr(scope.get("route"), "path_format", None)
    return found


class _Answer:
    """An answer on its way: it gets the request's id, and its status is noted."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self.request_id = request_id
        self.status = 500
        """What a request that raises is answered, by the handler around us."""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)[REQUEST_ID] = self.request_id
        await self._send(message)


def request_id(scope: Scope) -> str:
    """Return the id that the client gave its request, if it is a sane one, else a new one."""
    given = Headers(scope=scope).get(REQUEST_ID, "")
    return given if _SANE.fullmatch(given) else uuid4().hex
