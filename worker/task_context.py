"""The context of a task: ids in its log lines, its span, and errors without document text."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog

from shared.adapters.observability.tracing import REQUEST_ID, Kind, Tracing
from shared.domain.errors import InkdexError, describe

log = structlog.get_logger()


class TaskFailed(Exception):
    """A task failed. The log has the details, which must not travel through the broker."""


@contextmanager
def task_context(request: Any, tracing: Tracing) -> Iterator[None]:  # noqa: ANN401 - Celery's context
    """Run a task's body with its ids in the log, as part of the trace of its message."""
    headers: Mapping[str, Any] = request.headers or {}
    parent = {name: str(value) for name, value in headers.items()}
    ids = {"task_id": request.id, "parent_task_id": request.parent_id}
    ids[REQUEST_ID] = parent.get(REQUEST_ID)
    known = {name: value for name, value in ids.items() if value is not None}
    with (
        structlog.contextvars.bound_contextvars(**known),
        tracing.span(f"run {request.task}", Kind.CONSUMER, parent) as span,
    ):
        span.set({"messaging.system": "celery", "messaging.message.id": request.id})
        try:
            yield
        except InkdexError:
            raise
        except Exception as error:
            log.exception("task.failed")
            raise TaskFailed(describe(error)) from None
