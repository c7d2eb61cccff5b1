"""Imports are read and ended by index."""

import pytest

from shared.db.documents import delete_documents, import_reasons, imports, read_imports
from shared.db.documents.imports import Received
from shared.db.files import files
from shared.db.kit.fetch import fetch_value_async
from shared.db.kit.pool import AsyncConnection
from shared.domain.documents.bulk_report import Rejection
from shared.domain.documents.filters import parse_filter
from shared.domain.files.file import FileRef
from shared.domain.refs import DEFAULT_TENANT, Collection, DocumentRef
from tests.db.plans.rows import ROWS
from tests.support.collections import named
from tests.support.plans import RUNS, Plans, indexes, scanned

pytestmark = pytest.mark.anyio

IMPORTED = f"""
UPDATE files SET import_key = key;
UPDATE imports SET rejected = 1;
UPDATE jobs SET import_key = document_key, file_key = CASE document_key % 4 WHEN 1 THEN 1 END;
INSERT INTO import_rejections (import_key, number, request, line, id, error)
SELECT n, 1, 1, 1, 'a', 'is missing' FROM generate_series(1, {ROWS}) n;
ANALYZE files, jobs, import_rejections
"""
OF_ONE_IMPORT = """
UPDATE imports SET ended_at = NULL, open_requests = 0 WHERE key <= 20;
UPDATE jobs SET import_key = 1, file_key = NULL;
VACUUM ANALYZE jobs;
ANALYZE imports
"""

ALL = parse_filter({"n": {"gte": 0}})
OWED_BY_MANY = """
UPDATE files SET import_key = key;
UPDATE jobs SET import_key = document_key, file_key = NULL;
ANALYZE files, jobs
"""


async def test_an_import_is_read_and_ended_by_index(watched: AsyncConnection, plans: Plans) -> None:
    for statement in IMPORTED.split(";\n"):
        await watched.execute(statement)
    plans.clear()
    for _ in range(RUNS):
        found = await read_imports.page(watched, DEFAULT_TENANT, None, 10)
        assert all(each.pending for each in found)
        into = await read_imports.page_into(watched, Collection(DEFAULT_TENANT, "none"), None, 10)
        assert into[0] == []
        assert into[1] is not None, "all imports were looked at"
        for each in found:
            assert await read_imports.read(watched, DEFAULT_TENANT, each.id) == each
            assert await import_reasons.rejected(watched, each.key, 0, 10, are_skipped=False)
            await import_reasons.failed(watched, each.key, 10)
        request = await imports.begin(watched, DEFAULT_TENANT, found[0].id)
        received = Received(rejected=1, rejections=[Rejection(1, "a", "is missing")])
        await imports.end(watched, request, received, broke_off=False, quiet_seconds=0)
        request = (await imports.tell(watched, DEFAULT_TENANT, found[0].id)).request
        await import_reasons.named(watched, request.key, ["a", "b"])
        await imports.add(watched, request, received)
        await imports.close(watched, request.key)
    nodes = plans.nodes()
    assert scanned(nodes) == set()
    assert {"files_import", "jobs_import_file", "import_rejections_pkey"} <= indexes(nodes)


async def test_imports_end_by_index_also_if_one_has_almost_all_jobs(
    watched: AsyncConnection, plans: Plans
) -> None:
    for statement in OF_ONE_IMPORT.split(";\n"):
        await watched.execute(statement)
    found = await read_imports.page(watched, DEFAULT_TENANT, 4, 3)
    plans.clear()  # all jobs are counted
    for each in found:
        request = await imports.begin(watched, DEFAULT_TENANT, each.id)
        await imports.end(watched, request, Received(), broke_off=False, quiet_seconds=0)
    await watched.execute(imports._SETTLE)
    nodes = plans.nodes()
    assert "jobs" not in scanned(nodes)


async def test_what_is_deleted_is_counted_with_its_import_by_index(
    watched: AsyncConnection, plans: Plans
) -> None:
    for statement in OWED_BY_MANY.split(";\n"):
        await watched.execute(statement)
    plans.clear()
    for n in range(1, RUNS + 1):
        await delete_documents.delete(watched, DocumentRef(named("c"), str(5001 + 2 * n)), None)
        await delete_documents.delete_found(watched, range(6000 + 40 * n, 6030 + 40 * n), ALL)
        await files.mark_deleted(watched, FileRef(named("c"), str(7000 + n)))
    assert scanned(plans.nodes()) == set()
    deleted = "SELECT sum(deleted) FROM imports"
    assert await fetch_value_async(watched, deleted)
