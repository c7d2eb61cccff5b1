"""Starts a span for every request, if traces are exported."""

from contextlib import AbstractContextManager

from opentelemetry.trace import Span, SpanKind, Tracer
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.paths import POLLED, STREAMED, route_of
from shared.adapters.observability.tracing import mark_failed, start_span


class RequestTracing:
    """The middleware; it runs inside RequestLog, which gives the request its id."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request in a span that continues the client's trace, if it sent one."""
        if scope["type"] != "http" or scope["path"] in POLLED | STREAMED:
            await self._app(scope, receive, send)
            return
        status = 500  # the handler around this one answers so if an exception passes

        async def note_status(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        with self._span(scope) as span:
            try:
                await self._app(scope, receive, note_status)
            except Exception as error:
                mark_failed(span, type(error).__name__)
                raise
            finally:
                _describe(span, scope, status)

    def _span(self, scope: Scope) -> AbstractContextManager[Span]:
        given = Headers(scope=scope)
        parent = {name: given[name] for name in ("traceparent", "tracestate") if name in given}
        return start_span(self._tracer, scope["method"], SpanKind.SERVER, parent=parent or None)


def _describe(span: Span, scope: Scope, status: int) -> None:
    route = route_of(scope) or "other"
    span.update_name(f"{scope['method']} {route}")
    span.set_attributes(
        {
            "http.request.method": scope["method"],
            "http.route": route,
            "http.response.status_code": status,
            "inkdex.request_id": scope["state"]["request_id"],
        }
    )
    if status >= 500:
        mark_failed(span, str(status))
