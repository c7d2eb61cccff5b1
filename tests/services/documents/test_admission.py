"""Limits on pending documents and concurrent imports."""

import asyncio
from contextlib import ExitStack

import pytest

from shared.db.kit.pool import AsyncDatabase, Database
from shared.domain.documents.document import NewDocument
from shared.domain.errors import TooBusy
from shared.domain.operations.client import Client
from shared.domain.refs import DEFAULT_TENANT, DocumentRef, Tenant
from shared.services.documents.admission import Admission
from shared.services.documents.service import DocumentService
from tests.support.collections import named
from tests.support.worker_harness import WorkerHarness

pytestmark = pytest.mark.anyio

MINE, OTHER = DEFAULT_TENANT, Tenant("other")


async def write(documents: DocumentService, number: int) -> None:
    await documents.put(
        NewDocument(DocumentRef(named("default"), str(number)), None, f"Document {number}.")
    )


async def test_admission_refuses_writes_while_too_many_documents_are_pending(
    documents: DocumentService,
    async_database: AsyncDatabase,
    database: Database,
    harness: WorkerHarness,
) -> None:
    harness.model.verified()  # from now on writes create jobs
    admission = Admission(async_database, max_pending=3, max_imports=0, count_every_seconds=0)
    for number in range(3):
        await admission.admit(MINE, 1)
        await write(documents, number)
    with pytest.raises(TooBusy, match="3 documents"):
        await admission.admit(MINE, 1)
    with database.connection() as connection:
        connection.execute("DELETE FROM jobs WHERE document_key = (SELECT min(key) FROM documents)")
    await admission.admit(MINE, 1)


async def test_admission_rarely_counts_while_there_is_room(async_database: AsyncDatabase) -> None:
    admission = Admission(async_database, max_pending=8000, max_imports=0)
    await admission.admit(MINE, 1)
    await async_database.close()  # another count would fail
    for _ in range(999):
        await admission.admit(MINE, 1)


async def test_admission_limits_concurrent_imports(async_database: AsyncDatabase) -> None:
    admission = Admission(async_database, max_pending=0, max_imports=2)
    with admission.importing(Client(MINE, "a")):
        with (
            admission.importing(Client(MINE, "b")),
            pytest.raises(TooBusy),
            admission.importing(Client(MINE, "c")),
        ):
            pass
        with admission.importing(Client(MINE, "b")):
            await asyncio.sleep(0)


async def test_one_client_leaves_room_for_imports_of_others(
    async_database: AsyncDatabase,
) -> None:
    admission = Admission(async_database, max_pending=0, max_imports=4)
    with ExitStack() as running:
        for _ in range(3):
            running.enter_context(admission.importing(Client(MINE, "a")))
        with pytest.raises(TooBusy, match="3 imports"), admission.importing(Client(MINE, "a")):
            pass
        running.enter_context(admission.importing(Client(MINE, "b")))
        with pytest.raises(TooBusy, match="4 imports"), admission.importing(Client(MINE, "b")):
            pass
    with admission.importing(Client(MINE, "a")):
        pass


async def test_no_tenant_fills_what_all_may_have_pending(
    documents: DocumentService, async_database: AsyncDatabase, harness: WorkerHarness
) -> None:
    harness.model.verified()
    admission = Admission(async_database, max_pending=4, max_imports=0, count_every_seconds=0)
    for number in range(3):
        await write(documents, number)
    await admission.admit(MINE, 1)  # nobody else is there
    await admission.admit(OTHER, 1)
    with pytest.raises(TooBusy):
        await admission.admit(MINE, 1)
    await admission.admit(OTHER, 1)


async def test_no_tenant_runs_all_imports(async_database: AsyncDatabase) -> None:
    admission = Admission(async_database, max_pending=0, max_imports=4)
    await admission.admit(OTHER, 1)
    with ExitStack() as running:
        for address in "abc":
            running.enter_context(admission.importing(Client(MINE, address)))
        with pytest.raises(TooBusy), admission.importing(Client(MINE, "d")):
            pass
        running.enter_context(admission.importing(Client(OTHER, "a")))
