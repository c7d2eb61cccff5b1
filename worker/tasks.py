"""The tasks and the process signals: each calls one method of the runtime."""

from dataclasses import asdict
from functools import cache
from typing import Any

from celery import Task, signals

from shared.adapters.celery.app import EMBED_DOCUMENTS
from shared.adapters.observability.logs import configure_logging
from shared.config import get_settings
from shared.domain.documents.document import Lane
from worker.app import app
from worker.runtime import Runtime
from worker.task_context import task_context

__all__ = ["app", "embed_documents"]


@cache
def runtime() -> Runtime:
    """Return this process's runtime. `worker_init` builds it before any task runs."""
    return Runtime(get_settings(), app)


@app.task(name=EMBED_DOCUMENTS, bind=True)
def embed_documents(self: Task, ids: list[str], lane: str) -> dict[str, Any]:  # noqa: ARG001 - shown in Flower
    """Embed due documents of a lane for a while. `ids` names the writes that sent the message.

    Flower shows the returned value: document ids by outcome.
    """
    with task_context(self.request, runtime().tracing.tracer):
        report = asdict(runtime().embedding.work(Lane(lane)))
    return {name: value for name, value in report.items() if value}


@signals.setup_logging.connect
def _configure_logging(**_: Any) -> None:  # noqa: ANN401 - Celery's signature
    configure_logging(get_settings().log_level)


@signals.worker_init.connect
def _start(**_: Any) -> None:  # noqa: ANN401
    runtime().start()


@signals.worker_shutting_down.connect
def _stop_soon(**_: Any) -> None:  # noqa: ANN401
    runtime().stop_soon()


@signals.worker_shutdown.connect
def _stop(**_: Any) -> None:  # noqa: ANN401
    runtime().stop()
