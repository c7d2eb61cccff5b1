"""Export of spans to an OTLP/HTTP collector. Imported only if one is configured.

Inkdex starts its spans itself: the instrumentations of FastAPI, Celery and httpx copy queries and
errors' words into attributes, and Celery's never ends the span of a task sent by its name.
"""

import os
import threading

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

EXPORT_SECONDS = 2.0
CLOSE_SECONDS = 3.0


class OtlpExport:
    """The SDK's tracer of one process and the thread that exports its spans."""

    def __init__(self, endpoint: str, service: str) -> None:
        name = os.environ.get("OTEL_SERVICE_NAME") or service
        self._provider = TracerProvider(
            resource=Resource.create({SERVICE_NAME: name}), shutdown_on_exit=False
        )
        exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self.tracer = self._provider.get_tracer("inkdex")

    def close(self) -> None:
        """Export the remaining spans; a collector that hangs delays the process only briefly."""
        closing = threading.Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(CLOSE_SECONDS)
