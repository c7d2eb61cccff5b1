"""The tasks: each translates a message into one call of a service."""

from dataclasses import asdict
from typing import Any

from shared.adapters.broker import EMBED_DOCUMENTS
from shared.domain.documents import Lane
from worker.app import app, process


@app.task(name=EMBED_DOCUMENTS)
def embed_documents(ids: list[str], lane: str) -> dict[str, Any]:  # noqa: ARG001 - shown in Flower
    """Embed a batch of a lane's due documents; `ids` tell whose write sent the message."""
    return asdict(process.worker.embed.work(Lane(lane)))
