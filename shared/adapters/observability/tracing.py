"""Traces: the spans that our processes make, and nothing at all unless somebody collects them.

A span holds ids, names and numbers, never a document's text, a query or an error's words.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from enum import Enum
from importlib.util import find_spec
from typing import Protocol

import structlog

from shared.config import Settings

Headers = Mapping[str, str]
"""Where in a trace something is, as W3C's `traceparent` and `tracestate` say it."""
Attribute = str | int | float | bool
REQUEST_ID = "request_id"
"""The header, and the field of the log, that names the request a message comes from."""

log = structlog.get_logger()


class Kind(Enum):
    """Which side of an exchange a span is on."""

    SERVER = "SERVER"
    CLIENT = "CLIENT"
    PRODUCER = "PRODUCER"
    CONSUMER = "CONSUMER"


class Span(Protocol):
    """A span under way."""

    def rename(self, name: str) -> None:
        """Call it by what became known of it."""

    def set(self, attributes: Mapping[str, Attribute]) -> None:
        """Add attributes."""

    def fail(self, reason: str) -> None:
        """Mark it as failed; `reason` is constant and bounded."""


class Tracing(Protocol):
    """What makes spans."""

    def span(
        self, name: str, kind: Kind, parent: Headers | None = None, links: Sequence[Headers] = ()
    ) -> AbstractContextManager[Span]:
        """Open a span for the block: below `parent`, else below the one that is open here."""

    def headers(self) -> dict[str, str]:
        """Return where in a trace we are, to be sent along; empty outside of any."""

    def close(self) -> None:
        """Send what was collected, for at most a moment."""


class NoTracing:
    """What there is while nobody collects."""

    @contextmanager
    def span(
        self,
        name: str,  # noqa: ARG002
        kind: Kind,  # noqa: ARG002
        parent: Headers | None = None,  # noqa: ARG002
        links: Sequence[Headers] = (),  # noqa: ARG002
    ) -> Iterator[Span]:
        """See Tracing."""
        yield self

    def rename(self, name: str) -> None:
        """See Span."""

    def set(self, attributes: Mapping[str, Attribute]) -> None:
        """See Span."""

    def fail(self, reason: str) -> None:
        """See Span."""

    def headers(self) -> dict[str, str]:
        """See Tracing."""
        return {}

    def close(self) -> None:
        """See Tracing."""


OFF = NoTracing()


def tracing_of(settings: Settings, service: str) -> Tracing:
    """Return tracing for a process, off unless a collector's address is set."""
    endpoint = settings.otel_exporter_otlp_endpoint
    if not endpoint:
        return OFF
    if find_spec("opentelemetry") is None:
        log.error("tracing.not_installed", consequence="pip install 'inkdex[tracing]' for traces")
        return OFF
    # Imported here, for it takes memory and a thread that nobody should pay for in vain.
    from shared.adapters.observability.otlp import OtlpTracing  # noqa: PLC0415

    return OtlpTracing(endpoint, service)


def request_id() -> str | None:
    """Return the id of the request that is served here."""
    found = structlog.contextvars.get_contextvars().get(REQUEST_ID)
    return None if found is None else str(found)


def origin_headers(tracing: Tracing) -> Callable[[], dict[str, str]]:
    """Return what tells, in the headers of a message, which request and trace it comes from."""

    def headers() -> dict[str, str]:
        named = {REQUEST_ID: id_} if (id_ := request_id()) else {}
        return tracing.headers() | named

    return headers
