"""Tracing with OpenTelemetry's API. Its tracer does nothing unless spans are exported.

A span holds ids, names and numbers, never a document's text, a query or an error's words.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import structlog
from opentelemetry.trace import Link, NoOpTracer, Span, SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.config import Settings

REQUEST_ID = "request_id"
"""The message header and the log field that hold the id of the HTTP request."""

# W3C's `traceparent` and `tracestate`. Baggage would forward whatever a client sent.
_PROPAGATOR = TraceContextTextMapPropagator()

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tracing:
    """The tracer of a process; `close` waits a few seconds at most for the last export."""

    tracer: Tracer = field(default_factory=NoOpTracer)
    close: Callable[[], None] = lambda: None

    @property
    def enabled(self) -> bool:
        return not isinstance(self.tracer, NoOpTracer)


def configured_tracing(settings: Settings, service: str) -> Tracing:
    """Return the tracing of a process, which is disabled unless a collector's URL is set."""
    endpoint = settings.otel_exporter_otlp_endpoint
    if not endpoint:
        return Tracing()
    # The SDK takes memory and a thread, so it is imported only if spans are exported.
    try:
        from shared.adapters.observability.otlp import OtlpExport  # noqa: PLC0415
    except ModuleNotFoundError:
        hint = "pip install 'inkdex[tracing]' for traces"
        log.error("tracing.not_installed", consequence=hint)  # noqa: TRY400 - no traceback needed
        return Tracing()
    export = OtlpExport(endpoint, service)
    return Tracing(export.tracer, export.close)


def start_span(
    tracer: Tracer,
    name: str,
    kind: SpanKind,
    *,
    parent: Mapping[str, str] | None = None,
    links: list[Link] | None = None,
) -> AbstractContextManager[Span]:
    """Start a span for the block, as a child of the one in the headers `parent` or of the current.

    Exceptions are not recorded, because their words may quote a text; see `mark_failed`.
    """
    return tracer.start_as_current_span(
        name,
        None if parent is None else _PROPAGATOR.extract(parent),
        kind,
        links=links,
        record_exception=False,
        set_status_on_exception=False,
    )


def mark_failed(span: Span, error_type: str) -> None:
    """Mark a span as failed; `error_type` is one of a few constants."""
    span.set_status(StatusCode.ERROR, error_type)
    span.set_attribute("error.type", error_type)


def message_headers() -> dict[str, str]:
    """Return the headers that connect a message to the current trace and request."""
    headers: dict[str, str] = {}
    _PROPAGATOR.inject(headers)
    request_id = structlog.contextvars.get_contextvars().get(REQUEST_ID)
    return headers if request_id is None else headers | {REQUEST_ID: str(request_id)}
