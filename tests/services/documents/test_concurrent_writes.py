"""Concurrent writes of the same documents."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane, NewDocument, Status
from shared.domain.documents.writes import LOST_RACES_MAX
from shared.domain.errors import VersionConflict
from shared.domain.refs import DocumentRef
from shared.domain.search.lexing.documents import LexedDocument, lexed_document
from shared.services.documents.service import DocumentService
from tests.support.collections import named
from tests.support.processes import eventually
from tests.support.worker_harness import (
    WorkerHarness,
    new,
)

pytestmark = pytest.mark.anyio

BLOCKED = """
SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def rows(database: Database, query: str) -> list[dict[str, Any]]:
    with database.connection() as connection:
        return connection.execute(query).fetchall()


async def test_concurrent_puts_of_one_document_all_succeed(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.model.verified()
    for round_ in range(10):
        writes = [documents.put(new(f"d{round_}", metadata={"n": n})) for n in range(8)]
        written = await asyncio.gather(*writes)
        assert sum(created for _, created in written) == 1
        assert sorted(document.version for document, _ in written) == list(range(1, 9))
    statuses = rows(database, "SELECT DISTINCT status FROM events")
    assert statuses == [{"status": "pending"}]


async def test_concurrent_imports_of_the_same_documents_all_succeed(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()

    async def load(n: int) -> int:
        with documents.bulk_import(100) as bulk:
            for number in range(200) if n % 2 else reversed(range(200)):
                await bulk.add(new(f"d{number}", metadata={"n": n}))
            await bulk.flush()
        return bulk.report.accepted

    assert await asyncio.gather(*map(load, range(4))) == [200] * 4


async def test_concurrent_changes_are_all_kept(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    await documents.create(new("a"))

    def add_key(n: int) -> "asyncio.Future[object]":
        def with_key(current: NewDocument) -> NewDocument:
            return replace(current, metadata={**current.metadata, str(n): n})

        return asyncio.ensure_future(documents.change(DocumentRef(named("c"), "a"), with_key, None))

    await asyncio.gather(*map(add_key, range(30)))
    assert len((await documents.get(DocumentRef(named("c"), "a"))).metadata) == 30


class LexerWithOtherWrites:
    """Writes something else while a document is being lexed."""

    def __init__(self, documents: DocumentService, write: Callable[[], Awaitable[object]]) -> None:
        self._lexer, self._write = documents._lexer, write
        self._documents = documents
        self.lexed_titles: list[str | None] = []

    async def lexed(self, batch: Sequence[NewDocument]) -> list[LexedDocument]:
        self._documents._lexer = self._lexer
        async with asyncio.timeout(10):
            await self._write()
        self._documents._lexer = self
        self.lexed_titles += [new.title for new in batch]
        return [lexed_document(new) for new in batch]


def with_content(content: str) -> Callable[[NewDocument], NewDocument]:
    return lambda current: replace(current, content=content)


async def test_a_change_keeps_what_others_write_while_it_is_lexed(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    await documents.create(new("a", "old"))
    documents._lexer = lexer = LexerWithOtherWrites(
        documents, lambda: documents.put(new("a", "old", metadata={"k": 1}))
    )
    changed = await documents.change(DocumentRef(named("c"), "a"), with_content("new"), None)
    assert (changed.content, changed.metadata, changed.version) == ("new", {"k": 1}, 3)
    assert len(lexer.lexed_titles) == 1


async def test_a_changed_text_is_lexed_again(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.model.verified()
    await documents.create(new("a", "old"))
    documents._lexer = lexer = LexerWithOtherWrites(
        documents, lambda: documents.put(new("a", "old", title="other"))
    )
    changed = await documents.change(DocumentRef(named("c"), "a"), with_content("new"), None)
    assert (changed.content, changed.title) == ("new", "other")
    assert lexer.lexed_titles == [None, "other"]
    lexemes = rows(database, "SELECT tsvector_to_array(lexemes) AS words FROM document_texts")
    assert {"new", "other"} <= set(lexemes[0]["words"])


async def test_a_change_gives_up_if_others_always_write_first(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    await documents.create(new("a", "old"))
    titles = map(str, range(LOST_RACES_MAX))
    documents._lexer = LexerWithOtherWrites(
        documents, lambda: documents.put(new("a", "old", title=next(titles)))
    )
    with pytest.raises(VersionConflict):
        await documents.change(DocumentRef(named("c"), "a"), with_content("new"), None)


async def test_a_change_of_an_expected_version_stops_if_another_write_comes_first(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    await documents.create(new("a", "old"))
    documents._lexer = LexerWithOtherWrites(
        documents, lambda: documents.put(new("a", "old", metadata={"k": 1}))
    )
    with pytest.raises(VersionConflict):
        await documents.change(DocumentRef(named("c"), "a"), with_content("new"), 1)
    assert (await documents.get(DocumentRef(named("c"), "a"))).content == "old"


async def test_put_that_waits_for_a_worker_returns_the_later_status(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.model.verified()
    await documents.put(new("a"))
    await asyncio.to_thread(harness.embedding.embed_batch, Lane.INTERACTIVE)
    with database.transaction() as connection:  # as if `store` had not committed yet
        connection.execute("INSERT INTO jobs SELECT key, 1, 1, lane FROM documents")
    with database.transaction() as connection:
        connection.execute("SELECT FROM documents FOR SHARE")
        connection.execute("DELETE FROM jobs")
        waiting = asyncio.create_task(documents.put(new("a", metadata={"k": 1})))
        await asyncio.to_thread(eventually, lambda: bool(rows(database, BLOCKED)), "put is blocked")
        assert not waiting.done()
    written, _ = await waiting
    assert written.status is Status.READY
    last = rows(database, "SELECT status, version FROM events ORDER BY xid DESC, seq DESC LIMIT 1")
    assert last == [{"status": "ready", "version": 2}]


async def test_what_is_ready_before_its_deletion_counts_as_ready(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.model.verified()
    await documents.put(new("a"))
    with database.transaction() as connection:
        connection.execute(
            "INSERT INTO imports (tenant, id, receiving_until)"
            " VALUES ('default', gen_random_uuid(), now())"
        )
        connection.execute("UPDATE jobs SET import_key = (SELECT key FROM imports)")
    with database.transaction() as connection:  # as a worker that stores its vectors
        connection.execute("SELECT FROM documents FOR UPDATE")
        connection.execute("DELETE FROM jobs")
        deleting = asyncio.create_task(documents.delete(new("a").ref, None))
        await asyncio.to_thread(eventually, lambda: bool(rows(database, BLOCKED)), "it waits")
    await deleting
    assert rows(database, "SELECT deleted FROM imports") == [{"deleted": 0}]
    assert rows(database, "SELECT FROM documents") == []


async def test_no_stale_pending_event_follows_ready(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    # A write reports a pending job. If a worker ended the job, `pending` would come last.
    harness.model.verified()
    await documents.put(new("a"))
    await documents.put(new("a", metadata={"k": 1}))
    await asyncio.to_thread(harness.embedding.embed_batch, Lane.INTERACTIVE)
    await documents.put(new("a", metadata={"k": 2}))
    events = rows(database, "SELECT status, version FROM events ORDER BY xid, seq")
    assert [(row["status"], row["version"]) for row in events] == [
        ("pending", 1),
        ("ready", 2),
        ("ready", 3),
    ]
    events_of_last_write = "SELECT FROM events e JOIN documents d ON d.xmin::text = e.xid::text"
    assert len(rows(database, events_of_last_write)) == 1
