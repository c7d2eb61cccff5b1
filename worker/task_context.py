"""Marks each task in the log and the traces, and keeps its errors' words out of the broker."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog
from opentelemetry.trace import SpanKind, Tracer

from shared.adapters.observability.tracing import REQUEST_ID, mark_failed, start_span
from shared.domain.errors import InkdexError, describe

log = structlog.get_logger()


class TaskFailed(Exception):
    """A task failed; the log has the details, which must not travel through the broker."""


@contextmanager
def task_context(request: Any, tracer: Tracer) -> Iterator[None]:  # noqa: ANN401 - Celery's context
    """Run a task's body in a span of its message's trace, with its ids on every log line."""
    headers: Mapping[str, Any] = request.headers or {}
    parent = {name: str(value) for name, value in headers.items()}
    ids = {"task_id": request.id, "parent_task_id": request.parent_id}
    ids[REQUEST_ID] = parent.get(REQUEST_ID)
    known = {name: value for name, value in ids.items() if value is not None}
    with (
        structlog.contextvars.bound_contextvars(**known),
        start_span(tracer, f"run {request.task}", SpanKind.CONSUMER, parent=parent) as span,
    ):
        span.set_attributes({"messaging.system": "celery", "messaging.message.id": request.id})
        try:
            yield
        except InkdexError as error:
            mark_failed(span, type(error).__name__)
            raise
        except Exception as error:
            log.exception("task.failed")
            mark_failed(span, TaskFailed.__name__)
            raise TaskFailed(describe(error)) from None
