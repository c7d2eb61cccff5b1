"""The order in which documents of a lane are claimed."""

import pytest

from shared.db.embedding import claims
from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane
from shared.domain.embedding.flows import LENGTHS, FlowTurns
from shared.domain.embedding.jobs import ClaimLimits
from shared.services.documents.service import DocumentService
from tests.support.worker_harness import (
    WorkerHarness,
    new,
)

EVERY_FLOW = FlowTurns().next_ranges(Lane.INTERACTIVE, LENGTHS[Lane.INTERACTIVE][-1])


def claim_one_by_one(database: Database, model_id: int) -> list[str]:
    """Claim all documents of a lane and return their ids in order."""
    order = []
    with database.connection() as connection:
        while claimed := claims.claim(
            connection, model_id, Lane.INTERACTIVE, ClaimLimits(1, 10**6, EVERY_FLOW), 60
        ).jobs:
            order.append(claimed[0].ref.id)
    return order


@pytest.mark.anyio
async def test_edit_keeps_the_position_in_the_queue(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    model = harness.model.verified()
    for id_ in ("edited", "other", "delayed", "failed"):
        await documents.put(new(id_))
    with database.connection() as connection:
        connection.execute(
            "UPDATE jobs SET available_at = now() + interval '1 hour' FROM documents d"
            " WHERE d.key = document_key AND d.id = 'delayed'"
        )
        connection.execute(
            "UPDATE jobs SET failed_at = now(), error_code = 'x', error_message = 'x',"
            " available_at = now() - interval '1 hour' FROM documents d"
            " WHERE d.key = document_key AND d.id = 'failed'"
        )
    for id_ in ("edited", "delayed", "failed"):
        await documents.put(new(id_, "an edit"))
    assert claim_one_by_one(database, model.id) == ["edited", "other", "delayed", "failed"]
