"""Lexemes of older versions are recomputed in batches, whatever writes come in between."""

import asyncio
import threading
from collections.abc import Callable, Sequence

import pytest

from shared.db.kit.pool import AsyncDatabase, Connection, Database
from shared.db.search import relexing, search
from shared.domain.database_errors import DatabaseTimeout
from shared.domain.documents.languages import ENGLISH
from shared.domain.search.lexing.documents import LEXING
from shared.domain.search.query import Query
from shared.domain.search.scope import Scope
from shared.services.documents.service import DocumentService
from shared.services.maintenance.relexing import Relexing
from tests.support.collections import named
from tests.support.worker_harness import new

pytestmark = pytest.mark.anyio

LINK = "https://example.com/articles/2024/how-to-dry-ink-on-paper?quokka=mail"
AS_BEFORE = """
UPDATE document_texts t SET lexing = 1, lexemes = document_lexemes(language, title, content)
FROM documents d WHERE d.key = t.document_key
"""


Store = Callable[[Connection, Sequence[relexing._Text], str], None]


async def found(database: AsyncDatabase, text: str) -> set[str]:
    async with database.connection() as connection:
        query = Query(text, None, by_words=True, limit=100)
        hits = (await search.search(connection, query, Scope(named("c")))).hits
    return {hit.ref.id for hit in hits}


async def fill(documents: DocumentService, database: Database, count: int) -> set[str]:
    """Store documents as an older version did."""
    ids = {f"d{n}" for n in range(count)}
    for id_ in sorted(ids):
        await documents.put(new(id_, LINK))
    with database.connection() as connection:
        connection.execute(AS_BEFORE)
    return ids


def work(database: Database) -> None:
    Relexing(database, ENGLISH, lambda _: False).work()


def lexings(database: Database) -> list[int]:
    with database.connection() as connection:
        rows = connection.execute("SELECT lexing FROM document_texts ORDER BY document_key")
        return [row["lexing"] for row in rows]


async def test_old_texts_are_found_by_their_parts_afterwards(
    documents: DocumentService, async_database: AsyncDatabase, database: Database
) -> None:
    ids = await fill(documents, database, 5)
    assert await found(async_database, "quokka") == set()
    await asyncio.to_thread(work, database)
    assert await found(async_database, "quokka") == ids
    assert lexings(database) == [LEXING] * 5


async def test_the_work_continues_where_another_worker_stopped(
    documents: DocumentService, async_database: AsyncDatabase, database: Database
) -> None:
    ids = await fill(documents, database, 5)
    with database.connection() as connection:
        last = relexing.relex(connection, ENGLISH, 0, 2)
        assert last
        assert lexings(database) == [LEXING, LEXING, 1, 1, 1]
        assert relexing.relex(connection, ENGLISH, last, 2)
        assert lexings(database) == [LEXING, LEXING, LEXING, LEXING, 1]
    await asyncio.to_thread(work, database)
    assert lexings(database) == [LEXING] * 5
    assert await found(async_database, "quokka") == ids


async def test_a_text_that_an_older_process_replaces_afterwards_is_lexed(
    documents: DocumentService, async_database: AsyncDatabase, database: Database
) -> None:
    ids = await fill(documents, database, 2)
    await asyncio.to_thread(work, database)
    with database.connection() as connection:
        connection.execute(f"{AS_BEFORE} AND d.id = 'd0'")
    assert await found(async_database, "quokka") == {"d1"}
    await asyncio.to_thread(work, database)
    assert await found(async_database, "quokka") == ids


async def test_a_text_that_an_older_process_replaces_meanwhile_is_lexed(
    documents: DocumentService,
    async_database: AsyncDatabase,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids = await fill(documents, database, 3)
    monkeypatch.setattr(relexing, "BATCH_DOCUMENTS", 1)
    waits = 0

    def replace_the_first(_: float) -> bool:
        nonlocal waits
        waits += 1
        if waits == 2:
            with database.connection() as connection:
                connection.execute(f"{AS_BEFORE} AND d.id = 'd0'")
        return False

    await asyncio.to_thread(Relexing(database, ENGLISH, replace_the_first).work)
    assert lexings(database) == [1, LEXING, LEXING]
    await asyncio.to_thread(work, database)
    assert lexings(database) == [LEXING] * 3
    assert await found(async_database, "quokka") == ids


async def test_a_text_that_was_replaced_while_it_was_lexed_keeps_its_new_lexemes(
    documents: DocumentService, async_database: AsyncDatabase, database: Database
) -> None:
    await fill(documents, database, 1)
    with database.connection() as connection:
        texts = relexing._read(connection, ENGLISH, after=0, documents=1)
        await documents.put(new("d0", "A wombat sleeps."))
        relexing._store(connection, texts, ENGLISH)
    assert await found(async_database, "wombat") == {"d0"}
    assert await found(async_database, "quokka") == set()


async def test_a_text_that_takes_too_long_is_skipped(
    documents: DocumentService,
    async_database: AsyncDatabase,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids = await fill(documents, database, 9)
    monkeypatch.setattr(relexing, "_store", unless_slow("d4", relexing._store))
    await asyncio.to_thread(work, database)
    assert await found(async_database, "quokka") == ids - {"d4"}


def unless_slow(slow: str, store: Store) -> Store:
    def store_or_fail(
        connection: Connection, texts: Sequence[relexing._Text], default_language: str
    ) -> None:
        if slow in {text.id for text in texts}:
            raise DatabaseTimeout
        store(connection, texts, default_language)

    return store_or_fail


async def test_one_worker_lexes_at_a_time_and_stops_when_it_is_told(
    documents: DocumentService, database: Database
) -> None:
    await fill(documents, database, 3)
    with database.transaction() as connection:
        connection.execute(relexing._BEGIN)
        await asyncio.to_thread(work, database)
        assert lexings(database) == [1, 1, 1]
    stopping = threading.Event()
    stopping.set()
    await asyncio.to_thread(Relexing(database, ENGLISH, stopping.wait).work)
    assert lexings(database) == [LEXING] * 3
