"""Tracing by OpenTelemetry's SDK to an OTLP/HTTP collector. Imported only if one is configured.

The spans are made by hand: the instrumentations of FastAPI, Celery and httpx put queries and
errors' words into attributes, and Celery's never ends the span of a task sent by its name.
"""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.adapters.observability.tracing import Attribute, Headers, Kind, Span

EXPORT_SECONDS = 2.0
CLOSE_SECONDS = 3.0


class OtlpSpan:
    """A span under way; see `shared.adapters.tracing.Span`."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        self.failed = False

    def rename(self, name: str) -> None:
        """Call it by what became known of it."""
        self._span.update_name(name)

    def set(self, attributes: Mapping[str, Attribute]) -> None:
        """Add attributes."""
        self._span.set_attributes(dict(attributes))

    def fail(self, reason: str) -> None:
        """Mark it as failed."""
        self.failed = True
        self._span.set_status(StatusCode.ERROR, reason)
        self._span.set_attribute("error.type", reason)


class OtlpTracing:
    """Tracing of one process; see `shared.adapters.tracing.Tracing`."""

    def __init__(self, endpoint: str, service: str) -> None:
        # Baggage is not passed on: it would hold whatever a client chose to send.
        propagate.set_global_textmap(TraceContextTextMapPropagator())
        name = os.environ.get("OTEL_SERVICE_NAME") or service
        self._provider = TracerProvider(
            resource=Resource.create({SERVICE_NAME: name}), shutdown_on_exit=False
        )
        exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("inkdex")

    @contextmanager
    def span(
        self, name: str, kind: Kind, parent: Headers | None = None, links: Sequence[Headers] = ()
    ) -> Iterator[Span]:
        """Open a span for the block."""
        with self._tracer.start_as_current_span(
            name,
            propagate.extract(parent) if parent is not None else None,
            SpanKind[kind.value],
            links=[Link(_place(each)) for each in links],
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            shown = OtlpSpan(span)
            try:
                yield shown
            except Exception as error:
                if not shown.failed:
                    shown.fail(type(error).__name__)
                raise

    def headers(self) -> dict[str, str]:
        """Return where in a trace we are."""
        carrier: dict[str, str] = {}
        propagate.inject(carrier)
        return carrier

    def close(self) -> None:
        """Send what was collected; a collector that hangs can't keep the process."""
        closing = threading.Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(CLOSE_SECONDS)


def _place(headers: Headers) -> trace.SpanContext:
    return trace.get_current_span(propagate.extract(headers)).get_span_context()
