"""The tasks: each translates a message into one call of a service."""

from dataclasses import asdict
from typing import Any

from celery import Task

from shared.adapters.broker import EMBED_DOCUMENTS
from shared.domain.documents import Lane
from worker.app import app, process
from worker.observed import observed


@app.task(name=EMBED_DOCUMENTS, bind=True)
def embed_documents(self: Task, ids: list[str], lane: str) -> dict[str, Any]:  # noqa: ARG001 - shown in Flower
    """Embed a lane's due documents for a while; `ids` tell whose write sent the message.

    What is returned is shown in Flower: the ids by what became of their documents.
    """
    with observed(self.request, process.worker.tracing):
        report = asdict(process.worker.embed.work(Lane(lane)))
    return {name: value for name, value in report.items() if value}
