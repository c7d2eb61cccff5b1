"""Every request is a span, where traces are collected."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.paths import POLLED, STREAMED, route_of
from shared.adapters.observability.tracing import Kind, Span, Tracing


class RequestTracing:
    """The middleware; inside of Observed, which names the request."""

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self._app = app
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, as a part of the trace that it says it belongs to."""
        if scope["type"] != "http" or scope["path"] in POLLED | STREAMED:
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope)
        parent = {name: given[name] for name in ("traceparent", "tracestate") if name in given}
        status = 500  # what a request that raises is answered, by the handler around us

        async def noted(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        with self._tracing.span(scope["method"], Kind.SERVER, parent or None) as span:
            try:
                await self._app(scope, receive, noted)
            finally:
                _describe(span, scope, status)


def _describe(span: Span, scope: Scope, status: int) -> None:
    route = route_of(scope) or "other"
    span.rename(f"{scope['method']} {route}")
    span.set(
        {
            "http.request.method": scope["method"],
            "http.route": route,
            "http.response.status_code": status,
            "inkdex.request_id": scope["state"]["request_id"],
        }
    )
    if status >= 500:
        span.fail(str(status))
