"""Collections are listed, and get another model, by index."""

import pytest

from shared.db.collections import deletion, listing
from shared.db.files import collection_files
from shared.db.kit.pool import AsyncConnection
from shared.db.migrations import cutover, migrations
from shared.domain.refs import DEFAULT_TENANT
from tests.support.collections import named
from tests.support.plans import RUNS, Plans, scanned

pytestmark = pytest.mark.anyio

SWITCHED = """
WITH other AS (
    INSERT INTO embedding_models (tenant, name, state, dimensions)
    VALUES ('default', 'other', 'retired', 8) RETURNING id
), roles AS (
    INSERT INTO collections (name, active_model_id, previous_model_id)
    SELECT 'c', id, 1 FROM other RETURNING *
), migration AS (
    INSERT INTO model_migrations (collection, number, from_model_id, to_model_id, cutover,
        rollback_hours, preflight, state)
    SELECT 'c', 1, previous_model_id, active_model_id, 'auto', 1, '{}', 'switched' FROM roles
)
INSERT INTO jobs (document_key, model_id, version, lane, error_code, error_message, failed_at, flow)
SELECT j.document_key, r.active_model_id, j.version, j.lane, j.error_code, j.error_message,
    j.failed_at, r.flow
FROM jobs j CROSS JOIN roles r WHERE j.model_id = 1 AND j.document_key > 20;
UPDATE jobs SET flow = (SELECT flow FROM collections WHERE name = 'c');
ANALYZE jobs
"""
SWITCH_AGAIN = """
UPDATE collections SET active_model_id = previous_model_id, previous_model_id = active_model_id
WHERE name = 'c'
"""
BATCH = 50
NOTED = """
INSERT INTO file_documents (collection, id, file_key, number)
SELECT collection, id, key, 0 FROM files;
UPDATE files SET import_key = key;
UPDATE jobs SET import_key = document_key, file_key = document_key;
ANALYZE files, file_documents, jobs
"""


async def test_collections_are_listed_without_reading_all_documents(
    watched: AsyncConnection, plans: Plans
) -> None:
    for _ in range(RUNS):
        found = await listing.names(watched, DEFAULT_TENANT, None, 100)
        assert [each.name for each in found] == ["c", "unread"]
        assert await listing.exists(watched, named("unread"))
    nodes = plans.nodes()
    assert scanned(nodes) == set()
    assert max(node["Actual Rows"] for node in nodes) < 100


async def test_a_swap_reads_and_locks_only_documents_whose_status_changes(
    watched: AsyncConnection, plans: Plans
) -> None:
    async with watched.transaction(force_rollback=True):
        for statement in SWITCHED.split(";"):
            await watched.execute(statement)
        switched = await migrations.read(watched, named("c"), 1)
        assert switched is not None
        plans.clear()
        for _ in range(RUNS):
            assert await cutover.swap_back(watched, switched)
            await watched.execute(SWITCH_AGAIN)
        nodes = plans.nodes()
    assert scanned(nodes) <= {"jobs"}
    read = [node for node in nodes if node.get("Relation Name") == "documents"]
    assert {node["Actual Rows"] * node["Actual Loops"] for node in read} == {10}


async def test_a_deletion_reads_documents_and_files_batch_by_batch(
    watched: AsyncConnection, plans: Plans
) -> None:
    async with watched.transaction(force_rollback=True):
        for statement in NOTED.split(";"):
            await watched.execute(statement)
        for step in (
            collection_files.mark_deleted,
            deletion.take_documents,
            collection_files.forget,
        ):
            plans.clear()
            last: int | None = 0
            for _ in range(RUNS):
                assert last is not None
                last = await step(watched, named("c"), (last, 2**62), BATCH)
            nodes = plans.nodes()
            assert scanned(nodes) == set(), step
            assert max(node["Actual Rows"] for node in nodes) <= 2 * BATCH, step
